/* A load on several threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/run.h"
#include "unit/app/lane.h"
#include "unit/app/peer.h"

enum { IN_FLIGHT = 4, WAIT_MS = 20000 };

struct fixture {
    struct peer peer;
    struct lane lane;
    struct brink_load_run *run;
};

static struct brink_load_result result;

static void prepare(struct fixture *fixture, enum peer_manner manner)
{
    peer_start(&fixture->peer, manner);
    lane_start(&fixture->lane, &fixture->peer.address, "u32le", "64", IN_FLIGHT, true);
    fixture->lane.plan.connections = 7;
    fixture->lane.plan.idle = 2;
    fixture->lane.plan.threads = 3;
    fixture->lane.plan.sys = &brink_sys_linux; /* what counts the calls is one thread's */
}

static void start(struct fixture *fixture)
{
    assert_int_equal(brink_load_run_start(&fixture->run, &fixture->lane.plan).err, 0);
}

static enum brink_load_run_state wait_while(struct fixture *fixture,
                                            enum brink_load_run_state state)
{
    struct pollfd fd = {.fd = brink_load_run_fd(fixture->run), .events = POLLIN};
    enum brink_load_run_state now;
    while ((now = brink_load_run_state(fixture->run)) == state)
        assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
    return now;
}

static void stop(struct fixture *fixture)
{
    brink_load_run_end(fixture->run);
    lane_stop(&fixture->lane);
    peer_stop(&fixture->peer);
}

static void test_from_start_to_end(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    fixture.lane.plan.count = 5000;
    start(&fixture);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_OPENING), BRINK_LOAD_RUN_READY);
    brink_load_run_begin(fixture.run);
    brink_load_run_progress(fixture.run, &result);
    assert_true(result.frames <= 5000);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_BUSY), BRINK_LOAD_RUN_DONE);
    brink_load_run_result(fixture.run, &result);
    assert_true(result.frames == 5000);
    assert_true(result.bytes == 5000 * 68);
    assert_true(result.opened == 9);
    assert_true(result.latency.count == 5000);
    assert_true(result.elapsed_ns > 0);
    assert_true(result.user_ns + result.system_ns > 0);
    assert_true(result.errors + result.different + result.unanswered + result.unasked == 0);
    assert_false(result.gone);
    stop(&fixture);
}

static void test_nobody_there(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    peer_stop(&fixture.peer);
    start(&fixture);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_OPENING), BRINK_LOAD_RUN_FAILED);
    brink_load_run_result(fixture.run, &result);
    assert_true(result.gone);
    assert_int_equal(result.gone_for.err, ECONNREFUSED);
    assert_int_equal(result.gone_for.stage, BRINK_LOAD_CONNECTING);
    assert_true(result.errors > 0);
    brink_load_run_end(fixture.run);
    lane_stop(&fixture.lane);
}

static void test_stopped(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    start(&fixture);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_OPENING), BRINK_LOAD_RUN_READY);
    brink_load_run_begin(fixture.run);
    brink_load_run_stop(fixture.run);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_BUSY), BRINK_LOAD_RUN_DONE);
    brink_load_run_result(fixture.run, &result);
    assert_true(result.unanswered == 0);
    assert_true(result.elapsed_ns < UINT64_C(60000000000));
    stop(&fixture);
}

static void test_stopped_at_once_before_it_begins(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_ECHOES);
    start(&fixture);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_OPENING), BRINK_LOAD_RUN_READY);
    brink_load_run_stop(fixture.run);
    brink_load_run_begin(fixture.run);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_BUSY), BRINK_LOAD_RUN_DONE);
    brink_load_run_result(fixture.run, &result);
    assert_true(result.frames == 0);
    stop(&fixture);
}

static void test_changed_bytes_are_counted(void **state)
{
    (void)state;
    static struct fixture fixture;
    prepare(&fixture, PEER_DIFFERS);
    fixture.lane.plan.count = 100;
    start(&fixture);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_OPENING), BRINK_LOAD_RUN_READY);
    brink_load_run_begin(fixture.run);
    assert_int_equal(wait_while(&fixture, BRINK_LOAD_RUN_BUSY), BRINK_LOAD_RUN_DONE);
    brink_load_run_result(fixture.run, &result);
    assert_true(result.different > 0);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_start_to_end),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_stopped_at_once_before_it_begins),
        cmocka_unit_test(test_changed_bytes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
