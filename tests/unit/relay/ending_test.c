/* How a session ended, at a glance: each reason has its letters, each side its place. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/servers.h"

#include "relay/echo.h"
#include "relay/ending.h"
#include "relay/pair.h"

static struct rig rig;
static struct servers servers;

/* --- letters --- */

static void assert_cause(enum brink_reason reason, bool broken, const char *cause)
{
    char text[BRINK_ENDING_TEXT];
    struct brink_ending ending = {reason, broken, {BRINK_STANDING_BOUNDARY, BRINK_STANDING_NONE}};
    assert_ptr_equal(brink_ending_format(&ending, text), text);
    if (strncmp(text, cause, 2) != 0 || strcmp(text + 2, "-b-") != 0)
        fail_msg("%s is %s, not %s-b-", brink_reason_name(reason), text, cause);
}

static void every_reason_has_its_letters(void **state)
{
    (void)state;
    static const struct {
        enum brink_reason reason;
        const char *cause;
    } causes[] = {
        {BRINK_REASON_NONE, "--"},
        {BRINK_REASON_CLIENT_CLOSED, "CF"},
        {BRINK_REASON_UPSTREAM_CLOSED, "UF"},
        {BRINK_REASON_CLIENT_RESET, "CR"},
        {BRINK_REASON_UPSTREAM_RESET, "UR"},
        {BRINK_REASON_CLIENT_MID_FRAME, "CF"},
        {BRINK_REASON_UPSTREAM_MID_FRAME, "UF"},
        {BRINK_REASON_FRAME_TOO_LARGE, "BL"},
        {BRINK_REASON_FRAME_CORRUPT, "BP"},
        {BRINK_REASON_FRAME_TIMEOUT, "BT"},
        {BRINK_REASON_IDLE_TIMEOUT, "BT"},
        {BRINK_REASON_CONNECT_TIMEOUT, "BT"},
        {BRINK_REASON_CONNECT_FAILED, "UC"},
        {BRINK_REASON_DRAINED, "OD"},
        {BRINK_REASON_DRAIN_DEADLINE, "OC"},
        {BRINK_REASON_LOCAL_CLOSED, "AF"},
        {BRINK_REASON_NO_MEMORY, "BM"},
        {BRINK_REASON_NO_SERVER, "BS"},
        {BRINK_REASON_QUEUE_FULL, "BL"},
        {BRINK_REASON_QUEUE_TIMEOUT, "BT"},
        {BRINK_REASON_SERVER_DOWN, "BS"},
        {BRINK_REASON_DENIED, "BD"},
        {BRINK_REASON_SOURCE_LIMIT, "BL"},
        {BRINK_REASON_OVER_RATE, "BL"},
        {BRINK_REASON_PROXY_HEADER, "BP"},
        {BRINK_REASON_FIRST_FRAME_TIMEOUT, "BT"},
        {BRINK_REASON_HALF_CLOSED_TIMEOUT, "BT"},
        {BRINK_REASON_MAX_AGE, "BA"},
        {BRINK_REASON_HANDED_OVER, "OH"},
    };
    size_t count = sizeof causes / sizeof causes[0];
    assert_int_equal(count, BRINK_REASON_COUNT); /* a new one needs letters in src/relay/ending.c,
                                                    here, and in brink(1) */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(causes[i].reason, i);
        assert_cause(causes[i].reason, false, causes[i].cause);
    }
}

static void a_side_that_broke_ended_by_reset(void **state)
{
    (void)state;
    assert_cause(BRINK_REASON_CLIENT_MID_FRAME, true, "CR");
    assert_cause(BRINK_REASON_UPSTREAM_MID_FRAME, true, "UR");
    assert_cause(BRINK_REASON_CLIENT_RESET, true, "CR");
    assert_cause(BRINK_REASON_CONNECT_FAILED, true, "UC");
    assert_cause(BRINK_REASON_NO_MEMORY, true, "BM");
    assert_cause(BRINK_REASON_LOCAL_CLOSED, true, "AF");
}

static void every_place_has_its_letter(void **state)
{
    (void)state;
    char seen[BRINK_STANDING_COUNT + 1] = "";
    char text[BRINK_ENDING_TEXT];
    for (int i = 0; i < BRINK_STANDING_COUNT; i++) {
        struct brink_ending ending = {
            BRINK_REASON_MAX_AGE, false, {(enum brink_standing)i, BRINK_STANDING_NONE}};
        (void)brink_ending_format(&ending, text);
        assert_memory_equal(text, "BA-", 3);
        assert_int_equal(text[4], '-');
        assert_int_not_equal(text[3], '\0');
        assert_null(strchr(seen, text[3]));
        seen[i] = text[3];
    }
}

