/* A thread of a load from start to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/thread.h"
#include "unit/app/lane.h"
#include "unit/app/peer.h"

enum { IN_FLIGHT = 4, WAIT_MS = 20000 };

struct fixture {
    struct peer peer;
    struct lane lane;
    int notify_fd;
    struct brink_load_thread thread;
};

static void prepare(struct fixture *fixture, enum peer_manner manner)
{
    peer_start(&fixture->peer, manner);
    lane_start(&fixture->lane, &fixture->peer.address, "u32le", "64", IN_FLIGHT, false);
    fixture->lane.plan.connections = 5;
    fixture->lane.plan.idle = 2;
    fixture->lane.plan.sys = &brink_sys_linux; /* what counts the calls is one thread's */
    fixture->notify_fd = brink_sys_linux.ops->wakeup_create(NULL);
}

static void start(struct fixture *fixture)
{
    assert_int_equal(
        brink_load_thread_start(&fixture->thread, &fixture->lane.plan, 0, fixture->notify_fd).err,
        0);
}

static void wait_for(struct fixture *fixture, enum brink_load_phase phase)
{
    struct pollfd fd = {.fd = fixture->notify_fd, .events = POLLIN};
    while (brink_load_thread_phase(&fixture->thread) < phase) {
        assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
        (void)brink_sys_linux.ops->wakeup_clear(NULL, fixture->notify_fd);
    }
    assert_int_equal(brink_load_thread_phase(&fixture->thread), phase);
}

static void run(struct fixture *fixture)
{
    wait_for(fixture, BRINK_LOAD_PHASE_READY);
    fixture->thread.lane.begin_ns = brink_clock_now_ns();
    brink_load_thread_order(&fixture->thread, BRINK_LOAD_ORDER_RUN);
}

static void stop(struct fixture *fixture)
{
    brink_load_thread_end(&fixture->thread);
    (void)close(fixture->notify_fd);
    lane_stop(&fixture->lane);
    peer_stop(&fixture->peer);
}

static uint64_t frames(const struct fixture *fixture)
{
    return brink_counter_read(&fixture->thread.lane.frames);
}

static void test_by_count(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.count = 1000;
    start(&fixture);
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) == 1000);
    assert_true(fixture.thread.lane.opened == 7);
    assert_true(fixture.thread.lane.latency.count == 1000);
    assert_true(fixture.thread.lane.latency.min_ns > 0);
    assert_true(fixture.thread.lane.last_ns >= fixture.thread.stopped_ns);
    stop(&fixture);
}

static void test_by_time(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.duration_ms = 50;
    start(&fixture);
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) > 0);
    assert_true(fixture.thread.stopped_ns == fixture.thread.lane.begin_ns + 50000000);
    assert_true(fixture.thread.lane.unanswered == 0);
    stop(&fixture);
}

static void test_at_a_fixed_rate(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.rate = 1000;
    fixture.lane.plan.count = 100;
    start(&fixture);
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) == 100);
    assert_true(fixture.thread.unsent == 0);
    /* The last one was due after 99 ms, and was not sent before. */
    assert_true(fixture.thread.lane.last_ns >= fixture.thread.lane.begin_ns + 99000000);
    stop(&fixture);
}

static void test_stopped_before_its_time(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    start(&fixture);
    run(&fixture);
    while (frames(&fixture) < 100)
        (void)poll(NULL, 0, 1); /* leaves the cores to the threads that are waited for */
    brink_load_thread_order(&fixture.thread, BRINK_LOAD_ORDER_STOP);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(fixture.thread.lane.unanswered == 0);
    stop(&fixture);
}

static void test_stopped_while_it_opens(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_IS_SILENT);
    start(&fixture);
    brink_load_thread_order(&fixture.thread, BRINK_LOAD_ORDER_STOP);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_false(fixture.thread.failed);
    stop(&fixture);
}

static void test_no_reply_to_the_first_frame(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_IS_SILENT);
    fixture.lane.plan.timeout_ms = 30;
    start(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(fixture.thread.failed);
    assert_int_equal(fixture.thread.failure.err, ETIMEDOUT);
    stop(&fixture);
}

/* By count no clock ends it: that nothing moves any more does. */
static void test_a_frame_cannot_leave(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.count = 1;
    fixture.lane.plan.rate = 10;
    fixture.lane.plan.timeout_ms = 30;
    start(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_READY);
    fixture.thread.unsent = 1; /* due at a connection that never has it */
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) == 1);
    assert_true(fixture.thread.unsent == 1);
    assert_true(fixture.thread.lane.troubles.count == 1);
    assert_false(fixture.thread.failed);
    stop(&fixture);
}

/* 100 ms from one frame to the next, with a time-out of 80: nothing is missing meanwhile. */
static void test_low_rate_is_no_stall(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.count = 4;
    fixture.lane.plan.rate = 10;
    fixture.lane.plan.timeout_ms = 80;
    start(&fixture);
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) == 4);
    assert_true(fixture.thread.lane.troubles.count == 0);
    stop(&fixture);
}

static void test_ended_at_any_time(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    start(&fixture);
    run(&fixture);
    stop(&fixture);
}

static void test_one_way(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_IS_SILENT);
    fixture.lane.plan.one_way = true;
    fixture.lane.plan.burst = 64;
    fixture.lane.plan.count = 100000;
    start(&fixture);
    run(&fixture);
    wait_for(&fixture, BRINK_LOAD_PHASE_DONE);
    assert_true(frames(&fixture) == 100000);
    assert_true(brink_counter_read(&fixture.thread.lane.bytes) == 100000 * 68);
    assert_true(fixture.thread.lane.latency.count == 0);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_count),
        cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_at_a_fixed_rate),
        cmocka_unit_test(test_stopped_before_its_time),
        cmocka_unit_test(test_stopped_while_it_opens),
        cmocka_unit_test(test_no_reply_to_the_first_frame),
        cmocka_unit_test(test_a_frame_cannot_leave),
        cmocka_unit_test(test_low_rate_is_no_stall),
        cmocka_unit_test(test_ended_at_any_time),
        cmocka_unit_test(test_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
