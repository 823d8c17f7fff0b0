/* Writing: straight while it can be, queued in order where it cannot, and held where it must. */
#include "support/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire wire;
static uint8_t pattern[400000];
static size_t room; /* bytes that a send may take at most */

static ssize_t narrow_send(void *kernel, int fd, const void *data, size_t size)
{
    return room == 0 ? -EAGAIN
                     : brink_sys_linux.ops->send(kernel, fd, data, size < room ? size : room);
}

static ssize_t narrow_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    (void)count;
    return narrow_send(kernel, fd, parts[0].iov_base, parts[0].iov_len);
}

static void open_wire(void)
{
    wire_open(&wire, 1 << 24);
    wire_connect(&wire, AF_INET);
    wire_turn(&wire);
}

static void bytes_go_straight_while_they_can(void **state)
{
    (void)state;
    open_wire();
    assert_int_equal(brink_stream_write(&wire.stream, "hello", 5).err, 0);
    assert_int_equal(brink_queue_bytes(&wire.stream.out), 0);
    wire_peer_expect(&wire, "hello", 5);
    wire_close(&wire);
}

static void what_is_not_taken_follows_in_order(void **state)
{
    (void)state;
    open_wire();
    wire.ops.send = narrow_send;
    wire.ops.sendv = narrow_sendv;
    room = 1000;
    assert_int_equal(brink_stream_write(&wire.stream, pattern, 50000).err, 0);
    assert_int_equal(brink_queue_bytes(&wire.stream.out), 49000);
    room = 0;
    assert_int_equal(brink_stream_write(&wire.stream, pattern + 50000, 30000).err, 0);
    assert_int_equal(brink_stream_queue(&wire.stream, pattern + 80000, 10, pattern + 80010, 90).err,
                     0);
    assert_true(brink_stream_full(&wire.stream));
    wire.ops.send = brink_sys_linux.ops->send;
    wire.ops.sendv = brink_sys_linux.ops->sendv;
    wire.stream.source.ready |= BRINK_WRITABLE; /* as an edge would tell */
    brink_loop_want(&wire.loop, &wire.stream.source, wire.stream.source.want);
    wire_peer_expect(&wire, pattern, 80100);
    assert_int_equal(wire.lows, 1);
    assert_int_equal(wire.stream.bytes_out, 80100);
    wire_close(&wire);
}

static void more_than_the_kernel_takes_arrives_whole(void **state)
{
    (void)state;
    open_wire();
    for (int i = 0; i < 20; i++)
        assert_int_equal(brink_stream_write(&wire.stream, pattern, sizeof pattern).err, 0);
    assert_true(brink_queue_bytes(&wire.stream.out) > 0);
    for (int i = 0; i < 20; i++)
        wire_peer_expect(&wire, pattern, sizeof pattern);
    assert_int_equal(brink_queue_bytes(&wire.stream.out), 0);
    wire_close(&wire);
}

static void what_is_held_waits_for_a_write(void **state)
{
    (void)state;
    uint8_t byte;
    open_wire();
    assert_int_equal(brink_stream_hold(&wire.stream, "\1\2", 2).err, 0);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire_peer_receive(&wire, &byte, 1), -EAGAIN);
    assert_int_equal(brink_stream_write(&wire.stream, "\3\4", 2).err, 0);
    wire_peer_expect(&wire, "\1\2\3\4", 4);
    assert_int_equal(brink_stream_hold(&wire.stream, "never", 5).err, 0);
    brink_stream_finish(&wire.stream);
    wire_until(&wire, &wire.finishes, 1);
    assert_int_equal(wire_peer_receive(&wire, &byte, 1), 0);
    wire_close(&wire);
}

static void the_fin_comes_after_all_that_is_queued(void **state)
{
    (void)state;
    uint8_t byte;
    open_wire();
    for (int i = 0; i < 20; i++)
        assert_int_equal(brink_stream_write(&wire.stream, pattern, sizeof pattern).err, 0);
    brink_stream_finish(&wire.stream);
    assert_int_equal(brink_stream_write(&wire.stream, "x", 1).err, EPIPE);
    wire_turn(&wire);
    assert_int_equal(wire.finishes, 0);
    for (int i = 0; i < 20; i++)
        wire_peer_expect(&wire, pattern, sizeof pattern);
    wire_until(&wire, &wire.finishes, 1);
    assert_int_equal(wire_peer_receive(&wire, &byte, 1), 0);
    wire_peer_send(&wire, "still read", 10);
    wire_until_received(&wire, 10);
    wire_close(&wire);
}

