/* One connection of a load against peers of this process: its states, and what a frame costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "unit/app/lane.h"
#include "unit/app/peer.h"

enum { IN_FLIGHT = 16, WAIT_MS = 20000 };

struct fixture {
    struct peer peer;
    struct lane lane;
    struct brink_load_connection connection;
    struct brink_load_batch batches[IN_FLIGHT];
};

static void start(struct fixture *fixture, enum peer_manner manner, const char *spec,
                  const char *sizes, bool verify)
{
    peer_start(&fixture->peer, manner);
    lane_start(&fixture->lane, &fixture->peer.address, spec, sizes, IN_FLIGHT, verify);
    brink_load_connection_init(&fixture->connection, &fixture->lane.plan, 0, false,
                               fixture->batches);
}

static void stop(struct fixture *fixture)
{
    brink_load_connection_close(&fixture->connection, &fixture->lane.lane);
    lane_stop(&fixture->lane);
    peer_stop(&fixture->peer);
}

/* Waits for the next edge and hands it on. */
static brink_result step(struct fixture *fixture)
{
    struct epoll_event event;
    int count = brink_sys_linux.ops->epoll_wait(NULL, fixture->lane.lane.epoll_fd, &event, 1,
                                                fixture->connection.unread ? 0 : WAIT_MS);
    if (count == 0 && !fixture->connection.unread)
        fail_msg("no edge");
    assert_true(count == 0 || event.data.ptr == &fixture->connection);
    return brink_load_connection_event(&fixture->connection, &fixture->lane.lane,
                                       count == 0 ? 0 : event.events);
}

static void open_connection(struct fixture *fixture)
{
    assert_int_equal(brink_load_connection_stage(&fixture->connection), BRINK_LOAD_CONNECTING);
    assert_int_equal(brink_load_connection_open(&fixture->connection, &fixture->lane.lane).err, 0);
    while (fixture->connection.state != BRINK_LOAD_IS_OPEN)
        assert_int_equal(step(fixture).err, 0);
}

static void exchange(struct fixture *fixture, uint32_t frames)
{
    assert_int_equal(
        brink_load_connection_send(&fixture->connection, &fixture->lane.lane, frames).err, 0);
    while (fixture->connection.in_flight > 0)
        assert_int_equal(step(fixture).err, 0);
}

static void test_frames_there_and_back(void **state)
{
    (void)state;
    static const char *const specs[] = {"u32le", "u16be", "postgres", "raw", "mqtt"};
    static struct fixture fixture;
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        start(&fixture, PEER_ECHOES, specs[i], "1..5000", true);
        open_connection(&fixture);
        for (uint32_t k = 0; k < 100; k++)
            exchange(&fixture, 1 + k % IN_FLIGHT);
        assert_true(fixture.lane.lane.different == 0);
        assert_true(fixture.lane.lane.unasked == 0);
        assert_true(brink_counter_read(&fixture.lane.lane.frames) == fixture.connection.begun);
        assert_true(fixture.lane.lane.latency.count == fixture.connection.begun);
        assert_true(fixture.lane.lane.opened == 1);
        stop(&fixture);
    }
}

static void test_what_a_frame_costs(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "64", false);
    open_connection(&fixture);
    fixture.lane.sends = 0;
    fixture.lane.receives = 0;
    for (unsigned i = 0; i < 10; i++)
        exchange(&fixture, 1);
    assert_int_equal(fixture.lane.sends, 10);
    assert_int_equal(fixture.lane.receives, 10);
    for (unsigned i = 0; i < 10; i++)
        exchange(&fixture, IN_FLIGHT);
    assert_int_equal(fixture.lane.sends, 20); /* all in one piece */
    assert_int_equal(fixture.lane.controls, 1);
    stop(&fixture);
}

static void test_few_bytes_at_a_time(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "0..20", true);
    fixture.lane.most = 7;
    open_connection(&fixture);
    for (unsigned i = 0; i < 30; i++)
        exchange(&fixture, IN_FLIGHT);
    assert_true(fixture.lane.lane.different == 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 30 * IN_FLIGHT);
    stop(&fixture);
}

static void test_more_than_all_buffers_hold(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "4MiB", true);
    open_connection(&fixture);
    exchange(&fixture, 8);
    assert_true(fixture.lane.lane.different == 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 8);
    stop(&fixture);
}

