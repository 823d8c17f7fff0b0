/* tests/support/rig.h - a service on a loop of its own, stepped by the test, with real sockets of
 * loopback around it and a clock that the test may put forward. */
#ifndef BRINK_TESTS_RIG_H
#define BRINK_TESTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "brink/drain.h"
#include "relay/service.h"
#include "relay/session.h"

struct rig {
    struct brink_sys sys;
    struct brink_sys_ops ops;
    uint64_t forward_ms; /* added to the clock */
    uint64_t stopped_ms; /* what the clock says but for that; 0: it goes */
    unsigned epoll_ctls; /* calls so far */
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_service_options options;
    struct brink_upstream_options upstream;
    struct brink_address upstream_address;
    struct brink_group *group;
    struct brink_buffers buffers;
    struct brink_service service;
    unsigned gone;         /* sessions that have ended */
    int upstream_listener; /* -1: none */
    char log[16384];
    size_t log_length;
};

/* Defaults: u32le, no timeouts. Change rig->options, then rig_start. */
void rig_init(struct rig *rig);
void rig_start(struct rig *rig, const struct brink_service_kind *kind);
/* Has the relay connect to a listener of the test's; call before rig_start. */
void rig_listen_upstream(struct rig *rig);
/* Checks that nothing is left, and frees. */
void rig_stop(struct rig *rig);

/* A client: its end of a connection whose other end the service has accepted. Non-blocking. */
int rig_connect(struct rig *rig);
/* The upstream's end of the next connection that the relay makes. */
int rig_accept_upstream(struct rig *rig);

/* One turn that waits for nothing. */
void rig_turn(struct rig *rig);
/* Turns until `done` says so; fails the test if that takes too long. */
void rig_until(struct rig *rig, bool (*done)(void *arg), void *arg);
void rig_until_gone(struct rig *rig, unsigned count);
/* Puts the clock forward and lets timers fire. */
void rig_forward(struct rig *rig, uint64_t ms);
/* From now on no time passes but by rig_forward. */
void rig_stop_clock(struct rig *rig);

/* Sends all of it, turning the loop where the socket is full. */
void rig_send(struct rig *rig, int fd, const void *data, size_t length);
/* Receives exactly `length` bytes, turning the loop. */
void rig_receive(struct rig *rig, int fd, void *data, size_t length);
void rig_expect(struct rig *rig, int fd, const void *data, size_t length);
/* The next read gives an end (0), or fails with an errno (ECONNRESET). */
void rig_expect_end(struct rig *rig, int fd);
void rig_expect_error(struct rig *rig, int fd, int sys_errno);
/* No byte comes within some turns. */
void rig_expect_silence(struct rig *rig, int fd);

/* Has the service's sessions leave, with a quiet time of a second; and then looks at all of them.
 */
void rig_drain_begin(struct rig *rig, enum brink_drain_policy policy, uint32_t timeout_ms);
void rig_drain(struct rig *rig, enum brink_drain_policy policy, uint32_t timeout_ms);
/* Looks at all of them again. */
void rig_drain_look(struct rig *rig);

/* Closes with a reset. */
void rig_reset(int fd);

/* True if a line of the log holds the text. */
bool rig_logged(const struct rig *rig, const char *text);

/* A frame of 4 bytes little-endian and `payload` bytes of `fill`, into `out`; returns its size. */
size_t rig_frame(uint8_t *out, uint32_t payload, uint8_t fill);

#endif
