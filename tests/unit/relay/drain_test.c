/* Leaving at frame boundaries. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/drain.h"
#include "relay/echo.h"
#include "relay/pair.h"

enum { DRAIN_MS = 20000 };

static struct rig rig;
static int client;
static int upstream;

static void couple(const char *spec)
{
    rig_init(&rig);
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
}

static void part(void)
{
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void sweep(uint64_t left_ms)
{
    for (int i = 0; i < 4; i++) {
        brink_drain_sweep(&rig.service, DRAIN_MS, left_ms);
        rig_turn(&rig);
    }
}

static bool is_closing(void)
{
    return brink_counter_read(&rig.service.stats.closed[BRINK_REASON_DRAINED]) > 0 ||
           brink_counter_read(&rig.service.stats.sessions) == 0;
}

static void an_idle_pair_leaves_at_once(void **state)
{
    (void)state;
    couple("u32le");
    brink_drain_begin(&rig.service);
    sweep(DRAIN_MS);
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_reply_that_is_owed_is_waited_for(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, upstream, "\1\0\0\0q", 5);
    brink_drain_begin(&rig.service);
    sweep(DRAIN_MS);
    rig_forward(&rig, 5000);
    sweep(DRAIN_MS - 5000);
    rig_expect_silence(&rig, client);
    rig_send(&rig, upstream, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
    sweep(DRAIN_MS - 5000);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_request_begun_is_finished_and_the_next_not_read(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    brink_drain_begin(&rig.service);
    rig_send(&rig, client, "cd\1\0\0\0x", 7); /* its end, and another */
    rig_expect(&rig, upstream, "cd", 2);
    rig_expect_silence(&rig, upstream);
    rig_send(&rig, upstream, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
    sweep(DRAIN_MS);
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(brink_counter_read(&rig.service.stats.frames_cut[BRINK_SIDE_CLIENT]), 0);
}

static void one_way_traffic_leaves_after_a_quiet_while(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, upstream, "\1\0\0\0q", 5);
    brink_drain_begin(&rig.service);
    sweep(DRAIN_MS);
    assert_false(is_closing());
    rig_forward(&rig, DRAIN_MS / 2 + 1);
    sweep(DRAIN_MS / 2 - 1);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_server_that_pushes_is_left_between_frames(void **state)
{
    (void)state;
    couple("u32le");
    brink_drain_begin(&rig.service);
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    sweep(DRAIN_MS / 8);
    rig_expect_silence(&rig, client);
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    sweep(DRAIN_MS / 8);
    rig_expect_end(&rig, client); /* not a byte of the next */
    part();
    assert_int_equal(brink_counter_read(&rig.service.stats.frames_cut[BRINK_SIDE_UPSTREAM]), 0);
}

/* Its state is in the connection: the next request may be on its way. */
static void a_pinned_pair_leaves_when_quiet(void **state)
{
    (void)state;
    couple("u32le,pin=yes");
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, upstream, "\1\0\0\0q", 5);
    rig_send(&rig, upstream, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
    brink_drain_begin(&rig.service);
    sweep(DRAIN_MS);
    assert_false(is_closing());
    rig_forward(&rig, 1001);
    sweep(DRAIN_MS - 1001);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void who_is_connected_too_late_is_not_read_from(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    assert_int_equal(send(client, "\1\0\0\0q", 5, 0), 5);
    brink_drain_begin(&rig.service);
    upstream = rig_accept_upstream(&rig);
    rig_expect_silence(&rig, upstream);
    sweep(DRAIN_MS);
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_CLIENT]), 0);
}

static void a_second_beginning_does_not_start_it_over(void **state)
{
    (void)state;
    couple("u32le");
    brink_drain_begin(&rig.service);
    rig_send(&rig, client, "\1\0\0\0q", 5); /* not to be read: no frame may begin */
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    sweep(DRAIN_MS / 8); /* from now on no frame of the upstream's may begin either */
    brink_drain_begin(&rig.service);
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    sweep(DRAIN_MS / 8);
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_UPSTREAM]), 1);
}

static void raw_bytes_leave_when_quiet(void **state)
{
    (void)state;
    couple("raw");
    rig_send(&rig, client, "q", 1);
    rig_expect(&rig, upstream, "q", 1);
    brink_drain_begin(&rig.service);
    sweep(DRAIN_MS);
    assert_false(is_closing());
    rig_send(&rig, client, "more", 4);
    rig_expect(&rig, upstream, "more", 4);
    rig_forward(&rig, 1001);
    sweep(DRAIN_MS - 1001);
    rig_expect_end(&rig, client);
    part();
}

static void the_deadline_cuts_what_is_left(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    brink_drain_begin(&rig.service);
    brink_drain_cut(&rig.service, DRAIN_MS);
    rig_expect_error(&rig, upstream, ECONNRESET);
    assert_int_equal(brink_counter_read(&rig.service.stats.drain_cut), 1);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=drain-deadline"));
    part();
}

static void an_idle_one_is_not_counted_as_cut(void **state)
{
    (void)state;
    couple("u32le");
    brink_drain_begin(&rig.service);
    brink_drain_cut(&rig.service, 0);
    rig_expect_end(&rig, client);
    assert_int_equal(brink_counter_read(&rig.service.stats.drain_cut), 0);
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_pair_leaves_at_once),
        cmocka_unit_test(a_reply_that_is_owed_is_waited_for),
        cmocka_unit_test(a_request_begun_is_finished_and_the_next_not_read),
        cmocka_unit_test(one_way_traffic_leaves_after_a_quiet_while),
        cmocka_unit_test(a_server_that_pushes_is_left_between_frames),
        cmocka_unit_test(a_pinned_pair_leaves_when_quiet),
        cmocka_unit_test(who_is_connected_too_late_is_not_read_from),
        cmocka_unit_test(a_second_beginning_does_not_start_it_over),
        cmocka_unit_test(raw_bytes_leave_when_quiet),
        cmocka_unit_test(the_deadline_cuts_what_is_left),
        cmocka_unit_test(an_idle_one_is_not_counted_as_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
