/* probe.h - a loop on the real kernel with a script laid over it (support/fake_sys.h), and probes:
 * sources on one end of a socket pair, whose other end the test holds. */
#ifndef BRINK_TESTS_PROBE_H
#define BRINK_TESTS_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/loop.h"
#include "support/counting_source.h"
#include "support/fake_sys.h"

struct fixture {
    struct fake_sys fake;
    struct brink_arena arena;
    struct counting_source memory;
    struct brink_loop loop;
};

struct probe {
    struct brink_source source;
    struct fixture *fixture;
    int theirs;
    unsigned runs;
    unsigned reclaims;
    uint8_t seen;                      /* what was ready at the latest run */
    size_t budget;                     /* bytes that a run reads; 0: all there are */
    void (*also)(struct probe *probe); /* what else a run does */
    struct probe *other;               /* whom it does it to */
};

static inline void start(struct fixture *fixture)
{
    fake_sys_init(&fixture->fake);
    counting_open(&fixture->arena, &fixture->memory);
    assert_false(
        brink_failed(brink_loop_open(&fixture->loop, &fixture->fake.sys, &fixture->arena)));
}

static inline void stop(struct fixture *fixture)
{
    assert_true(brink_loop_check(&fixture->loop));
    brink_loop_close(&fixture->loop);
    assert_int_equal(fixture->fake.opened, 0);
    assert_int_equal(fixture->memory.blocks, 0);
    brink_arena_close(&fixture->arena);
}

/* Reads as an owner should: until the budget is spent or nothing is left. */
static inline void probe_read(struct probe *probe)
{
    char buffer[64];
    size_t size = probe->budget > 0 ? probe->budget : sizeof(buffer);
    while (probe->source.ready & BRINK_READABLE) {
        ssize_t got = read(probe->source.fd, buffer, size);
        if (got < 0)
            assert_int_equal(errno, EAGAIN);
        if (got <= 0)
            probe->source.ready &= (uint8_t)~BRINK_READABLE;
        if (probe->budget > 0)
            return;
    }
}

static inline void probe_run(struct brink_loop *loop, struct brink_source *source)
{
    struct probe *probe = BRINK_CONTAINER_OF(source, struct probe, source);
    assert_ptr_equal(loop, &probe->fixture->loop);
    assert_true((source->ready & source->want) != 0);
    assert_int_equal(probe->reclaims, 0);
    probe->runs++;
    probe->seen = source->ready;
    if (source->want & BRINK_READABLE)
        probe_read(probe);
    if (probe->also)
        probe->also(probe);
}

static inline void probe_reclaim(struct brink_loop *loop, struct brink_source *source)
{
    struct probe *probe = BRINK_CONTAINER_OF(source, struct probe, source);
    assert_ptr_equal(loop, &probe->fixture->loop);
    probe->reclaims++;
}

static inline void probe_open(struct fixture *fixture, struct probe *probe)
{
    static const struct brink_source_ops ops = {probe_run, probe_reclaim, NULL};
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    fixture->fake.opened++; /* our end is closed through the table */
    *probe = (struct probe){.fixture = fixture, .theirs = ends[1]};
    probe->source = (struct brink_source){.ops = &ops, .fd = ends[0], .want = BRINK_READABLE};
}

static inline void probe_add(struct fixture *fixture, struct probe *probe, enum brink_arming arming)
{
    probe_open(fixture, probe);
    assert_false(brink_failed(brink_loop_add(&fixture->loop, &probe->source, arming)));
}

static inline void probe_close(struct probe *probe)
{
    brink_loop_close_source(&probe->fixture->loop, &probe->source);
    if (probe->theirs >= 0)
        close(probe->theirs);
    probe->theirs = -1;
}

static inline void say(struct probe *probe, const char *text)
{
    assert_int_equal(write(probe->theirs, text, strlen(text)), strlen(text));
}

/* One turn that does not wait. */
static inline void turn(struct fixture *fixture)
{
    assert_false(brink_failed(brink_loop_turn(&fixture->loop, 0)));
    assert_true(brink_loop_check(&fixture->loop));
}

static inline uint64_t stale(const struct fixture *fixture)
{
    return brink_counter_read(&fixture->loop.stats.stale_events);
}

static inline uint64_t cookie_of(const struct probe *probe)
{
    return (uint64_t)probe->source.generation << 32 | probe->source.index;
}

#endif