static void a_reset_comes_after_all_that_is_queued(void **state)
{
    (void)state;
    uint8_t byte;
    open_wire();
    for (int i = 0; i < 20; i++)
        assert_int_equal(brink_stream_write(&wire.stream, pattern, sizeof pattern).err, 0);
    brink_stream_end(&wire.stream, BRINK_END_RESET);
    wire_turn(&wire);
    assert_false(wire.gone);
    for (int i = 0; i < 20; i++) /* not a byte is lost to the reset */
        wire_peer_expect(&wire, pattern, sizeof pattern);
    ssize_t n = 1;
    for (int i = 0; i < 10000 && n != -ECONNRESET; i++) {
        wire_turn(&wire);
        n = wire_peer_receive(&wire, &byte, 1);
        assert_int_not_equal(n, 0);
    }
    assert_int_equal(n, -ECONNRESET);
    wire_close(&wire);
}

/* The peer does not read until all that it has to say is sent. */
static void a_reset_does_not_wait_for_a_peer_that_waits_for_us(void **state)
{
    (void)state;
    enum { SAID = 8 << 20, QUEUED = 20 };
    static uint8_t said[SAID];
    size_t sent = 0;
    uint8_t byte;
    open_wire();
    for (int i = 0; i < QUEUED; i++)
        assert_int_equal(brink_stream_write(&wire.stream, pattern, sizeof pattern).err, 0);
    brink_stream_end(&wire.stream, BRINK_END_RESET);
    for (int i = 0; i < 100000 && sent < SAID; i++) {
        ssize_t n = send(wire.peer, said + sent, SAID - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        wire.forward_ms += 10;
        wire_turn(&wire);
    }
    assert_int_equal(sent, SAID);
    for (int i = 0; i < QUEUED; i++)
        wire_peer_expect(&wire, pattern, sizeof pattern);
    ssize_t n = 1;
    for (int i = 0; i < 10000 && n != -ECONNRESET; i++) {
        wire.forward_ms += 10;
        wire_turn(&wire);
        n = wire_peer_receive(&wire, &byte, 1);
    }
    assert_int_equal(n, -ECONNRESET);
    wire_close(&wire);
}

static ssize_t broken_send(void *kernel, int fd, const void *data, size_t size)
{
    (void)kernel;
    (void)fd;
    (void)data;
    (void)size;
    return -EPIPE;
}

static void after_a_failed_write_it_is_read_to_the_end(void **state)
{
    (void)state;
    open_wire();
    wire.ops.send = broken_send;
    wire_peer_send(&wire, "last words", 10);
    (void)shutdown(wire.peer, SHUT_WR);
    assert_int_equal(brink_stream_write(&wire.stream, "x", 1).err, EPIPE);
    wire_until(&wire, &wire.errors, 1);
    assert_int_equal(wire.received, 10);
    assert_int_equal(wire.error, EPIPE);
    assert_int_equal(wire.eofs, 0); /* the end that follows is the failure's */
    assert_int_equal(wire.errors, 1);
    wire_close(&wire);
}

/* The connection lives on, and the peer has nothing to say. */
static void a_failed_write_is_told_although_no_end_follows(void **state)
{
    (void)state;
    open_wire();
    wire_turn(&wire);
    wire_turn(&wire); /* nothing is there to be read, and that is known */
    wire.ops.send = broken_send;
    assert_int_equal(brink_stream_write(&wire.stream, "x", 1).err, EPIPE);
    wire_until(&wire, &wire.errors, 1);
    assert_int_equal(wire.error, EPIPE);
    wire_close(&wire);
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + i / 256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_straight_while_they_can),
        cmocka_unit_test(what_is_not_taken_follows_in_order),
        cmocka_unit_test(more_than_the_kernel_takes_arrives_whole),
        cmocka_unit_test(what_is_held_waits_for_a_write),
        cmocka_unit_test(the_fin_comes_after_all_that_is_queued),
        cmocka_unit_test(a_reset_comes_after_all_that_is_queued),
        cmocka_unit_test(a_reset_does_not_wait_for_a_peer_that_waits_for_us),
        cmocka_unit_test(after_a_failed_write_it_is_read_to_the_end),
        cmocka_unit_test(a_failed_write_is_told_although_no_end_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
