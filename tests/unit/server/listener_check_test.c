/* Which options make a server of several listeners, and what is said of those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "server/options.h"

static const struct brink_stream_handler handler;
static const char *const listen_on[] = {"127.0.0.1:0", "unix:@brink"};
static const struct brink_upstream_server server = {.address = "127.0.0.1:1", .weight = 1};

/* A listener for frames and a relay: [0] and [1]. */
struct lists {
    struct brink_server_options options;
    struct brink_listener_options listeners[2];
    struct brink_upstream_options upstreams[2];
};

static void make_good(struct lists *lists)
{
    brink_server_options_init(&lists->options);
    for (size_t i = 0; i < 2; i++) {
        brink_listener_options_init(&lists->listeners[i]);
        lists->listeners[i].listen = listen_on;
        lists->listeners[i].listen_count = 2;
        brink_upstream_options_init(&lists->upstreams[i]);
        lists->upstreams[i].servers = &server;
        lists->upstreams[i].server_count = 1;
    }
    lists->listeners[0].name = "frames";
    lists->listeners[0].service = BRINK_SERVICE_FRAMES;
    lists->listeners[0].handler = &handler;
    lists->listeners[1].name = "relay";
    lists->listeners[1].upstream = "second";
    lists->upstreams[0].name = "first";
    lists->upstreams[1].name = "second";
    lists->options.listeners = lists->listeners;
    lists->options.listener_count = 2;
    lists->options.upstreams = lists->upstreams;
    lists->options.upstream_count = 2;
}

static void taken(const struct lists *lists)
{
    struct brink_message why = {""};
    if (brink_failed(brink_server_options_check(&lists->options, &why)))
        fail_msg("%s", why.text);
}

/* Each word must be in what is said. What was changed is good again afterwards. */
static void refused(struct lists *lists, const char *word, const char *other)
{
    struct brink_message why = {""};
    assert_int_equal(brink_server_options_check(&lists->options, &why).err, EINVAL);
    if (strstr(why.text, word) == NULL || strstr(why.text, other) == NULL)
        fail_msg("\"%s\" does not speak of \"%s\" and \"%s\"", why.text, word, other);
    assert_int_equal(brink_server_options_check(&lists->options, NULL).err, EINVAL);
    make_good(lists);
}

static void several_listeners_are_good(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    taken(&lists);
    lists.listeners[0] = lists.listeners[1];
    lists.listeners[0].name = "other"; /* two may lead to one upstream */
    taken(&lists);
}

static void a_server_has_one_form(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    lists.options.listen[0] = "127.0.0.1:0";
    lists.options.listen_count = 1;
    refused(&lists, "listeners", "both");
    lists.options.upstream = "127.0.0.1:0";
    refused(&lists, "listeners", "both");
    lists.options.handler = &handler;
    refused(&lists, "listeners", "both");
    lists.options.listener_count = 0;
    refused(&lists, "upstreams", "no listeners");
    lists.options.listener_count = BRINK_LISTENERS_MAX + 1;
    refused(&lists, "listeners", "64");
    lists.options.upstream_count = BRINK_UPSTREAMS_MAX + 1;
    refused(&lists, "upstreams", "64");
}

static void names_are_there_and_differ(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    lists.listeners[1].name = NULL;
    refused(&lists, "listener", "name");
    lists.listeners[1].name = "";
    refused(&lists, "listener", "name");
    lists.listeners[1].name = "frames";
    refused(&lists, "two listeners", "frames");
    lists.listeners[1].name = "a=b";
    refused(&lists, "listener", "one word");
    lists.upstreams[0].name = NULL;
    refused(&lists, "upstream", "name");
    lists.upstreams[0].name = "two words";
    refused(&lists, "upstream", "one word");
    lists.upstreams[0].name = "second";
    refused(&lists, "two upstreams", "second");
}

static void addresses_are_there(void **state)
{
    (void)state;
    static const char *const bad[] = {"127.0.0.1:0", "nonsense"};
    static const char *const missing[] = {NULL};
    struct lists lists;
    make_good(&lists);
    lists.listeners[1].listen_count = 0;
    refused(&lists, "listener relay: ", "listens");
    lists.listeners[1].listen_count = BRINK_LISTEN_MAX + 1;
    refused(&lists, "listener relay: ", "listens");
    lists.listeners[1].listen = bad;
    refused(&lists, "listener relay: ", "nonsense");
    lists.listeners[1].listen = missing;
    lists.listeners[1].listen_count = 1;
    refused(&lists, "listener relay: ", "missing");
}

static void a_relay_leads_somewhere(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    lists.listeners[1].upstream = NULL;
    refused(&lists, "relay", "needs an upstream");
    lists.listeners[1].upstream = "third";
    refused(&lists, "relay", "no upstream third");
    lists.upstreams[0].tries = 0; /* also one that no listener leads to is looked at */
    refused(&lists, "upstream first: ", "tried");
}

