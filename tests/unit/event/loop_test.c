/* The loop under EDGE: readiness that is remembered, fair turns, timers, and what fails. */
#include "probe.h"

#include <limits.h>

static void test_source_is_run_once_per_edge(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    turn(&fixture);
    assert_int_equal(probe.runs, 0); /* writable, but that is not wanted */
    say(&probe, "hello");
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    say(&probe, "again");
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_ready_bit_left_set_is_run_again_without_any_epoll_ctl(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    unsigned adds = fixture.fake.adds;
    probe.budget = 1;
    say(&probe, "abcde");
    for (unsigned i = 1; i <= 6; i++) {
        turn(&fixture);
        assert_int_equal(probe.runs, i); /* five bytes, and EAGAIN */
    }
    turn(&fixture);
    assert_int_equal(probe.runs, 6);
    assert_int_equal(fixture.fake.adds, adds);
    assert_int_equal(fixture.fake.mods + fixture.fake.dels, 0);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_what_became_ready_unwanted_is_remembered(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    brink_loop_want(&fixture.loop, &probe.source, 0);
    say(&probe, "hello");
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    brink_loop_want(&fixture.loop, &probe.source, BRINK_READABLE); /* no edge comes for this */
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_int_equal(fixture.fake.mods, 0);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_what_events_tell_adds_up(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    brink_loop_want(&fixture.loop, &probe.source, 0);
    fake_sys_tell(&fixture.fake, cookie_of(&probe), EPOLLRDHUP);
    turn(&fixture);
    fake_sys_tell(&fixture.fake, cookie_of(&probe), EPOLLOUT);
    turn(&fixture);
    assert_int_equal(probe.source.ready, BRINK_READABLE | BRINK_WRITABLE | BRINK_HANGUP);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_poll_does_not_wait_with_work_at_hand(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    probe.budget = 1;
    say(&probe, "a");
    turn(&fixture);
    assert_int_equal(probe.runs, 1); /* and EAGAIN is still to be seen */
    fixture.fake.wait_errno = EINTR; /* a wait without a limit would not end */
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, 0);
    assert_int_equal(probe.runs, 2);
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, -1);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_wanting_nothing_takes_it_off_the_ready_list(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    probe.budget = 1;
    say(&probe, "abc");
    turn(&fixture);
    brink_loop_want(&fixture.loop, &probe.source, 0);
    assert_true(brink_loop_check(&fixture.loop));
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, 7)));
    assert_int_equal(fixture.fake.last_timeout_ms, 7); /* nothing is at hand */
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_hang_up_is_told_with_the_bytes_before_it(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    say(&probe, "last words");
    close(probe.theirs);
    probe.theirs = -1;
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_int_equal(probe.seen & (BRINK_READABLE | BRINK_HANGUP), BRINK_READABLE | BRINK_HANGUP);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_busy_source_is_run_once_a_turn_and_others_are_served(void **state)
{
    (void)state;
    enum { QUIET = 20 };
    struct fixture fixture;
    struct probe busy, quiet[QUIET];
    start(&fixture);
    probe_add(&fixture, &busy, BRINK_ARM_EDGE);
    for (unsigned i = 0; i < QUIET; i++)
        probe_add(&fixture, &quiet[i], BRINK_ARM_EDGE);
    busy.budget = 1;
    say(&busy, "this keeps it busy for more turns than are made here");
    for (unsigned i = 0; i < QUIET; i++) {
        say(&quiet[i], "x");
        turn(&fixture);
        assert_int_equal(busy.runs, i + 1);
        assert_int_equal(quiet[i].runs, 1);
        assert_int_equal(fixture.fake.last_timeout_ms, 0);
    }
    probe_close(&busy);
    for (unsigned i = 0; i < QUIET; i++)
        probe_close(&quiet[i]);
    turn(&fixture);
    stop(&fixture);
}

static void test_refused_add_leaves_the_descriptor_to_the_caller(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    uint32_t used = fixture.loop.slots.used;
    probe_open(&fixture, &probe);
    fixture.fake.fail_ctls = 1;
    fixture.fake.ctl_errno = ENOSPC;
    brink_result added = brink_loop_add(&fixture.loop, &probe.source, BRINK_ARM_EDGE);
    assert_int_equal(added.err, ENOSPC);
    assert_int_equal(fixture.loop.slots.used, used);
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    assert_false(brink_failed(brink_loop_add(&fixture.loop, &probe.source, BRINK_ARM_EDGE)));
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

static void test_opening_fails_whole_at_every_step(void **state)
{
    (void)state;
    unsigned step = 0;
    for (bool opened = false; !opened;) {
        struct fixture fixture;
        fake_sys_init(&fixture.fake);
        counting_open(&fixture.arena, &fixture.memory);
        fixture.fake.fail_creation = step / 2 + 1; /* by turns a descriptor, and memory */
        fixture.memory.fail_at = step % 2 == 0 ? 0 : 1;
        brink_result result = brink_loop_open(&fixture.loop, &fixture.fake.sys, &fixture.arena);
        if (brink_failed(result)) {
            assert_int_equal(fixture.fake.opened, 0);
            assert_int_equal(fixture.memory.blocks, 0);
            brink_arena_close(&fixture.arena);
        } else {
            opened = true;
            stop(&fixture);
        }
        step++;
    }
    assert_int_equal(step, 7); /* epoll, eventfd, watching it: each refused; memory as well */
}

static void count_shot(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    ++*(unsigned *)arg;
}

static void test_poll_waits_for_the_nearest_of_timer_and_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    unsigned shots = 0;
    start(&fixture);
    struct brink_timer *timer = brink_timer_new(&fixture.loop.wheel, count_shot, &shots);
    assert_non_null(timer);
    uint64_t base_ms = fixture.fake.now_ms;
    fixture.fake.wait_errno = EINTR; /* so that no turn here really waits */
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, -1);
    brink_timer_arm(&fixture.loop.wheel, timer, base_ms + 5);
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, 5);
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, 3)));
    assert_int_equal(fixture.fake.last_timeout_ms, 3);
    assert_int_equal(shots, 0);
    brink_timer_arm(&fixture.loop.wheel, timer, base_ms); /* due */
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, 0);
    assert_int_equal(shots, 1);
    brink_timer_arm(&fixture.loop.wheel, timer, base_ms + (UINT64_C(1) << 50));
    fixture.fake.wait_errno = EINTR;
    assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    assert_int_equal(fixture.fake.last_timeout_ms, INT_MAX); /* as long as can be said */
    brink_timer_free(&fixture.loop.wheel, timer);
    stop(&fixture);
}

