/* brink_stream_check sees what the other tests trust it for; and what a stream that has ended, or
 * never began, says. */
#include "support/wire.h"

#include <errno.h>
#include <sys/socket.h>

#include "unit/event/no_timers.h"

static struct wire wire;

static void open_wire(void)
{
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    wire_turn(&wire);
}

static bool is_right(void)
{
    return brink_stream_check(&wire.stream);
}

static void sees_flags_that_the_queue_denies(void **state)
{
    (void)state;
    open_wire();
    struct brink_stream *stream = &wire.stream;
    stream->finished = true;
    assert_false(is_right()); /* nobody asked for the FIN */
    stream->finished = false;
    assert_int_equal(brink_stream_hold(stream, "abc", 3).err, 0);
    assert_true(is_right());
    stream->broken_errno = EPIPE;
    assert_false(is_right());
    stream->broken_errno = 0;
    stream->finish = stream->finished = true;
    assert_false(is_right());
    stream->finish = stream->finished = false;
    assert_true(is_right());
    wire_close(&wire);
}

static void sees_a_want_that_the_flags_do_not_call_for(void **state)
{
    (void)state;
    open_wire();
    wire.stream.source.want |= BRINK_WRITABLE;
    assert_false(is_right());
    wire.stream.source.want &= (uint8_t)~BRINK_WRITABLE;
    assert_true(is_right());
    wire.stream.source.place = BRINK_PLACE_RUNNING; /* settled only when the run returns */
    wire.stream.source.want = 0;
    assert_true(is_right());
    wire.stream.source.want = BRINK_READABLE;
    wire.stream.source.place = BRINK_PLACE_NONE;
    wire_close(&wire);
}

static void sees_a_queue_that_is_wrong(void **state)
{
    (void)state;
    open_wire();
    assert_int_equal(brink_stream_hold(&wire.stream, "x", 1).err, 0);
    assert_true(is_right());
    wire.stream.out.last->held = 2;
    assert_false(is_right());
    wire.stream.out.last->held = 1;
    wire_close(&wire);
}

static void expect_no_write(struct brink_stream *stream)
{
    assert_int_equal(brink_stream_write(stream, "x", 1).err, EPIPE);
    assert_int_equal(brink_stream_queue(stream, "x", 1, "y", 1).err, EPIPE);
    assert_int_equal(brink_stream_hold(stream, "x", 1).err, EPIPE);
}

static void a_closed_stream_stays_closed(void **state)
{
    (void)state;
    open_wire();
    brink_stream_close_now(&wire.stream);
    expect_no_write(&wire.stream);
    brink_stream_pause(&wire.stream);
    brink_stream_resume(&wire.stream);
    brink_stream_finish(&wire.stream);
    brink_stream_end(&wire.stream, BRINK_END_RESET);
    brink_stream_reset_now(&wire.stream);
    wire_turn(&wire);
    assert_true(wire.gone);
    assert_int_equal(brink_queue_bytes(&wire.stream.out), 0);
    assert_int_equal(wire.reads + wire.eofs + wire.errors, 0);
    wire_close(&wire);
}

static void while_it_ends_nothing_more_is_taken(void **state)
{
    (void)state;
    static uint8_t large[1 << 20];
    open_wire();
    for (int i = 0; brink_queue_bytes(&wire.stream.out) == 0 && i < 64; i++)
        assert_int_equal(brink_stream_write(&wire.stream, large, sizeof large).err, 0);
    uint32_t queued = brink_queue_bytes(&wire.stream.out);
    assert_true(queued > 0);
    brink_stream_end(&wire.stream, BRINK_END_RESET);
    assert_true(brink_stream_is_open(&wire.stream)); /* what is queued comes first */
    expect_no_write(&wire.stream);
    assert_int_equal(brink_queue_bytes(&wire.stream.out), queued);
    wire_close(&wire);
}

static void without_a_timer_there_are_no_streams(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    struct brink_buffers buffers;
    wire_open(&wire, 1 << 20);
    no_timers_begin(&none, &wire.loop, &failing);
    size_t before = wire.arena.live_bytes;
    assert_int_equal(brink_buffers_init(&buffers, &wire.loop, 1, 1 << 20).err, ENOMEM);
    assert_int_equal(wire.arena.live_bytes, before);
    no_timers_end(&none, &wire.loop);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_flags_that_the_queue_denies),
        cmocka_unit_test(sees_a_want_that_the_flags_do_not_call_for),
        cmocka_unit_test(sees_a_queue_that_is_wrong),
        cmocka_unit_test(a_closed_stream_stays_closed),
        cmocka_unit_test(while_it_ends_nothing_more_is_taken),
        cmocka_unit_test(without_a_timer_there_are_no_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
