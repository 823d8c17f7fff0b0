#include "support/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MAX = 10000 };

static struct wire *wire_of(struct brink_stream *stream)
{
    return BRINK_CONTAINER_OF(stream, struct wire, stream);
}

static uint64_t wire_now_us(void *kernel)
{
    return brink_sys_linux.ops->now_us(NULL) + 1000 * ((struct wire *)kernel)->forward_ms;
}

static uint64_t wire_now_ms(void *kernel)
{
    return wire_now_us(kernel) / 1000;
}

static int wire_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    ((struct wire *)kernel)->epoll_ctls++;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static size_t on_data(struct brink_stream *stream, const uint8_t *data, size_t length)
{
    struct wire *wire = wire_of(stream);
    assert_int_equal(wire->eofs + wire->errors, 0);
    for (size_t i = 0; i < length; i++)
        if (wire->received + i < sizeof wire->bytes)
            wire->bytes[wire->received + i] = data[i];
    wire->received += length;
    wire->reads++;
    if (wire->reads == wire->pause_at)
        brink_stream_pause(stream);
    return 0;
}

static void on_eof(struct brink_stream *stream)
{
    wire_of(stream)->eofs++;
}

static void on_low(struct brink_stream *stream)
{
    wire_of(stream)->lows++;
}

static void on_error(struct brink_stream *stream, int sys_errno)
{
    wire_of(stream)->error = sys_errno;
    wire_of(stream)->errors++;
    brink_stream_close_now(stream);
}

static void on_finished(struct brink_stream *stream)
{
    wire_of(stream)->finishes++;
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    wire_of(brink_stream_of_source(source))->gone = true;
}

static const struct brink_stream_ops ops = {
    {brink_stream_source_run, reclaim, NULL}, on_data, on_eof, on_low, on_error, on_finished, NULL};

void wire_open(struct wire *wire, uint64_t budget)
{
    memset(wire, 0, sizeof *wire);
    wire->ops = *brink_sys_linux.ops;
    wire->ops.now_ms = wire_now_ms;
    wire->ops.now_us = wire_now_us;
    wire->ops.epoll_ctl = wire_epoll_ctl;
    wire->sys = (struct brink_sys){&wire->ops, wire};
    wire->peer = -1;
    wire->stream.source.fd = -1;
    assert_int_equal(brink_arena_open(&wire->arena).err, 0);
    assert_int_equal(brink_loop_open(&wire->loop, &wire->sys, &wire->arena).err, 0);
    assert_int_equal(brink_buffers_init(&wire->buffers, &wire->loop, 1, budget).err, 0);
    brink_io_init(&wire->io, &wire->buffers, 65536, 16384);
}

void wire_tcp_pair(int fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fds[1], (struct sockaddr *)&address, length), 0);
    fds[0] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fds[0] >= 0);
    (void)close(listener);
}

void wire_connect(struct wire *wire, int family)
{
    int fds[2];
    if (family == AF_UNIX)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    else
        wire_tcp_pair(fds);
    wire->peer = fds[1];
    brink_stream_init(&wire->stream, &wire->io, &ops);
    wire->stream.exact = family == AF_UNIX;
    assert_int_equal(brink_stream_open(&wire->stream, fds[0], BRINK_ARM_EDGE).err, 0);
}

void wire_close(struct wire *wire)
{
    if (wire->peer >= 0)
        (void)close(wire->peer);
    if (wire->stream.io != NULL)
        brink_stream_close_now(&wire->stream);
    assert_int_equal(brink_loop_turn(&wire->loop, 0).err, 0);
    assert_int_equal(brink_counter_read(&wire->io.buffers->segments.in_use), 0);
    brink_buffers_destroy(&wire->buffers);
    brink_loop_close(&wire->loop);
    assert_int_equal(wire->arena.live_bytes, 0);
    brink_arena_close(&wire->arena);
}

void wire_turn(struct wire *wire)
{
    assert_int_equal(brink_loop_turn(&wire->loop, 0).err, 0);
    assert_true(brink_loop_check(&wire->loop));
    if (wire->stream.io != NULL)
        assert_true(brink_stream_check(&wire->stream));
}

void wire_until(struct wire *wire, const unsigned *count, unsigned wanted)
{
    for (int i = 0; i < TURNS_MAX && *count < wanted; i++)
        assert_int_equal(brink_loop_turn(&wire->loop, 1).err, 0);
    assert_true(*count >= wanted);
}

void wire_until_received(struct wire *wire, size_t wanted)
{
    for (int i = 0; i < TURNS_MAX && wire->received < wanted; i++)
        assert_int_equal(brink_loop_turn(&wire->loop, 1).err, 0);
    assert_int_equal(wire->received, wanted);
}

ssize_t wire_peer_receive(struct wire *wire, void *bytes, size_t room)
{
    ssize_t n = recv(wire->peer, bytes, room, MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

void wire_peer_send(struct wire *wire, const void *bytes, size_t length)
{
    assert_int_equal(send(wire->peer, bytes, length, MSG_NOSIGNAL), length);
}

void wire_peer_expect(struct wire *wire, const void *bytes, size_t length)
{
    const uint8_t *expected = bytes;
    for (int i = 0; i < TURNS_MAX && length > 0; i++) {
        uint8_t got[4096];
        struct pollfd poll_fd = {.fd = wire->peer, .events = POLLIN};
        wire_turn(wire);
        if (poll(&poll_fd, 1, 1) == 0)
            continue;
        ssize_t n = wire_peer_receive(wire, got, length < sizeof got ? length : sizeof got);
        assert_true(n > 0);
        assert_memory_equal(got, expected, (size_t)n);
        expected += n;
        length -= (size_t)n;
    }
    assert_int_equal(length, 0);
}
