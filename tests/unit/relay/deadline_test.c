/* Timeouts, on a clock that the test puts forward: never early, and soon after. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/deadline.h"
#include "relay/echo.h"
#include "relay/pair.h"

static struct rig rig;

static uint64_t closed_for(enum brink_reason reason)
{
    return brink_counter_read(&rig.service.stats.closed[reason]);
}

static void silence_ends_after_the_idle_timeout(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.idle_ms = 60000;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_forward(&rig, 30000);
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, client, "\1\0\0\0a", 5);
    rig_forward(&rig, 59000); /* 89 s after the start, 59 s after the last byte */
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 1100);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed_for(BRINK_REASON_IDLE_TIMEOUT), 1);
    rig_stop(&rig);
}

static void a_peer_that_ignores_our_end_is_closed_all_the_same(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.idle_ms = 1000;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_forward(&rig, 1100);
    rig_expect_end(&rig, client);
    assert_int_equal(rig.gone, 0); /* it lingers, for the peer's end */
    rig_forward(&rig, BRINK_LINGER_MS + 1);
    assert_int_equal(rig.gone, 1);
    (void)close(client);
    rig_stop(&rig);
}

static void a_dribbled_frame_is_ended_though_never_idle(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.idle_ms = 60000;
    rig.options.frame_ms = 5000;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_forward(&rig, 20000); /* at a boundary the frame timeout has nothing to say */
    rig_send(&rig, client, "\xff\0\0\0", 4);
    for (int i = 0; i < 4; i++) {
        rig_forward(&rig, 1000);
        rig_send(&rig, client, "x", 1);
    }
    assert_int_equal(rig.gone + closed_for(BRINK_REASON_FRAME_TIMEOUT), 0);
    rig_expect(&rig, client, "\xff\0\0\0xxxx", 8);
    rig_forward(&rig, 1100);
    assert_true(rig_logged(&rig, "reason=frame-timeout")); /* now, not some time later */
    rig_expect_error(&rig, client, ECONNRESET);            /* a part of the frame had been echoed */
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed_for(BRINK_REASON_FRAME_TIMEOUT), 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames_cut[BRINK_SIDE_CLIENT]), 1);
    rig_stop(&rig);
}

static int never_delivered(void *kernel, int fd)
{
    (void)kernel;
    (void)fd;
    return 1;
}

/* A reset would throw away what is still on its way to the peer: it is waited for, but not for
 * ever. */
static void a_reset_that_is_owed_comes_in_the_end(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.idle_ms = 60000;
    rig.options.frame_ms = 5000;
    rig_start(&rig, &brink_echo_kind);
    rig.ops.undelivered = never_delivered;
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\xff\0\0\0x", 5);
    rig_expect(&rig, client, "\xff\0\0\0x", 5);
    rig_forward(&rig, 5100);
    assert_true(rig_logged(&rig, "event=frame-cut"));
    rig_forward(&rig, BRINK_LINGER_MS + 1);
    rig_expect_silence(&rig, client);
    assert_int_equal(rig.gone, 0);
    rig_forward(&rig, 60000);
    rig_expect_error(&rig, client, ECONNRESET);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed_for(BRINK_REASON_FRAME_TIMEOUT), 1);
    (void)close(client);
    rig_stop(&rig);
}

static void whole_frames_may_come_for_ever(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.frame_ms = 5000;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    for (int i = 0; i < 30; i++) { /* each begins before the one before is old, and ends in time */
        rig_send(&rig, client, i == 0 ? "\2\0\0\0a" : "b\2\0\0\0a", i == 0 ? 5 : 6);
        rig_forward(&rig, 4000);
    }
    assert_int_equal(closed_for(BRINK_REASON_FRAME_TIMEOUT), 0);
    rig_forward(&rig, 2000);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed_for(BRINK_REASON_FRAME_TIMEOUT), 1);
    rig_stop(&rig);
}

static void a_slow_reader_is_not_held_against_the_sender(void **state)
{
    (void)state;
    enum { PAYLOAD = 16 * 1024 * 1024 - 4 };
    static uint8_t piece[65536];
    rig_init(&rig);
    rig.options.frame_ms = 5000;
    rig.options.idle_ms = 60000;
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, client, "\xfc\xff\xff\0", 4);
    for (int i = 0; i < 200; i++) { /* until nothing fits anywhere */
        while (send(client, piece, sizeof piece, MSG_DONTWAIT) > 0)
            continue;
        rig_turn(&rig);
    }
    rig_forward(&rig, 30000);
    rig_forward(&rig, 20000);
    assert_int_equal(closed_for(BRINK_REASON_FRAME_TIMEOUT), 0);
    rig_forward(&rig, 11000);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed_for(BRINK_REASON_IDLE_TIMEOUT), 1);
    rig_stop(&rig);
}

static bool keeps_alive(unsigned leg)
{
    for (uint32_t i = 0; i < rig.loop.slots.room; i++) {
        struct brink_source *source = brink_slots_get(&rig.loop.slots, i);
        if (source == NULL || source->ops->reclaim != brink_leg_reclaim ||
            brink_stream_of_source(source)->second != leg)
            continue;
        int on = 0;
        socklen_t size = sizeof on;
        assert_int_equal(getsockopt(source->fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
        return on != 0;
    }
    fail_msg("no such leg");
    return false;
}

static void an_upstream_has_keepalive_when_it_has_lasted(void **state)
{
    (void)state;
    static const struct {
        uint32_t idle_ms;
        uint32_t keepalive_ms;
        bool needed;
    } cases[] = {
        {3600 * 1000, 60 * 1000, true},
        {0, 60 * 1000, true},
        {60 * 1000, 60 * 1000, false}, /* silence ends it before */
        {3600 * 1000, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_init(&rig);
        rig.options.idle_ms = cases[i].idle_ms;
        rig.upstream.keepalive_ms = cases[i].keepalive_ms;
        rig_listen_upstream(&rig);
        rig_start(&rig, &brink_pair_kind);
        int client = rig_connect(&rig);
        int upstream = rig_accept_upstream(&rig);
        rig_send(&rig, client, "\1\0\0\0a", 5);
        rig_expect(&rig, upstream, "\1\0\0\0a", 5);
        rig_forward(&rig, 20 * 1000);
        assert_false(keeps_alive(1));
        rig_forward(&rig, 11 * 1000);
        assert_int_equal(keeps_alive(1), cases[i].needed);
        (void)close(client);
        rig_expect_end(&rig, upstream);
        (void)close(upstream);
        rig_until_gone(&rig, 1);
        rig_stop(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_after_the_idle_timeout),
        cmocka_unit_test(a_peer_that_ignores_our_end_is_closed_all_the_same),
        cmocka_unit_test(a_dribbled_frame_is_ended_though_never_idle),
        cmocka_unit_test(a_reset_that_is_owed_comes_in_the_end),
        cmocka_unit_test(whole_frames_may_come_for_ever),
        cmocka_unit_test(a_slow_reader_is_not_held_against_the_sender),
        cmocka_unit_test(an_upstream_has_keepalive_when_it_has_lasted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
