/* How far a session that is to leave is read, and where it stands then. */
#include "drain_rig.h"

static void at_a_boundary_no_reply_is_waited_for(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_BOUNDARY);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
    assert_int_equal(drain_cut(), 0);
}

static void to_a_boundary_both_sides_are_read(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_BOUNDARY);
    assert_false(is_closing());
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_silence(&rig, client);
    rig_send(&rig, client, "cd\1\0\0\0x", 7);
    rig_expect(&rig, upstream, "cd", 2);
    look();
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(cut(BRINK_SIDE_CLIENT) + cut(BRINK_SIDE_UPSTREAM), 0);
}

static void now_is_wherever_it_stands(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_NOW);
    rig_expect_error(&rig, upstream, ECONNRESET);
    part();
    assert_int_equal(drain_cut(), 1);
    assert_int_equal(cut(BRINK_SIDE_CLIENT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_a_boundary_no_reply_is_waited_for),
        cmocka_unit_test(to_a_boundary_both_sides_are_read),
        cmocka_unit_test(now_is_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
