/* A plan for a load, the lane of one thread, and a kernel that counts calls and may take only a few
 * bytes at a time. */
#ifndef BRINK_TESTS_LANE_H
#define BRINK_TESTS_LANE_H

#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/load/connection.h"

enum { LANE_BUFFER = 1 << 16 };

struct lane {
    struct brink_load_plan plan;
    struct brink_load_lane lane;
    struct brink_sys_ops ops;
    struct brink_sys sys; /* the context of each call is this lane */
    unsigned sends;
    unsigned receives;
    unsigned controls; /* calls of epoll_ctl */
    size_t most;       /* bytes that a send takes; 0: all */
};

static inline ssize_t lane_send(void *kernel, int fd, const void *data, size_t size)
{
    struct lane *lane = kernel;
    lane->sends++;
    if (lane->most > 0 && size > lane->most)
        size = lane->most;
    return brink_sys_linux.ops->send(NULL, fd, data, size);
}

static inline ssize_t lane_recv(void *kernel, int fd, void *buffer, size_t size)
{
    ((struct lane *)kernel)->receives++;
    return brink_sys_linux.ops->recv(NULL, fd, buffer, size);
}

static inline int lane_control(void *kernel, int epoll_fd, int operation, int fd,
                               struct epoll_event *event)
{
    ((struct lane *)kernel)->controls++;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

/* `in_flight` frames of these sizes on each connection. What else the plan has may be set after
 * that. */
static inline void lane_start(struct lane *lane, const struct brink_address *address,
                              const char *spec, const char *sizes_text, uint32_t in_flight,
                              bool verify)
{
    struct brink_load_sizes sizes;
    struct brink_message why;
    memset(lane, 0, sizeof *lane);
    lane->ops = *brink_sys_linux.ops;
    lane->ops.send = lane_send;
    lane->ops.recv = lane_recv;
    lane->ops.epoll_ctl = lane_control;
    lane->sys = (struct brink_sys){.ops = &lane->ops, .context = lane};
    lane->plan = (struct brink_load_plan){.sys = &lane->sys,
                                          .connections = 1,
                                          .threads = 1,
                                          .in_flight = in_flight,
                                          .burst = in_flight,
                                          .duration_ms = 60000,
                                          .timeout_ms = 20000,
                                          .verify = verify};
    if (address != NULL)
        lane->plan.address = *address;
    assert_false(brink_failed(brink_spec_parse(&lane->plan.spec, spec, 0, &why)));
    lane->plan.reply = &lane->plan.spec.request;
    assert_false(brink_failed(brink_load_sizes_parse(sizes_text, &sizes, &why)));
    assert_false(
        brink_failed(brink_load_tape_make(&lane->plan.tape, &lane->plan.spec.request, &sizes,
                                          verify ? 100 : in_flight, verify, &why)));
    lane->lane.plan = &lane->plan;
    lane->lane.buffer = malloc(LANE_BUFFER);
    lane->lane.buffer_size = LANE_BUFFER;
    lane->lane.epoll_fd = brink_sys_linux.ops->epoll_create(NULL);
    assert_true(lane->lane.epoll_fd >= 0);
    brink_latency_init(&lane->lane.latency);
    lane->lane.now_ns = brink_clock_now_ns();
}

static inline void lane_stop(struct lane *lane)
{
    (void)brink_sys_linux.ops->close(NULL, lane->lane.epoll_fd);
    free(lane->lane.buffer);
    brink_load_tape_free(&lane->plan.tape);
}

#endif
