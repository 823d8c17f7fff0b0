/* Leaving once nothing is owed. */
#include "drain_rig.h"

static void an_idle_pair_leaves_at_once(void **state)
{
    (void)state;
    couple("u32le");
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_reply_that_is_owed_is_waited_for(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(5000);
    rig_expect_silence(&rig, client);
    answer();
    look();
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

/* Also if it begins when the time is nearly over. */
static void a_late_reply_is_passed_on(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS * 9 / 10);
    rig_send(&rig, upstream, "cd", 2);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_end(&rig, client);
    part();
    assert_int_equal(drain_cut(), 0);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_UPSTREAM]), 1);
}

static void a_request_begun_is_finished_and_the_next_not_read(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_send(&rig, client, "cd\1\0\0\0x", 7); /* its end, and another */
    rig_expect(&rig, upstream, "cd", 2);
    rig_expect_silence(&rig, upstream);
    answer();
    look();
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(cut(BRINK_SIDE_CLIENT), 0);
}

static void one_way_traffic_leaves_after_a_quiet_while(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    look_after(DRAIN_MS / 2 + 1);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_server_that_pushes_is_left_between_frames(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS * 7 / 8);
    rig_expect_silence(&rig, client);
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_end(&rig, client); /* not a byte of the next */
    part();
    assert_int_equal(cut(BRINK_SIDE_UPSTREAM), 0);
}

/* Its state is in the connection: the next request may be on its way. */
static void a_pinned_pair_leaves_when_quiet(void **state)
{
    (void)state;
    couple("u32le,pin=yes");
    ask();
    answer();
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void raw_bytes_leave_when_quiet(void **state)
{
    (void)state;
    couple("raw");
    rig_send(&rig, client, "q", 1);
    rig_expect(&rig, upstream, "q", 1);
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    rig_send(&rig, client, "more", 4);
    rig_expect(&rig, upstream, "more", 4);
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
}

/* Its first request may be on its way already. */
static void who_is_connected_late_is_served_once(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, DRAIN_MS);
    upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    look();
    ask();
    look();
    rig_send(&rig, client, "\1\0\0\0x", 5);
    rig_expect_silence(&rig, upstream);
    answer();
    look();
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_CLIENT]), 1);
}

static void who_is_connected_late_and_says_nothing_leaves(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, DRAIN_MS);
    upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    look();
    rig_expect_silence(&rig, client);
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_pair_leaves_at_once),
        cmocka_unit_test(a_reply_that_is_owed_is_waited_for),
        cmocka_unit_test(a_late_reply_is_passed_on),
        cmocka_unit_test(a_request_begun_is_finished_and_the_next_not_read),
        cmocka_unit_test(one_way_traffic_leaves_after_a_quiet_while),
        cmocka_unit_test(a_server_that_pushes_is_left_between_frames),
        cmocka_unit_test(a_pinned_pair_leaves_when_quiet),
        cmocka_unit_test(raw_bytes_leave_when_quiet),
        cmocka_unit_test(who_is_connected_late_is_served_once),
        cmocka_unit_test(who_is_connected_late_and_says_nothing_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