static void each_service_has_its_needs(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    lists.listeners[0].handler = NULL;
    refused(&lists, "listener frames: ", "handler");
    assert_int_equal(brink_spec_parse(&lists.listeners[0].spec, "raw", 0, NULL).err, 0);
    refused(&lists, "listener frames: ", "raw");
    lists.options.dispatch = BRINK_DISPATCH_SHARED;
    refused(&lists, "listener frames: ", "shared");
    lists.listeners[1].service = (enum brink_server_service)3;
    refused(&lists, "listener relay: ", "unknown");
    lists.listeners[1].spec.request.frame.max = 1;
    refused(&lists, "listener relay: ", "max");
    lists.listeners[1].high_bytes = 100;
    lists.listeners[1].low_bytes = 100;
    refused(&lists, "listener relay: ", "watermark");
    lists.listeners[1].high_bytes = SIZE_MAX;
    refused(&lists, "listener relay: ", "memory");
    lists.listeners[0].accept_proxy = BRINK_PROXY_ACCEPT_OPTIONAL;
    refused(&lists, "listener frames: ", "relays only");
    lists.listeners[1].accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    taken(&lists);
    lists.listeners[1].accept_proxy = (enum brink_proxy_accept)3;
    refused(&lists, "listener relay: ", "PROXY");
}

static void times_have_a_limit(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        const char *word;
    } times[] = {
        {offsetof(struct brink_listener_options, idle_ms), "idle"},
        {offsetof(struct brink_listener_options, first_frame_ms), "first frame"},
        {offsetof(struct brink_listener_options, frame_ms), "frame timeout"},
        {offsetof(struct brink_listener_options, half_closed_ms), "half closed"},
        {offsetof(struct brink_listener_options, max_age_ms), "age"},
        {offsetof(struct brink_listener_options, proxy_ms), "PROXY"},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct lists lists;
        uint32_t ms = 1 << 30;
        make_good(&lists);
        memcpy((char *)&lists.listeners[1] + times[i].offset, &ms, sizeof ms);
        taken(&lists);
        ms++;
        memcpy((char *)&lists.listeners[1] + times[i].offset, &ms, sizeof ms);
        refused(&lists, "listener relay: ", times[i].word);
    }
}

static void prefixes_can_be_read(void **state)
{
    (void)state;
    static const char *const good[] = {"10.0.0.0/8", "unix", "::1"};
    static const char *const bad[] = {"10.0.0.0/8", "10.0.0.1/8"};
    struct lists lists;
    make_good(&lists);
    lists.listeners[1].trusted = lists.listeners[1].allow = lists.listeners[1].deny = good;
    lists.listeners[1].trusted_count = lists.listeners[1].allow_count = 3;
    lists.listeners[1].deny_count = 3;
    taken(&lists);
    lists.listeners[1].trusted = bad;
    lists.listeners[1].trusted_count = 2;
    refused(&lists, "trusted", "10.0.0.1/8");
    lists.listeners[1].allow = bad;
    lists.listeners[1].allow_count = 2;
    refused(&lists, "allow", "10.0.0.1/8");
    lists.listeners[1].deny = bad;
    lists.listeners[1].deny_count = 2;
    refused(&lists, "deny", "10.0.0.1/8");
    lists.listeners[1].deny_count = 1;
    refused(&lists, "deny", "missing");
}

static void limits_make_sense(void **state)
{
    (void)state;
    struct lists lists;
    make_good(&lists);
    lists.listeners[1].limits = (struct brink_limit_options){
        .source_bits_v4 = 32, .source_bits_v6 = 128, .client_bytes = {1, 0}};
    taken(&lists);
    lists.listeners[1].limits.source_bits_v4 = 33;
    refused(&lists, "listener relay: ", "32");
    lists.listeners[1].limits.source_bits_v6 = 129;
    refused(&lists, "listener relay: ", "128");
    lists.listeners[1].limits.over_rate = (enum brink_over_rate)2;
    refused(&lists, "listener relay: ", "rate");
    lists.listeners[1].limits.client_bytes.burst = 1;
    refused(&lists, "listener relay: ", "burst");
    lists.listeners[1].goodbye_drained.size = 1;
    refused(&lists, "listener relay: ", "goodbye");
}

static void rehomed(const char *spec, bool possible)
{
    struct lists lists;
    make_good(&lists);
    struct brink_spec *its = &lists.listeners[1].spec;
    assert_int_equal(brink_spec_parse(its, spec, 0, NULL).err, 0);
    lists.upstreams[1].rehome = true;
    if (possible)
        taken(&lists);
    else
        refused(&lists, "listener relay: ", "rehome");
    lists.upstreams[0].rehome = true; /* it does not lead there */
    taken(&lists);
}

/* Another server would not know what the client has told the first. */
static void only_what_keeps_no_state_changes_its_server(void **state)
{
    (void)state;
    rehomed("u32le", true);
    rehomed("dns", true);
    rehomed("raw", false);
    for (size_t i = 0; i < brink_preset_count(); i++) {
        const struct brink_spec *spec = &brink_preset_at(i)->spec;
        bool state_kept = spec->pin || spec->negotiate > 0 || spec->request.has_first ||
                          spec->reply.has_first || spec->request.preface > 0 ||
                          spec->reply.preface > 0;
        rehomed(brink_preset_at(i)->name, !state_kept && !brink_spec_raw(spec));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_listeners_are_good),
        cmocka_unit_test(a_server_has_one_form),
        cmocka_unit_test(names_are_there_and_differ),
        cmocka_unit_test(addresses_are_there),
        cmocka_unit_test(a_relay_leads_somewhere),
        cmocka_unit_test(each_service_has_its_needs),
        cmocka_unit_test(times_have_a_limit),
        cmocka_unit_test(prefixes_can_be_read),
        cmocka_unit_test(limits_make_sense),
        cmocka_unit_test(only_what_keeps_no_state_changes_its_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
