/* What a thread of a load does with its connections, step by step on the test's own thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/work.h"
#include "unit/app/lane.h"
#include "unit/app/peer.h"

enum { CONNECTIONS = 6, IN_FLIGHT = 4, WAIT_MS = 20000 };

static const uint64_t second_ns = 1000000000;

struct fixture {
    struct peer peer;
    struct lane lane; /* for the plan; the thread has a lane of its own */
    struct brink_load_thread thread;
    struct brink_load_connection connections[CONNECTIONS];
    struct brink_load_batch batches[CONNECTIONS][IN_FLIGHT];
};

/* `working` connections, the rest of them silent. */
static void start(struct fixture *fixture, enum peer_manner manner, uint32_t working)
{
    struct brink_load_thread *thread = &fixture->thread;
    memset(fixture, 0, sizeof *fixture);
    peer_start(&fixture->peer, manner);
    lane_start(&fixture->lane, &fixture->peer.address, "u32le", "64", IN_FLIGHT, false);
    fixture->lane.plan.connections = working;
    thread->plan = &fixture->lane.plan;
    thread->lane = fixture->lane.lane;
    thread->connections = fixture->connections;
    thread->count = CONNECTIONS;
    thread->working = working;
    thread->progress_ns = thread->lane.now_ns;
    thread->end_ns = UINT64_MAX;
    brink_list_init(&thread->opening);
    brink_list_init(&thread->resting);
    brink_list_init(&thread->more);
    for (uint32_t i = 0; i < CONNECTIONS; i++)
        brink_load_connection_init(&fixture->connections[i], thread->plan, i, i >= working,
                                   i < working ? fixture->batches[i] : NULL);
}

static void stop(struct fixture *fixture)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++)
        brink_load_connection_close(&fixture->connections[i], &fixture->thread.lane);
    lane_stop(&fixture->lane);
    peer_stop(&fixture->peer);
}

/* One round as the thread's loop makes it; the clock is the test's. */
static void step(struct fixture *fixture)
{
    struct brink_load_thread *thread = &fixture->thread;
    struct epoll_event events[CONNECTIONS];
    brink_load_work_by_clock(thread);
    int count = brink_sys_linux.ops->epoll_wait(NULL, thread->lane.epoll_fd, events, CONNECTIONS,
                                                brink_list_empty(&thread->more) ? 1 : 0);
    for (int i = 0; i < count; i++)
        brink_load_work_event(thread, events[i].data.ptr, events[i].events);
}

