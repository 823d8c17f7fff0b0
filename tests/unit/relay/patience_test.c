/* How long a client may take for its first frame, and one side once the other has ended. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

#include "relay/echo.h"

static struct rig rig;
static struct servers servers;

static uint64_t closed(enum brink_reason reason)
{
    return brink_counter_read(&rig.service.stats.closed[reason]);
}

static void prepare(enum brink_arming arming)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    rig.options.arming = arming;
}

static void end(void)
{
    rig_stop(&rig);
    servers_close(&servers);
}

static void ended(int client, int upstream, enum brink_reason reason)
{
    (void)close(client);
    if (upstream >= 0)
        (void)close(upstream);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(reason), 1);
    end();
}

static void a_first_frame_is_due(enum brink_arming arming)
{
    prepare(arming);
    rig.options.first_frame_ms = 1000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\2\0\0\0h", 5);
    rig_expect(&rig, upstream, "\2\0\0\0h", 5);
    rig_forward(&rig, 900);
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 200);
    rig_expect_error(&rig, upstream, ECONNRESET); /* a frame was begun */
    rig_expect_end(&rig, client);
    ended(client, upstream, BRINK_REASON_FIRST_FRAME_TIMEOUT);
}

static void who_says_too_little_is_ended(void **state)
{
    (void)state;
    a_first_frame_is_due(BRINK_ARM_EDGE);
    a_first_frame_is_due(BRINK_ARM_ONESHOT);
}

static void after_its_first_frame_a_client_may_be_silent(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.options.first_frame_ms = 1000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
    rig_forward(&rig, 5000);
    servers_exchange(&rig, client, upstream);
    ended(client, upstream, BRINK_REASON_CLIENT_CLOSED);
}

static void an_echo_wants_a_first_frame_too(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.options.first_frame_ms = 1000;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_turn(&rig);
    rig_forward(&rig, 900);
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 200);
    rig_expect_end(&rig, client);
    ended(client, -1, BRINK_REASON_FIRST_FRAME_TIMEOUT);
}

/* As long as it has no server it is not read. */
static void who_has_to_wait_has_its_time_then(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers.entries[0].max_connections = 1;
    rig.options.first_frame_ms = 1000;
    servers_start(&servers, &rig);
    int first = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, first, upstream);
    int second = rig_connect(&rig);
    assert_int_equal(send(second, "\2\0\0\0h", 5, 0), 5);
    rig_forward(&rig, 3000);
    (void)close(first);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    upstream = servers_accept(&servers, &rig, 0);
    rig_expect(&rig, upstream, "\2\0\0\0h", 5);
    rig_forward(&rig, 900);
    rig_send(&rig, second, "i", 1);
    rig_expect(&rig, upstream, "i", 1);
    (void)close(second);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 2);
    assert_int_equal(closed(BRINK_REASON_FIRST_FRAME_TIMEOUT), 0);
    end();
}

static void raw_bytes_have_no_first_frame(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.options.first_frame_ms = 1000;
    assert_int_equal(brink_spec_parse(&rig.options.spec, "raw", 0, NULL).err, 0);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    rig_forward(&rig, 5000);
    servers_exchange(&rig, client, upstream);
    ended(client, upstream, BRINK_REASON_CLIENT_CLOSED);
}

/* --- one side has ended --- */

static void half_closed(bool by_client, enum brink_arming arming)
{
    prepare(arming);
    rig.options.half_closed_ms = 1000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
    rig_forward(&rig, 5000); /* not while both are there */
    rig_forward(&rig, 600);  /* and its time begins with the end, not with the timer */
    int one = by_client ? client : upstream;
    int other = by_client ? upstream : client;
    (void)shutdown(one, SHUT_WR);
    rig_expect_end(&rig, other);
    for (int i = 0; i < 3; i++) { /* traffic does not make it longer */
        rig_forward(&rig, 300);
        rig_send(&rig, other, "\1\0\0\0x", 5);
        rig_expect(&rig, one, "\1\0\0\0x", 5);
    }
    rig_expect_silence(&rig, one);
    rig_forward(&rig, 200);
    rig_expect_end(&rig, one);
    ended(client, upstream, BRINK_REASON_HALF_CLOSED_TIMEOUT);
    assert_true(rig_logged(&rig, by_client ? "half-closed-timeout side=upstream"
                                           : "half-closed-timeout side=client"));
}

static void who_does_not_end_as_the_other_did_is_ended(void **state)
{
    (void)state;
    half_closed(true, BRINK_ARM_EDGE);
    half_closed(false, BRINK_ARM_EDGE);
    half_closed(true, BRINK_ARM_ONESHOT);
    half_closed(false, BRINK_ARM_ONESHOT);
}

static void who_ends_in_time_is_not_blamed(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.options.half_closed_ms = 1000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
    (void)shutdown(client, SHUT_WR);
    rig_expect_end(&rig, upstream);
    rig_forward(&rig, 900);
    rig_send(&rig, upstream, "\1\0\0\0x", 5);
    (void)close(upstream);
    rig_expect(&rig, client, "\1\0\0\0x", 5);
    rig_expect_end(&rig, client);
    ended(client, -1, BRINK_REASON_CLIENT_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_too_little_is_ended),
        cmocka_unit_test(after_its_first_frame_a_client_may_be_silent),
        cmocka_unit_test(an_echo_wants_a_first_frame_too),
        cmocka_unit_test(who_has_to_wait_has_its_time_then),
        cmocka_unit_test(raw_bytes_have_no_first_frame),
        cmocka_unit_test(who_does_not_end_as_the_other_did_is_ended),
        cmocka_unit_test(who_ends_in_time_is_not_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
