/* tests/support/wire.h - a loop over the kernel with single calls overridden by the test, and a
 * stream on it whose peer the test holds. */
#ifndef BRINK_TESTS_WIRE_H
#define BRINK_TESTS_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream.h"

struct wire {
    struct brink_sys_ops ops; /* to be overridden; each gets this struct as its kernel */
    struct brink_sys sys;
    uint64_t forward_ms;
    unsigned epoll_ctls;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_buffers buffers;
    struct brink_io io;
    struct brink_stream stream;
    int peer; /* blocking calls on it use MSG_DONTWAIT */
    size_t received;
    uint8_t bytes[65536]; /* the first of what was received */
    unsigned reads;       /* on_data calls */
    unsigned pause_at;    /* at so many of them the stream is paused; 0: never */
    unsigned eofs;
    unsigned lows;
    unsigned finishes;
    int error; /* 0: none told */
    unsigned errors;
    bool gone;
};

/* A loop and an io with a high watermark of 64 KiB and a low one of 16 KiB. */
void wire_open(struct wire *wire, uint64_t budget);
/* A stream of a connected pair: AF_INET over loopback, or AF_UNIX. */
void wire_connect(struct wire *wire, int family);
/* Closes what is open and checks that nothing is left. */
void wire_close(struct wire *wire);

void wire_turn(struct wire *wire);
/* Turns until `*count` is at least `wanted`; fails the test after a while. */
void wire_until(struct wire *wire, const unsigned *count, unsigned wanted);
void wire_until_received(struct wire *wire, size_t wanted);
/* What the peer has got by now, up to `room` bytes: as recv(2), with -errno. */
ssize_t wire_peer_receive(struct wire *wire, void *bytes, size_t room);
void wire_peer_send(struct wire *wire, const void *bytes, size_t length);
/* Exactly these bytes come to the peer. */
void wire_peer_expect(struct wire *wire, const void *bytes, size_t length);
/* Connected TCP sockets of loopback, the first non-blocking. */
void wire_tcp_pair(int fds[2]);

#endif
