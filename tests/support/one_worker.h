/* tests/support/one_worker.h - a worker without a thread, whose loop the test turns, with memory
 * that counts. */
#ifndef BRINK_TESTS_ONE_WORKER_H
#define BRINK_TESTS_ONE_WORKER_H

#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "relay/echo.h"
#include "server/worker.h"
#include "support/counting_source.h"
#include "support/served.h"

struct one_worker {
    struct brink_worker worker;
    struct brink_member member;
    struct brink_clients clients;
    struct brink_service_options options; /* an echo */
    struct brink_gate gate;
    struct counting_source memory;
    struct brink_address bound; /* by one_worker_bind */
};

static inline void one_worker_open(struct one_worker *one)
{
    static const struct brink_memory_source source = {counting_alloc, counting_release};
    memset(one, 0, sizeof *one);
    one->clients.max = 100;
    brink_gate_limit(&one->gate, 0);
    one->options.kind = &brink_echo_kind;
    one->options.high_bytes = 2;
    one->options.low_bytes = 1;
    brink_spec_default(&one->options.spec);
    struct brink_worker_settings settings = {
        .sys = &brink_sys_linux,
        .clients = &one->clients,
        .peers = &one->worker,
        .peer_count = 1,
        .members = &one->member,
        .member_count = 1,
        .budget = 1 << 20,
        .memory = &source,
        .memory_context = &one->memory,
    };
    assert_int_equal(brink_worker_init(&one->worker, 0, &settings).err, 0);
}

static inline void one_worker_close(struct one_worker *one)
{
    brink_worker_destroy(&one->worker);
    assert_int_equal(one->memory.blocks, 0);
}

static inline void one_worker_turn(struct one_worker *one, int max_wait_ms)
{
    assert_int_equal(brink_loop_turn(&one->worker.loop, max_wait_ms).err, 0);
}

/* A socket that listens on a free port. */
static inline int one_worker_bind(struct one_worker *one)
{
    int fd;
    struct brink_address address;
    struct brink_message why;
    assert_int_equal(
        brink_address_parse(&address, "127.0.0.1:0", BRINK_ADDRESS_TO_LISTEN, &why).err, 0);
    assert_int_equal(brink_bind(&brink_sys_linux, &address, &fd, 1, &one->bound, &why).err, 0);
    return fd;
}

/* Clients that the kernel has ready for accept; tcpi_unacked tells, for a socket that listens. */
static inline unsigned one_worker_waiting(int listener)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    assert_int_equal(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_unacked;
}

/* A client that can be accepted from `listener`. */
static inline int one_worker_connect(const struct one_worker *one, int listener)
{
    unsigned wanted = one_worker_waiting(listener) + 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &one->bound.sock.any, one->bound.length), 0);
    while (one_worker_waiting(listener) < wanted)
        (void)sched_yield();
    return fd;
}

static inline uint64_t one_worker_accepted(const struct brink_branch *branch)
{
    return brink_counter_read(&branch->service.stats.accepted);
}

#endif
