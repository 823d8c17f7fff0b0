/* What a listener's options become for its sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/services.h"

static struct brink_listener_options listeners[2];
static struct brink_server_options options;
static struct brink_services services;
static struct brink_arena arena;

static void set_up(void)
{
    brink_server_options_init(&options);
    for (unsigned i = 0; i < 2; i++) {
        brink_listener_options_init(&listeners[i]);
        listeners[i].service = BRINK_SERVICE_ECHO;
        listeners[i].name = i == 0 ? "one" : "two";
    }
    options.listeners = listeners;
    options.listener_count = 2;
}

static void open_services(void)
{
    struct brink_view view;
    struct brink_groups groups = {0};
    struct brink_message why = {""};
    brink_view_init(&view, &options);
    assert_int_equal(brink_arena_open(&arena).err, 0);
    if (brink_failed(brink_services_open(&services, &arena, &view, &groups, &options, 1, &why)))
        fail_msg("%s", why.text);
    assert_int_equal(services.count, 2);
}

static void close_services(void)
{
    brink_services_close(&services);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void without_limits_there_are_none(void **state)
{
    (void)state;
    set_up();
    open_services();
    for (unsigned i = 0; i < 2; i++) {
        assert_false(brink_rates_any(&services.all[i].rates));
        assert_int_equal(services.all[i].max_clients, 0);
        assert_int_equal(services.all[i].connections.per_second, 0);
        assert_null(services.all[i].sources);
    }
    close_services();
}

static void each_listener_has_its_own(void **state)
{
    (void)state;
    set_up();
    listeners[1].limits = (struct brink_limit_options){
        .max_clients = 7,
        .connections = {.per_second = 8, .burst = 9},
        .frames = {.per_second = 10},
        .client_bytes = {.per_second = 11, .burst = 12},
        .over_rate = BRINK_OVER_RATE_CLOSE,
    };
    open_services();
    assert_false(brink_rates_any(&services.all[0].rates));
    assert_int_equal(services.all[1].max_clients, 7);
    assert_int_equal(services.all[1].connections.per_second, 8);
    assert_int_equal(services.all[1].connections.burst, 9);
    const struct brink_rates *rates = &services.all[1].rates;
    assert_non_null(rates->paces);
    assert_int_equal(rates->frames.per_second, 10);
    assert_int_equal(rates->client_bytes.per_second, 11);
    assert_int_equal(rates->client_bytes.burst, 12);
    assert_int_equal(rates->over_rate, BRINK_OVER_RATE_CLOSE);
    close_services();
}

/* What is kept for all is kept only where there is a rate for all. */
static void a_clients_own_rate_needs_nothing_shared(void **state)
{
    (void)state;
    set_up();
    listeners[0].limits.client_frames.per_second = 5;
    open_services();
    assert_true(brink_rates_any(&services.all[0].rates));
    assert_null(services.all[0].rates.paces);
    close_services();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_there_are_none),
        cmocka_unit_test(each_listener_has_its_own),
        cmocka_unit_test(a_clients_own_rate_needs_nothing_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
