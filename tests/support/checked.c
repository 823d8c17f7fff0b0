#include "support/checked.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STANDS_AT_MS = 1000000, PATIENCE_MS = 10000, SOME_TURNS = 8 };

static uint64_t standing_now_ms(void *kernel)
{
    return STANDS_AT_MS + ((struct wire *)kernel)->forward_ms;
}

static uint64_t standing_now_us(void *kernel)
{
    return 1000 * standing_now_ms(kernel);
}

void checked_open(struct wire *wire)
{
    wire_open(wire, 1 << 20);
    /* The loop has read the real clock. What is ahead of ours is put right before any timer is
     * armed. */
    wire->forward_ms = wire->loop.now_ms > STANDS_AT_MS ? wire->loop.now_ms - STANDS_AT_MS : 0;
    wire->ops.now_ms = standing_now_ms;
    wire->ops.now_us = standing_now_us;
    wire_turn(wire);
}

int checked_listen(struct brink_address *address, int backlog)
{
    socklen_t length = sizeof address->sock.v4;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct brink_address){.kind = BRINK_ADDRESS_SOCKET, .length = length};
    address->sock.v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(listener, &address->sock.any, length), 0);
    assert_int_equal(listen(listener, backlog), 0);
    assert_int_equal(getsockname(listener, &address->sock.any, &length), 0);
    return listener;
}

static bool becomes_readable(struct wire *wire, int fd, int turns)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    for (int i = 0; i < turns; i++) {
        wire_turn(wire);
        if (poll(&poll_fd, 1, 1) > 0)
            return true;
    }
    return false;
}

int checked_accept(struct wire *wire, int listener)
{
    assert_true(becomes_readable(wire, listener, PATIENCE_MS));
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

bool checked_is_quiet(struct wire *wire, int listener)
{
    return !becomes_readable(wire, listener, SOME_TURNS);
}

void checked_forward(struct wire *wire, uint64_t ms)
{
    wire->forward_ms += ms;
    for (int i = 0; i < SOME_TURNS; i++)
        wire_turn(wire);
}

void checked_send(int fd, const void *bytes, size_t length)
{
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
}

void checked_expect(struct wire *wire, int fd, const void *bytes, size_t length)
{
    const uint8_t *expected = bytes;
    while (length > 0) {
        uint8_t got[4096];
        assert_true(becomes_readable(wire, fd, PATIENCE_MS));
        ssize_t n = recv(fd, got, length < sizeof got ? length : sizeof got, MSG_DONTWAIT);
        assert_true(n > 0);
        assert_memory_equal(got, expected, (size_t)n);
        expected += n;
        length -= (size_t)n;
    }
}

ssize_t checked_next(struct wire *wire, int fd)
{
    uint8_t byte;
    assert_true(becomes_readable(wire, fd, PATIENCE_MS));
    ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

void checked_reset(int fd)
{
    struct linger at_once = {1, 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(fd);
}
