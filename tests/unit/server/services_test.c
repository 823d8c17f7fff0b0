/* A server's services, from its options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"
#include "server/services.h"
#include "support/counting_source.h"

static const char *const listen_on[] = {"127.0.0.1:0"};
static const struct brink_stream_handler handler;

struct setup {
    struct brink_server_options options;
    struct brink_listener_options listeners[3];
    struct brink_upstream_options upstream;
    struct brink_view view;
    struct brink_groups groups;
    struct brink_arena arena;
    struct brink_services services;
    struct brink_message why;
};

/* An echo, frames, and a relay. */
static void begin(struct setup *setup)
{
    static const char *const names[] = {"echo", "frames", "relay"};
    static const enum brink_server_service kinds[] = {BRINK_SERVICE_ECHO, BRINK_SERVICE_FRAMES,
                                                      BRINK_SERVICE_RELAY};
    static const struct brink_log no_log;
    memset(setup, 0, sizeof *setup);
    brink_server_options_init(&setup->options);
    brink_upstream_options_init(&setup->upstream);
    for (size_t i = 0; i < 3; i++) {
        brink_listener_options_init(&setup->listeners[i]);
        setup->listeners[i].name = names[i];
        setup->listeners[i].service = kinds[i];
        setup->listeners[i].listen = listen_on;
        setup->listeners[i].listen_count = 1;
        setup->listeners[i].upstream = "group";
    }
    setup->listeners[1].handler = &handler;
    setup->upstream.name = "group";
    setup->options.listeners = setup->listeners;
    setup->options.listener_count = 3;
    setup->options.upstreams = &setup->upstream;
    setup->options.upstream_count = 1;
    brink_view_init(&setup->view, &setup->options);
    assert_int_equal(brink_arena_open(&setup->arena).err, 0);
    assert_int_equal(
        brink_groups_open(&setup->groups, &setup->view, &setup->arena, &no_log, 1, 1, &setup->why)
            .err,
        0);
}

static brink_result open_services(struct setup *setup)
{
    return brink_services_open(&setup->services, &setup->arena, &setup->view, &setup->groups,
                               &setup->options, 5, &setup->why);
}

static void end(struct setup *setup)
{
    brink_services_close(&setup->services);
    brink_services_close(&setup->services); /* harmless */
    brink_groups_close(&setup->groups);
    assert_int_equal(setup->arena.live_bytes, 0);
    brink_arena_close(&setup->arena);
}

static void each_listener_is_a_service(void **state)
{
    (void)state;
    struct setup setup;
    begin(&setup);
    setup.listeners[2].idle_ms = 1;
    setup.listeners[2].frame_ms = 2;
    setup.listeners[2].first_frame_ms = 3;
    setup.listeners[2].half_closed_ms = 4;
    setup.listeners[2].max_age_ms = 5;
    setup.listeners[2].proxy_ms = 6;
    setup.listeners[2].high_bytes = 8;
    setup.listeners[2].low_bytes = 7;
    setup.listeners[2].accept_proxy = BRINK_PROXY_ACCEPT_OPTIONAL;
    assert_int_equal(open_services(&setup).err, 0);
    assert_int_equal(setup.services.count, 3);
    assert_ptr_equal(setup.services.all[0].kind, &brink_echo_kind);
    assert_ptr_equal(setup.services.all[1].kind, &brink_endpoint_kind);
    assert_ptr_equal(setup.services.all[1].handler, &handler);
    const struct brink_service_options *relay = &setup.services.all[2];
    assert_ptr_equal(relay->kind, &brink_pair_kind);
    assert_ptr_equal(relay->group, setup.groups.all[0]);
    assert_int_equal(relay->idle_ms, 1);
    assert_int_equal(relay->frame_ms, 2);
    assert_int_equal(relay->first_frame_ms, 3);
    assert_int_equal(relay->half_closed_ms, 4);
    assert_int_equal(relay->max_age_ms, 5);
    assert_int_equal(relay->proxy_ms, 6);
    assert_int_equal(relay->high_bytes, 8);
    assert_int_equal(relay->low_bytes, 7);
    assert_int_equal(relay->accept_proxy, BRINK_PROXY_ACCEPT_OPTIONAL);
    assert_int_equal(relay->arming, BRINK_ARM_EDGE);
    assert_true(setup.services.all[0].seed != relay->seed);
    end(&setup);
}

/* Whose sessions are no pairs must not be asked for their servers. */
static void only_relays_have_a_group(void **state)
{
    (void)state;
    struct setup setup;
    begin(&setup);
    assert_int_equal(open_services(&setup).err, 0);
    assert_null(setup.services.all[0].group);
    assert_null(setup.services.all[1].group);
    end(&setup);
}