/* --- sessions --- */

static void logged(const char *code)
{
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, " code=%s reason=", code);
    rig_until_gone(&rig, 1);
    if (!rig_logged(&rig, wanted))
        fail_msg("\"%s\" is not in: %s", wanted, rig.log);
    rig_stop(&rig);
}

static void start_echo(void)
{
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
}

static int start_pair(int *upstream)
{
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    *upstream = rig_accept_upstream(&rig);
    return client;
}

static void an_echo_has_no_upstream(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *code;
    } cases[] = {{"", 0, "CF-n-"},
                 {"\1\0\0\0a", 5, "CF-b-"},
                 {"\1\0\0\0a\1", 6, "CF-h-"},
                 {"\5\0\0\0a", 5, "CF-f-"},
                 {"\xff\xff\xff\xff", 4, "BL-x-"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_echo();
        int client = rig_connect(&rig);
        if (cases[i].length > 0)
            rig_send(&rig, client, cases[i].bytes, cases[i].length);
        (void)shutdown(client, SHUT_WR);
        rig_until_gone(&rig, 1);
        logged(cases[i].code);
        (void)close(client);
    }
}

static void a_relay_tells_where_both_stood(void **state)
{
    (void)state;
    int upstream;
    int client = start_pair(&upstream);
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    rig_send(&rig, upstream, "\3\0\0\0b", 5);
    rig_expect(&rig, client, "\3\0\0\0b", 5);
    rig_reset(upstream);
    rig_expect_error(&rig, client, ECONNRESET);
    (void)close(client);
    logged("UR-bf");
}

static void raw_bytes_have_no_place(void **state)
{
    (void)state;
    rig_init(&rig);
    struct brink_message why;
    assert_int_equal(brink_spec_parse(&rig.options.spec, "raw", 0, &why).err, 0);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, client, "abc", 3);
    rig_expect(&rig, upstream, "abc", 3);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    logged("CF-rn");
}

static void what_is_cut_by_a_drain_is_seen(void **state)
{
    (void)state;
    int upstream;
    int client = start_pair(&upstream);
    rig_send(&rig, client, "\3\0\0\0a", 5);
    rig_expect(&rig, upstream, "\3\0\0\0a", 5);
    rig_drain(&rig, BRINK_DRAIN_POLICY_NOW, 0);
    (void)close(client);
    (void)close(upstream);
    logged("OC-fn");
}

static void who_is_refused_was_being_connected(void **state)
{
    (void)state;
    rig_init(&rig);
    servers_init(&servers);
    servers_add_refusing(&servers);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_expect_end(&rig, client);
    (void)close(client);
    logged("UC-nc");
    servers_close(&servers);
}

static void who_waits_for_a_place_is_queued(void **state)
{
    (void)state;
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers.entries[0].max_connections = 1;
    rig.upstream.queue_ms = 1000;
    rig.upstream.queue_max = 10;
    servers_start(&servers, &rig);
    int first = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    int second = rig_connect(&rig);
    rig_turn(&rig);
    rig_forward(&rig, 1100);
    rig_expect_end(&rig, second);
    (void)close(second);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, " code=BT-nq reason=queue-timeout "));
    (void)close(first);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
    servers_close(&servers);
}

static void whose_proxy_header_is_bad_stands_within_it(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "GET / HTTP/1.1\r\n", 16);
    rig_expect_end(&rig, client);
    (void)close(client);
    logged("BP-p-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_its_letters),
        cmocka_unit_test(a_side_that_broke_ended_by_reset),
        cmocka_unit_test(every_place_has_its_letter),
        cmocka_unit_test(an_echo_has_no_upstream),
        cmocka_unit_test(a_relay_tells_where_both_stood),
        cmocka_unit_test(raw_bytes_have_no_place),
        cmocka_unit_test(what_is_cut_by_a_drain_is_seen),
        cmocka_unit_test(who_is_refused_was_being_connected),
        cmocka_unit_test(who_waits_for_a_place_is_queued),
        cmocka_unit_test(whose_proxy_header_is_bad_stands_within_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
