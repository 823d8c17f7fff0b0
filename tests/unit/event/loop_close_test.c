/* Closing sources: in any run, while others wait, and with events for them still under way. */
#include "probe.h"

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

static void test_source_that_is_removed_stays_open_and_is_not_told_of(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    turn(&fixture);
    say(&probe, "abc");
    int fd = brink_loop_remove_source(&fixture.loop, &probe.source);
    int copy = dup(fd); /* as another process has one */
    assert_true(fd >= 0 && copy >= 0);
    assert_int_equal(probe.source.fd, -1);
    assert_int_equal(fixture.fake.dels, 1);
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    assert_int_equal(probe.reclaims, 1);
    char got[4];
    assert_int_equal(read(fd, got, sizeof got), 3);
    uint64_t events = brink_counter_read(&fixture.loop.stats.events);
    say(&probe, "def");
    turn(&fixture);
    assert_int_equal(brink_counter_read(&fixture.loop.stats.events), events);
    assert_int_equal(fixture.fake.ops.close(&fixture.fake, fd), 0);
    (void)close(copy);
    (void)close(probe.theirs);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_may_be_closed_in_its_own_run),
        cmocka_unit_test(test_source_that_is_removed_stays_open_and_is_not_told_of),
        cmocka_unit_test(test_source_closed_while_it_waits_to_be_run_is_not_run),
        cmocka_unit_test(test_reclaim_comes_at_the_end_of_the_turn),
        cmocka_unit_test(test_source_closed_by_a_timer_is_reclaimed_in_that_turn),
        cmocka_unit_test(test_event_for_a_closed_source_does_not_reach_the_next_in_its_slot),
        cmocka_unit_test(test_kernels_own_stale_events_are_dropped_and_counted),
        cmocka_unit_test(test_find_knows_only_the_living),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