static void shared_dispatch_arms_by_one_shot(void **state)
{
    (void)state;
    struct setup setup;
    begin(&setup);
    setup.options.dispatch = BRINK_DISPATCH_SHARED;
    assert_int_equal(open_services(&setup).err, 0);
    assert_int_equal(setup.services.all[2].arming, BRINK_ARM_ONESHOT);
    end(&setup);
}

static void what_is_pointed_to_is_copied(void **state)
{
    (void)state;
    static const char *prefixes[] = {"10.0.0.0/8"};
    uint8_t bytes[] = "bye";
    struct setup setup;
    begin(&setup);
    setup.listeners[2].goodbye_refused = (struct brink_bytes){bytes, 3};
    setup.listeners[2].goodbye_oversize = (struct brink_bytes){bytes, 1};
    setup.listeners[2].trusted = setup.listeners[2].deny = prefixes;
    setup.listeners[2].trusted_count = setup.listeners[2].deny_count = 1;
    setup.listeners[2].limits.max_per_source = 9;
    setup.listeners[2].limits.source_bits_v4 = 24;
    assert_int_equal(open_services(&setup).err, 0);
    memset(bytes, 'x', sizeof bytes);
    prefixes[0] = "";
    const struct brink_service_options *relay = &setup.services.all[2];
    assert_int_equal(relay->goodbye_refused.size, 3);
    assert_memory_equal(relay->goodbye_refused.data, "bye", 3);
    assert_int_equal(relay->goodbye_drained.size, 0);
    assert_memory_equal(relay->goodbye_oversize.data, "b", 1);
    assert_int_equal(relay->trusted.count, 1);
    assert_int_equal(relay->allow.count, 0);
    assert_int_equal(relay->deny.count, 1);
    assert_int_equal(relay->max_per_source, 9);
    assert_int_equal(relay->source_bits_v4, 24);
    assert_int_equal(relay->source_bits_v6, 64);
    assert_non_null(relay->sources);
    assert_null(setup.services.all[0].sources); /* it has no limit */
    end(&setup);
}

static void a_bad_prefix_is_told_of(void **state)
{
    (void)state;
    static const char *const prefixes[] = {"10.0.0.0/8", "nonsense"};
    static const uint8_t bytes[] = "bye";
    struct setup setup;
    begin(&setup);
    setup.listeners[0].goodbye_drained = (struct brink_bytes){bytes, 3};
    setup.listeners[2].allow = prefixes;
    setup.listeners[2].allow_count = 2;
    assert_int_equal(open_services(&setup).err, EINVAL);
    assert_non_null(strstr(setup.why.text, "listener relay: "));
    assert_non_null(strstr(setup.why.text, "nonsense"));
    end(&setup);
}

/* The k-th allocation fails, for each k. */
static void without_memory_nothing_is_held(void **state)
{
    (void)state;
    static const struct brink_memory_source source = {counting_alloc, counting_release};
    static const char *const prefixes[] = {"10.0.0.0/8"};
    static const uint8_t bytes[] = "bye";
    bool failed = true;
    for (unsigned k = 1; failed; k++) {
        struct counting_source memory = {.fail_at = k};
        struct setup setup;
        begin(&setup);
        for (size_t i = 0; i < 3; i++) {
            setup.listeners[i].allow = prefixes;
            setup.listeners[i].allow_count = 1;
            setup.listeners[i].goodbye_drained = (struct brink_bytes){bytes, 3};
            setup.listeners[i].limits.max_per_source = 1;
        }
        struct brink_arena arena;
        brink_arena_open_source(&arena, &source, &memory);
        brink_result opened = brink_services_open(&setup.services, &arena, &setup.view,
                                                  &setup.groups, &setup.options, 5, &setup.why);
        failed = brink_failed(opened);
        if (failed) {
            assert_int_equal(opened.err, ENOMEM);
            assert_true(setup.why.text[0] != '\0');
        }
        brink_services_close(&setup.services);
        assert_int_equal(arena.live_bytes, 0);
        brink_arena_close(&arena);
        end(&setup);
        assert_true(k < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_listener_is_a_service),
        cmocka_unit_test(only_relays_have_a_group),
        cmocka_unit_test(shared_dispatch_arms_by_one_shot),
        cmocka_unit_test(what_is_pointed_to_is_copied),
        cmocka_unit_test(a_bad_prefix_is_told_of),
        cmocka_unit_test(without_memory_nothing_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
