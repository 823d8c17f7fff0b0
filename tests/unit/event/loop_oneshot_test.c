/* The loop under ONESHOT: one MOD per wakeup that was handled, nothing lost when one is refused,
 * and the way from one arming to the other. */
#include "probe.h"

static uint64_t refusals(const struct fixture *fixture)
{
    return brink_counter_read(&fixture->loop.stats.arm_failures);
}

static void test_each_handled_wakeup_costs_one_mod(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    for (unsigned i = 1; i <= 10; i++) {
        say(&probe, "hello");
        turn(&fixture);
        turn(&fixture);
        assert_int_equal(probe.runs, i);
        assert_int_equal(fixture.fake.mods, i);
    }
    probe_close(&probe);
    turn(&fixture);
    assert_int_equal(fixture.fake.mods, 10);
    assert_int_equal(fixture.fake.dels, 0);
    stop(&fixture);
}

static void test_work_left_over_is_done_before_it_is_armed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    probe.budget = 1;
    say(&probe, "abc");
    for (unsigned i = 1; i <= 3; i++) {
        turn(&fixture);
        assert_int_equal(probe.runs, i);
        assert_int_equal(fixture.fake.mods, 0);
    }
    turn(&fixture); /* EAGAIN */
    assert_int_equal(fixture.fake.mods, 1);
    turn(&fixture);
    assert_int_equal(probe.runs, 4);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

/* Bytes that come after the last read and before the arming must be told by the arming. */
static void say_more(struct probe *probe)
{
    probe->also = NULL;
    say(probe, "more");
}

static void test_arming_looks_at_readiness_anew(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    probe.also = say_more;
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_wanting_more_arms_for_it(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    brink_loop_want(&fixture.loop, &probe.source, BRINK_READABLE | BRINK_WRITABLE);
    assert_int_equal(fixture.fake.mods, 1);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_int_equal(probe.seen, BRINK_WRITABLE);
    brink_loop_want(&fixture.loop, &probe.source, BRINK_READABLE);
    assert_int_equal(fixture.fake.mods,
                     2); /* it had been told: to hear of bytes it must be armed */
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_wanting_nothing_arms_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    brink_loop_want(&fixture.loop, &probe.source, 0);
    say(&probe, "x");
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    assert_int_equal(fixture.fake.mods, 0);
    brink_loop_want(&fixture.loop, &probe.source, BRINK_READABLE);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_refused_arming_is_tried_again_until_it_works(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 3;
    fixture.fake.ctl_errno = ENOSPC;
    say(&probe, "x");
    turn(&fixture); /* refused after the run, and again in the retries of this turn */
    assert_int_equal(probe.runs, 1);
    uint64_t before = refusals(&fixture);
    assert_in_range(before, 1, 2);
    say(&probe, "not to be lost");
    fixture.fake.wait_errno = EINTR; /* so that this turn does not really wait */
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_in_range(fixture.fake.last_timeout_ms, 1, 100); /* soon, but it does not spin */
    while (fixture.fake.fail_ctls > 0)
        turn(&fixture);
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    assert_int_equal(refusals(&fixture), 3);
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, -1); /* nothing is left to retry */
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_source_may_be_closed_while_it_is_unarmed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 100;
    fixture.fake.ctl_errno = ENOMEM;
    say(&probe, "x");
    turn(&fixture);
    probe_close(&probe);
    turn(&fixture);
    assert_int_equal(probe.reclaims, 1);
    uint64_t before = refusals(&fixture);
    turn(&fixture);
    assert_int_equal(refusals(&fixture), before);
    stop(&fixture);
}

static void test_source_may_be_rearmed_while_it_is_unarmed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 2; /* after the run, and in the retry of that turn */
    fixture.fake.ctl_errno = ENOMEM;
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(fixture.fake.fail_ctls, 0);
    assert_int_equal(probe.source.place, BRINK_PLACE_UNARMED);
    assert_false(brink_failed(brink_loop_rearm(&fixture.loop, &probe.source, BRINK_ARM_EDGE)));
    assert_true(brink_loop_check(&fixture.loop));
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, -1); /* nothing is left to retry */
    unsigned mods = fixture.fake.mods;
    say(&probe, "y");
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    assert_int_equal(fixture.fake.mods, mods);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_want_may_be_dropped_while_it_is_unarmed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 2;
    fixture.fake.ctl_errno = ENOMEM;
    say(&probe, "x");
    turn(&fixture);
    fixture.fake.fail_ctls = 0;
    brink_loop_want(&fixture.loop, &probe.source, 0);
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(fixture.fake.mods, refusals(&fixture)); /* none but the refused */
    say(&probe, "y");
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    brink_loop_want(&fixture.loop, &probe.source, BRINK_READABLE);
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_rearming_by_edge_ends_the_mods(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    assert_false(brink_failed(brink_loop_rearm(&fixture.loop, &probe.source, BRINK_ARM_EDGE)));
    assert_int_equal(fixture.fake.mods, 1);
    for (unsigned i = 1; i <= 5; i++) {
        say(&probe, "x");
        turn(&fixture);
        turn(&fixture);
        assert_int_equal(probe.runs, i);
    }
    assert_int_equal(fixture.fake.mods, 1);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_rearming_tells_anew_what_is_ready(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    say(&probe, "x");
    turn(&fixture);
    say(&probe, "y");
    assert_false(brink_failed(brink_loop_rearm(&fixture.loop, &probe.source, BRINK_ARM_ONESHOT)));
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    assert_false(brink_failed(brink_loop_rearm(&fixture.loop, &probe.source, BRINK_ARM_EDGE)));
    turn(&fixture);
    assert_true(probe.source.ready & BRINK_WRITABLE);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_refused_rearming_leaves_things_as_they_were(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 1;
    fixture.fake.ctl_errno = ENOMEM;
    brink_result rearmed = brink_loop_rearm(&fixture.loop, &probe.source, BRINK_ARM_EDGE);
    assert_int_equal(rearmed.err, ENOMEM);
    say(&probe, "x");
    turn(&fixture);
    say(&probe, "y");
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_handled_wakeup_costs_one_mod),
        cmocka_unit_test(test_work_left_over_is_done_before_it_is_armed),
        cmocka_unit_test(test_arming_looks_at_readiness_anew),
        cmocka_unit_test(test_wanting_more_arms_for_it),
        cmocka_unit_test(test_wanting_nothing_arms_nothing),
        cmocka_unit_test(test_refused_arming_is_tried_again_until_it_works),
        cmocka_unit_test(test_source_may_be_closed_while_it_is_unarmed),
        cmocka_unit_test(test_source_may_be_rearmed_while_it_is_unarmed),
        cmocka_unit_test(test_want_may_be_dropped_while_it_is_unarmed),
        cmocka_unit_test(test_rearming_by_edge_ends_the_mods),
        cmocka_unit_test(test_rearming_tells_anew_what_is_ready),
        cmocka_unit_test(test_refused_rearming_leaves_things_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