static void test_changed_byte_is_counted(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_DIFFERS, "u32le", "64", true);
    open_connection(&fixture);
    exchange(&fixture, 1);
    assert_true(fixture.lane.lane.different == 1);
    stop(&fixture);
}

static void test_peer_that_closes(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_CLOSES, "u32le", "64", false);
    assert_int_equal(brink_load_connection_open(&fixture.connection, &fixture.lane.lane).err, 0);
    brink_result result = brink_ok();
    while (!brink_failed(result))
        result = step(&fixture);
    assert_true(result.err == ECONNABORTED || result.err == ECONNRESET);
    assert_int_equal(brink_load_connection_stage(&fixture.connection), BRINK_LOAD_OPENING);
    stop(&fixture);
}

static void test_frames_in_flight_are_lost_with_it(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "64", true);
    open_connection(&fixture);
    assert_int_equal(brink_load_connection_send(&fixture.connection, &fixture.lane.lane, 5).err, 0);
    brink_load_connection_close(&fixture.connection, &fixture.lane.lane);
    assert_true(fixture.lane.lane.unanswered == 5);
    assert_true(fixture.lane.lane.in_flight == 0);
    brink_load_connection_close(&fixture.connection, &fixture.lane.lane); /* once more: nothing */
    assert_true(fixture.lane.lane.unanswered == 5);
    assert_int_equal(
        brink_load_connection_event(&fixture.connection, &fixture.lane.lane, EPOLLIN).err, 0);
    open_connection(&fixture); /* it can be used again */
    exchange(&fixture, 3);
    assert_true(fixture.lane.lane.different == 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 3);
    assert_int_equal(fixture.connection.life, 3);
    stop(&fixture);
}

static void test_only_the_first_time_needs_a_first_frame(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "64", false);
    open_connection(&fixture);
    assert_int_equal(fixture.lane.sends, 1);
    brink_load_connection_close(&fixture.connection, &fixture.lane.lane);
    open_connection(&fixture);
    assert_int_equal(fixture.lane.sends, 1);
    stop(&fixture);
    start(&fixture, PEER_ECHOES, "postgres", "64", true); /* but here the protocol wants it */
    open_connection(&fixture);
    brink_load_connection_close(&fixture.connection, &fixture.lane.lane);
    open_connection(&fixture);
    assert_int_equal(fixture.lane.sends, 2);
    exchange(&fixture, 4);
    assert_true(fixture.lane.lane.different == 0);
    stop(&fixture);
}

static void test_one_way(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_IS_SILENT, "u32le", "100KiB", false);
    fixture.lane.plan.one_way = true;
    fixture.connection.batches = NULL;
    open_connection(&fixture);
    assert_int_equal(fixture.lane.sends, 0);
    for (unsigned i = 0; i < 10; i++)
        exchange(&fixture, IN_FLIGHT);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 10 * IN_FLIGHT);
    assert_true(brink_counter_read(&fixture.lane.lane.bytes) == 10 * IN_FLIGHT * (102400 + 4));
    assert_true(fixture.lane.lane.latency.count == 0);
    stop(&fixture);
}

static void test_refused(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, PEER_ECHOES, "u32le", "64", false);
    peer_stop(&fixture.peer); /* nobody listens there now */
    brink_result result = brink_load_connection_open(&fixture.connection, &fixture.lane.lane);
    while (!brink_failed(result))
        result = step(&fixture);
    assert_int_equal(result.err, ECONNREFUSED);
    assert_int_equal(brink_load_connection_stage(&fixture.connection), BRINK_LOAD_CONNECTING);
    brink_load_connection_close(&fixture.connection, &fixture.lane.lane);
    lane_stop(&fixture.lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_there_and_back),
        cmocka_unit_test(test_what_a_frame_costs),
        cmocka_unit_test(test_few_bytes_at_a_time),
        cmocka_unit_test(test_more_than_all_buffers_hold),
        cmocka_unit_test(test_changed_byte_is_counted),
        cmocka_unit_test(test_peer_that_closes),
        cmocka_unit_test(test_frames_in_flight_are_lost_with_it),
        cmocka_unit_test(test_only_the_first_time_needs_a_first_frame),
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