static void open_all(struct fixture *fixture)
{
    uint64_t limit_ns = brink_clock_now_ns() + 20 * second_ns;
    while (fixture->thread.all_open < CONNECTIONS) {
        step(fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
}

static void begin(struct fixture *fixture)
{
    fixture->thread.lane.begin_ns = fixture->thread.lane.now_ns;
    fixture->thread.phase = BRINK_LOAD_PHASE_RUNNING;
    brink_load_work_begin(&fixture->thread);
}

static uint64_t frames(const struct fixture *fixture)
{
    return brink_counter_read(&fixture->thread.lane.frames);
}

static void run_until(struct fixture *fixture, uint64_t count)
{
    uint64_t limit_ns = brink_clock_now_ns() + 20 * second_ns;
    while (frames(fixture) < count) {
        step(fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
}

static void test_all_are_opened(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    open_all(&fixture);
    assert_int_equal(fixture.thread.open, 4);
    assert_true(fixture.thread.lane.opened == CONNECTIONS);
    assert_true(frames(&fixture) == 0);
    assert_false(fixture.thread.failed);
    assert_true(brink_load_work_next_ns(&fixture.thread) == UINT64_MAX);
    stop(&fixture);
}

static void test_so_many_frames_and_no_more(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    fixture.lane.plan.count = 103;
    open_all(&fixture);
    begin(&fixture);
    assert_false(brink_load_work_over(&fixture.thread));
    run_until(&fixture, 103);
    assert_true(brink_load_work_over(&fixture.thread));
    assert_true(fixture.thread.lane.in_flight == 0);
    assert_true(frames(&fixture) == 103);
    assert_true(brink_counter_read(&fixture.thread.lane.bytes) == 103 * 68);
    for (uint32_t i = 4; i < CONNECTIONS; i++)
        assert_true(fixture.connections[i].begun == 0); /* silent */
    stop(&fixture);
}

static void test_time_ends_it(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    open_all(&fixture);
    begin(&fixture);
    run_until(&fixture, 100);
    fixture.thread.end_ns = fixture.thread.lane.now_ns;
    assert_true(brink_load_work_over(&fixture.thread));
    uint64_t limit_ns = brink_clock_now_ns() + 20 * second_ns;
    while (fixture.thread.lane.in_flight > 0) { /* each that is answered has no successor */
        step(&fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
    stop(&fixture);
}

static void test_churn(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    fixture.lane.plan.count = 400;
    fixture.lane.plan.churn = 10;
    open_all(&fixture);
    begin(&fixture);
    run_until(&fixture, 400);
    /* 400 frames are 40 connections' worth: as many, and one after the last ten of each; the first
     * four and the silent ones were there before. */
    assert_in_range(fixture.thread.lane.opened, 40 - 4 + CONNECTIONS, 40 + CONNECTIONS);
    assert_true(fixture.thread.lane.unanswered == 0);
    assert_true(fixture.thread.lane.troubles.count == 0);
    stop(&fixture);
}

static void test_broken_ones_come_back_after_a_rest(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    open_all(&fixture);
    begin(&fixture);
    struct brink_load_connection *broken = &fixture.connections[0];
    struct brink_load_connection *silent = &fixture.connections[5];
    (void)shutdown(broken->fd, SHUT_RDWR); /* as if the peer had done it */
    (void)shutdown(silent->fd, SHUT_RDWR);
    uint64_t limit_ns = brink_clock_now_ns() + 20 * second_ns;
    while (fixture.thread.lane.troubles.count < 2) {
        step(&fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
    assert_int_equal(fixture.thread.open, 3);
    assert_int_equal(broken->in_flight, 0); /* answered or lost */
    assert_true(brink_load_work_next_ns(&fixture.thread) < UINT64_MAX);
    fixture.thread.lane.now_ns += second_ns; /* it has rested */
    while (fixture.thread.open < 4) {
        step(&fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
    assert_int_equal(silent->state, BRINK_LOAD_IS_CLOSED); /* silent ones do not */
    assert_false(fixture.thread.failed);
    stop(&fixture);
}

static void test_none_can_be_opened(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_CLOSES, 4);
    uint64_t limit_ns = brink_clock_now_ns() + 20 * second_ns;
    while (!fixture.thread.failed) {
        step(&fixture);
        assert_true(brink_clock_now_ns() < limit_ns);
    }
    assert_int_equal(fixture.thread.failure.stage, BRINK_LOAD_OPENING);
    assert_int_equal(fixture.thread.all_open, 0);
    stop(&fixture);
}

static void test_time_for_the_first_reply_is_limited(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_IS_SILENT, 4);
    step(&fixture);
    uint64_t next_ns = brink_load_work_next_ns(&fixture.thread);
    assert_true(next_ns == fixture.thread.lane.now_ns + 20 * second_ns);
    fixture.thread.lane.now_ns = next_ns - 1;
    step(&fixture);
    assert_true(fixture.thread.lane.troubles.count == 0);
    fixture.thread.lane.now_ns = next_ns;
    step(&fixture);
    assert_true(fixture.thread.failed);
    assert_int_equal(fixture.thread.failure.err, ETIMEDOUT);
    stop(&fixture);
}

static void test_fixed_rate(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    fixture.lane.plan.rate = 1000;
    open_all(&fixture);
    begin(&fixture);
    uint64_t begin_ns = fixture.thread.lane.begin_ns;
    assert_true(brink_load_work_due_ns(&fixture.thread) == begin_ns);
    brink_load_work_by_clock(&fixture.thread); /* the very first */
    assert_true(brink_load_work_due_ns(&fixture.thread) == begin_ns + 1000000);
    assert_true(fixture.thread.lane.in_flight == 1);
    fixture.thread.lane.now_ns = begin_ns + 999999;
    brink_load_work_by_clock(&fixture.thread);
    assert_true(fixture.thread.lane.in_flight == 1);
    /* 22 are due, and each connection has four in flight at most. */
    fixture.thread.lane.now_ns = begin_ns + 21000000;
    brink_load_work_by_clock(&fixture.thread);
    assert_true(fixture.thread.lane.in_flight == 16);
    assert_true(fixture.thread.unsent == 6);
    /* The time is over: none of those due later is begun. */
    fixture.thread.end_ns = begin_ns + 22000000;
    fixture.thread.lane.now_ns = begin_ns + 500000000;
    brink_load_work_flush(&fixture.thread);
    assert_true(fixture.thread.unsent == 6);
    assert_true(brink_load_work_over(&fixture.thread));
    brink_load_work_finish(&fixture.thread, true);
    assert_true(fixture.thread.lane.unanswered == 16);
    assert_true(fixture.thread.lane.troubles.count == 4); /* one for each connection */
    stop(&fixture);
}

static void test_fixed_rate_and_count(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    fixture.lane.plan.rate = 1000000;
    fixture.lane.plan.count = 50;
    open_all(&fixture);
    begin(&fixture);
    run_until(&fixture, 50);
    assert_true(brink_load_work_over(&fixture.thread));
    assert_true(brink_load_work_due_ns(&fixture.thread) == UINT64_MAX);
    assert_true(fixture.thread.lane.in_flight == 0);
    stop(&fixture);
}

static void test_giving_up_has_a_reason(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, 4);
    brink_load_work_give_up(&fixture.thread);
    assert_true(fixture.thread.failed);
    assert_int_equal(fixture.thread.failure.err, ETIMEDOUT);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_opened),
        cmocka_unit_test(test_so_many_frames_and_no_more),
        cmocka_unit_test(test_time_ends_it),
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_broken_ones_come_back_after_a_rest),
        cmocka_unit_test(test_none_can_be_opened),
        cmocka_unit_test(test_time_for_the_first_reply_is_limited),
        cmocka_unit_test(test_fixed_rate),
        cmocka_unit_test(test_fixed_rate_and_count),
        cmocka_unit_test(test_giving_up_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
