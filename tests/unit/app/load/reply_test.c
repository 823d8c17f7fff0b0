/* What comes back, byte by byte, without a peer: the test puts it into the buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/reply.h"
#include "app/load/schedule.h"
#include "unit/app/lane.h"
#include "unit/app/printed.h"

enum { IN_FLIGHT = 16 };

struct fixture {
    struct lane lane;
    struct brink_load_connection connection;
    struct brink_load_batch batches[IN_FLIGHT];
};

static void start(struct fixture *fixture, const char *spec, const char *sizes, bool verify)
{
    lane_start(&fixture->lane, NULL, spec, sizes, IN_FLIGHT, verify);
    brink_load_connection_init(&fixture->connection, &fixture->lane.plan, 0, false,
                               fixture->batches);
    brink_load_reply_begin(&fixture->connection, &fixture->lane.lane);
    fixture->connection.state = BRINK_LOAD_IS_OPEN;
}

/* As if so many more frames had been sent at that time. */
static void sent(struct fixture *fixture, uint32_t frames, uint64_t at_ns)
{
    struct brink_load_connection *connection = &fixture->connection;
    uint32_t slot = (connection->batch_first + connection->batch_count++) % IN_FLIGHT;
    fixture->batches[slot] = (struct brink_load_batch){at_ns, frames};
    connection->in_flight += frames;
    connection->begun += frames;
    fixture->lane.lane.in_flight += frames;
}

/* Frames of the tape come back, `piece` bytes at a time; byte number `wrong` of them is changed. */
static brink_result back(struct fixture *fixture, uint32_t first, uint32_t frames, size_t piece,
                         size_t wrong)
{
    const struct brink_load_tape *tape = &fixture->lane.plan.tape;
    size_t from = tape->offsets[first];
    size_t size = tape->offsets[first + frames] - from;
    for (size_t at = 0; at < size; at += piece) {
        size_t take = piece < size - at ? piece : size - at;
        memcpy(fixture->lane.lane.buffer, tape->bytes + from + at, take);
        if (wrong >= at && wrong < at + take)
            fixture->lane.lane.buffer[wrong - at] ^= 1;
        brink_result result =
            brink_load_reply_take(&fixture->connection, &fixture->lane.lane, take);
        if (brink_failed(result))
            return result;
    }
    return brink_ok();
}

static void test_replies_are_counted_however_they_are_split(void **state)
{
    (void)state;
    static const char *const specs[] = {"u32le", "u8", "protobuf", "raw", "postgres"};
    static const size_t pieces[] = {1, 3, 69, LANE_BUFFER};
    static struct fixture fixture;
    for (size_t spec = 0; spec < sizeof specs / sizeof specs[0]; spec++) {
        for (size_t i = 0; i < 8; i++) {
            bool verify = i >= 4;
            start(&fixture, specs[spec], "64", verify);
            if (specs[spec][0] == 'p' && specs[spec][1] == 'o') /* beyond its first frame */
                fixture.lane.plan.reply = &fixture.lane.plan.spec.reply;
            brink_load_reply_begin(&fixture.connection, &fixture.lane.lane);
            sent(&fixture, 10, 0);
            assert_int_equal(back(&fixture, 0, 10, pieces[i % 4], SIZE_MAX).err, 0);
            assert_true(brink_counter_read(&fixture.lane.lane.frames) == 10);
            assert_true(fixture.lane.lane.latency.count == 10);
            assert_true(fixture.lane.lane.in_flight == 0);
            assert_true(fixture.lane.lane.different == 0);
            assert_true(fixture.lane.lane.unasked == 0);
            lane_stop(&fixture.lane);
        }
    }
}

static void test_any_changed_byte_is_seen(void **state)
{
    (void)state;
    static struct fixture fixture;
    for (size_t wrong = 4; wrong < 14; wrong++) { /* the payload of 10 bytes */
        start(&fixture, "u32le", "10", true);
        sent(&fixture, 3, 0);
        assert_int_equal(back(&fixture, 0, 3, 5, wrong + 14).err, 0);
        assert_true(fixture.lane.lane.different == 1);
        assert_true(brink_counter_read(&fixture.lane.lane.frames) == 3);
        lane_stop(&fixture.lane);
    }
}

static void test_another_frames_reply_is_different(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", true);
    sent(&fixture, 2, 0);
    assert_int_equal(back(&fixture, 1, 1, 100, SIZE_MAX).err,
                     0); /* they came the other way round */
    assert_int_equal(back(&fixture, 0, 1, 100, SIZE_MAX).err, 0);
    assert_true(fixture.lane.lane.different == 2);
    lane_stop(&fixture.lane);
}

static void put(struct fixture *fixture, const char *bytes, size_t length, int err)
{
    memcpy(fixture->lane.lane.buffer, bytes, length);
    assert_int_equal(brink_load_reply_take(&fixture->connection, &fixture->lane.lane, length).err,
                     err);
}

static void test_replies_of_other_lengths(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    sent(&fixture, 3, 0);
    put(&fixture, "\1\0\0\0a\0\0\0\0\5\0\0\0hello", 18, 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 3);
    lane_stop(&fixture.lane);

    start(&fixture, "u32le", "10", true); /* where the same is wanted, shorter and longer is not */
    sent(&fixture, 2, 0);
    put(&fixture, "\1\0\0\0a\x0c\0\0\0hello, world", 21, 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 2);
    assert_true(fixture.lane.lane.different == 2);
    lane_stop(&fixture.lane);
}