static void test_timer_fires_in_the_turn_whose_clock_reached_it(void **state)
{
    (void)state;
    struct fixture fixture;
    unsigned shots = 0;
    start(&fixture);
    struct brink_timer *timer = brink_timer_new(&fixture.loop.wheel, count_shot, &shots);
    assert_non_null(timer);
    brink_timer_arm(&fixture.loop.wheel, timer, fixture.fake.now_ms + 100);
    fixture.fake.now_ms += 99;
    turn(&fixture);
    assert_int_equal(shots, 0);
    fixture.fake.now_ms += 1;
    turn(&fixture);
    assert_int_equal(shots, 1);
    assert_int_equal(fixture.loop.now_ms, fixture.fake.now_ms);
    brink_timer_free(&fixture.loop.wheel, timer);
    stop(&fixture);
}

static void test_failing_poll_is_told_and_the_turn_goes_on(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    probe.budget = 1;
    say(&probe, "abc");
    turn(&fixture);
    fixture.fake.wait_errno = ENOMEM;
    brink_result turned = brink_loop_turn(&fixture.loop, 0);
    assert_int_equal(turned.err, ENOMEM);
    assert_int_equal(probe.runs, 2); /* what was known to be ready is served */
    assert_int_equal(brink_counter_read(&fixture.loop.stats.poll_failures), 1);
    fixture.fake.wait_errno = EINTR;
    turn(&fixture);
    assert_int_equal(brink_counter_read(&fixture.loop.stats.poll_failures), 1);
    probe_close(&probe);
    turn(&fixture);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_is_run_once_per_edge),
        cmocka_unit_test(test_ready_bit_left_set_is_run_again_without_any_epoll_ctl),
        cmocka_unit_test(test_what_became_ready_unwanted_is_remembered),
        cmocka_unit_test(test_what_events_tell_adds_up),
        cmocka_unit_test(test_poll_does_not_wait_with_work_at_hand),
        cmocka_unit_test(test_wanting_nothing_takes_it_off_the_ready_list),
        cmocka_unit_test(test_hang_up_is_told_with_the_bytes_before_it),
        cmocka_unit_test(test_busy_source_is_run_once_a_turn_and_others_are_served),
        cmocka_unit_test(test_refused_add_leaves_the_descriptor_to_the_caller),
        cmocka_unit_test(test_opening_fails_whole_at_every_step),
        cmocka_unit_test(test_poll_waits_for_the_nearest_of_timer_and_limit),
        cmocka_unit_test(test_timer_fires_in_the_turn_whose_clock_reached_it),
        cmocka_unit_test(test_failing_poll_is_told_and_the_turn_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
