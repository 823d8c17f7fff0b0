/* The loop under EDGE: readiness that is remembered, fair turns, closing, stale events, timers. */
#include "probe.h"

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

static void close_other(struct probe *probe)
{
    if (probe->other)
        probe_close(probe->other);
    probe->other = NULL;
}

static void test_source_may_be_closed_in_its_own_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    probe.also = close_other;
    probe.other = &probe;
    probe.budget = 1; /* the ready bit stays set */
    say(&probe, "abc");
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_int_equal(probe.reclaims, 1);
    probe_close(&probe); /* closed already */
    turn(&fixture);
    assert_int_equal(probe.reclaims, 1);
    stop(&fixture);
}

static void test_source_closed_while_it_waits_to_be_run_is_not_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probes[2];
    start(&fixture);
    for (unsigned i = 0; i < 2; i++) {
        probe_add(&fixture, &probes[i], BRINK_ARM_EDGE);
        probes[i].also = close_other;
        probes[i].other = &probes[1 - i]; /* whichever is run first closes the other */
        say(&probes[i], "x");
    }
    turn(&fixture);
    assert_int_equal(probes[0].runs + probes[1].runs, 1);
    assert_int_equal(probes[0].reclaims + probes[1].reclaims, 1);
    struct probe *left = &probes[probes[0].runs == 1 ? 0 : 1];
    assert_int_equal(left->reclaims, 0);
    left->other = NULL;
    probe_close(left);
    turn(&fixture);
    stop(&fixture);
}

static void see_that_nothing_is_reclaimed(struct probe *probe)
{
    if (probe->other->source.fd >= 0)
        probe_close(probe->other);
    assert_int_equal(probe->other->reclaims, 0);
}

static void test_reclaim_comes_at_the_end_of_the_turn(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe closed, first, second;
    start(&fixture);
    probe_add(&fixture, &closed, BRINK_ARM_EDGE);
    probe_add(&fixture, &first, BRINK_ARM_EDGE);
    probe_add(&fixture, &second, BRINK_ARM_EDGE);
    first.also = second.also = see_that_nothing_is_reclaimed;
    first.other = second.other = &closed;
    say(&first, "x");
    say(&second, "x");
    turn(&fixture);
    assert_int_equal(first.runs + second.runs, 2);
    assert_int_equal(closed.reclaims, 1);
    probe_close(&first);
    probe_close(&second);
    turn(&fixture);
    stop(&fixture);
}

static void reopen_other(struct probe *probe)
{
    struct probe *other = probe->other;
    probe->also = NULL;
    uint32_t index = other[0].source.index;
    probe_close(&other[0]);
    probe_add(probe->fixture, &other[1], BRINK_ARM_EDGE);
    assert_int_equal(other[1].source.index, index);
}

/* A is closed in the run of B, and C is opened in A's slot, while an event for A is under way. */
static void test_event_for_a_closed_source_does_not_reach_the_next_in_its_slot(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe b, others[2]; /* A, C */
    start(&fixture);
    probe_add(&fixture, &b, BRINK_ARM_EDGE);
    probe_add(&fixture, &others[0], BRINK_ARM_EDGE);
    turn(&fixture);
    b.also = reopen_other;
    b.other = others;
    say(&b, "x");
    say(&others[0], "for A"); /* told in the same batch, */
    uint64_t cookie = cookie_of(&others[0]);
    turn(&fixture);
    fake_sys_tell(&fixture.fake, cookie, EPOLLIN | EPOLLHUP); /* and once more, late */
    turn(&fixture);
    assert_int_equal(stale(&fixture), 1);
    assert_int_equal(others[1].runs, 0);
    assert_int_equal(others[1].source.ready & (BRINK_READABLE | BRINK_HANGUP), 0);
    say(&others[1], "for C");
    turn(&fixture);
    assert_int_equal(others[1].runs, 1);
    probe_close(&b);
    probe_close(&others[1]);
    turn(&fixture);
    stop(&fixture);
}

/* A copy of the descriptor keeps the kernel's watch alive beyond our close (epoll(7), Q6). */
static void test_kernels_own_stale_events_are_dropped_and_counted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe, next;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    turn(&fixture);
    int copy = dup(probe.source.fd);
    assert_true(copy >= 0);
    brink_loop_close_source(&fixture.loop, &probe.source);
    turn(&fixture);
    probe_add(&fixture, &next, BRINK_ARM_EDGE);
    assert_int_equal(next.source.index, probe.source.index);
    turn(&fixture);
    uint64_t before = stale(&fixture);
    say(&probe, "to nobody");
    turn(&fixture);
    assert_int_equal(stale(&fixture), before + 1);
    assert_int_equal(next.runs, 0);
    close(copy);
    close(probe.theirs);
    probe_close(&next);
    turn(&fixture);
    stop(&fixture);
}

static void test_find_knows_only_the_living(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    uint32_t index = probe.source.index;
    uint32_t generation = probe.source.generation;
    assert_ptr_equal(brink_loop_find(&fixture.loop, index, generation), &probe.source);
    assert_null(brink_loop_find(&fixture.loop, index, generation + 1));
    assert_null(brink_loop_find(&fixture.loop, UINT32_MAX, generation));
    probe_close(&probe);
    assert_null(brink_loop_find(&fixture.loop, index, generation));
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

static void close_from_timer(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    probe_close(arg);
}

static void test_source_closed_by_a_timer_is_reclaimed_in_that_turn(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    struct brink_timer *timer = brink_timer_new(&fixture.loop.wheel, close_from_timer, &probe);
    assert_non_null(timer);
    brink_timer_arm(&fixture.loop.wheel, timer, fixture.fake.now_ms);
    turn(&fixture);
    assert_int_equal(probe.reclaims, 1);
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
        cmocka_unit_test(test_wanting_nothing_takes_it_off_the_ready_list),
        cmocka_unit_test(test_hang_up_is_told_with_the_bytes_before_it),
        cmocka_unit_test(test_busy_source_is_run_once_a_turn_and_others_are_served),
        cmocka_unit_test(test_source_may_be_closed_in_its_own_run),
        cmocka_unit_test(test_source_closed_while_it_waits_to_be_run_is_not_run),
        cmocka_unit_test(test_reclaim_comes_at_the_end_of_the_turn),
        cmocka_unit_test(test_event_for_a_closed_source_does_not_reach_the_next_in_its_slot),
        cmocka_unit_test(test_kernels_own_stale_events_are_dropped_and_counted),
        cmocka_unit_test(test_find_knows_only_the_living),
        cmocka_unit_test(test_refused_add_leaves_the_descriptor_to_the_caller),
        cmocka_unit_test(test_opening_fails_whole_at_every_step),
        cmocka_unit_test(test_poll_waits_for_the_nearest_of_timer_and_limit),
        cmocka_unit_test(test_timer_fires_in_the_turn_whose_clock_reached_it),
        cmocka_unit_test(test_source_closed_by_a_timer_is_reclaimed_in_that_turn),
        cmocka_unit_test(test_failing_poll_is_told_and_the_turn_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