static void test_replies_that_answer_nothing(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    sent(&fixture, 2, 0);
    fixture.connection.out_queued = 1; /* one of them has not left: it cannot have been answered */
    put(&fixture, "\0\0\0\0\0\0\0\0\0\0\0\0", 12, 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 1);
    assert_true(fixture.lane.lane.unasked == 2);
    assert_int_equal(fixture.connection.in_flight, 1);
    lane_stop(&fixture.lane);
}

static void test_no_frame_is_told(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    sent(&fixture, 2, 0);
    put(&fixture, "\0\0\0\0HTTP/1.1 400 Bad Request", 28, EPROTO);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) ==
                1); /* what came before it counts */
    assert_has(fixture.lane.lane.troubles.no_frame, "header=48545450");
    assert_has(fixture.lane.lane.troubles.no_frame, "HTTP");
    lane_stop(&fixture.lane);
}

static void test_opening_is_not_counted(void **state)
{
    (void)state;
    static const char *const specs[] = {"u32le", "raw"};
    static struct fixture fixture;
    for (size_t i = 0; i < 2; i++) {
        start(&fixture, specs[i], "10", false);
        fixture.connection.state = BRINK_LOAD_IS_OPENING;
        assert_int_equal(back(&fixture, 0, 1, 3, SIZE_MAX).err, 0);
        assert_int_equal(fixture.connection.state, BRINK_LOAD_IS_OPEN);
        assert_true(fixture.connection.greeted);
        assert_true(brink_counter_read(&fixture.lane.lane.frames) == 0);
        assert_true(fixture.lane.lane.unasked == 0);
        sent(&fixture, 1, 0);
        assert_int_equal(back(&fixture, 0, 1, 3, SIZE_MAX).err, 0);
        assert_true(brink_counter_read(&fixture.lane.lane.frames) == 1);
        lane_stop(&fixture.lane);
    }
}

static void test_each_batch_has_its_own_time(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    uint64_t now_ns = brink_clock_now_ns();
    for (unsigned round = 0; round < 5; round++) { /* around the ring */
        sent(&fixture, 3, now_ns - 2000000000);
        sent(&fixture, 2, now_ns - 1000000000);
        assert_int_equal(back(&fixture, 0, 2, 1000, SIZE_MAX).err, 0);
        assert_int_equal(back(&fixture, 2, 3, 1000, SIZE_MAX).err, 0);
    }
    const struct brink_latency *latency = &fixture.lane.lane.latency;
    assert_true(latency->count == 25);
    assert_true(brink_latency_between(latency, 900000000, 1990000000) == 10);
    assert_true(brink_latency_between(latency, 1990000000, 20000000000) == 15);
    assert_int_equal(fixture.connection.batch_count, 0);
    lane_stop(&fixture.lane);
}

static void test_fixed_rate_counts_from_when_it_was_due(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    fixture.connection.batches = NULL;
    fixture.connection.number = 3; /* of 10: its frames are number 3, 13, 23, ... */
    fixture.lane.plan.connections = 10;
    fixture.lane.plan.rate = 10;
    fixture.lane.lane.begin_ns = brink_clock_now_ns() - 10000000000; /* the 100th is due now */
    sent(&fixture, 5, 0);
    assert_int_equal(back(&fixture, 0, 5, 1000, SIZE_MAX).err, 0);
    const struct brink_latency *latency = &fixture.lane.lane.latency;
    assert_true(latency->count == 5);
    assert_true(latency->max_ns >= 9700000000 && latency->max_ns < 20000000000);
    assert_true(latency->max_ns - latency->min_ns == 4000000000);
    sent(&fixture, 1, 0);
    fixture.lane.lane.begin_ns = brink_clock_now_ns(); /* before it is due: no time at all */
    assert_int_equal(back(&fixture, 0, 1, 1000, SIZE_MAX).err, 0);
    assert_true(latency->min_ns == 0);
    lane_stop(&fixture.lane);
}

static void test_one_way_takes_no_notice(void **state)
{
    (void)state;
    static struct fixture fixture;
    start(&fixture, "u32le", "10", false);
    fixture.lane.plan.one_way = true;
    put(&fixture, "\xff\xff\xff\xff", 4, 0);
    put(&fixture, "\0\0\0\0", 4, 0);
    assert_true(brink_counter_read(&fixture.lane.lane.frames) == 0);
    assert_true(fixture.lane.lane.unasked == 0);
    lane_stop(&fixture.lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_are_counted_however_they_are_split),
        cmocka_unit_test(test_any_changed_byte_is_seen),
        cmocka_unit_test(test_another_frames_reply_is_different),
        cmocka_unit_test(test_replies_of_other_lengths),
        cmocka_unit_test(test_replies_that_answer_nothing),
        cmocka_unit_test(test_no_frame_is_told),
        cmocka_unit_test(test_opening_is_not_counted),
        cmocka_unit_test(test_each_batch_has_its_own_time),
        cmocka_unit_test(test_fixed_rate_counts_from_when_it_was_due),
        cmocka_unit_test(test_one_way_takes_no_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
