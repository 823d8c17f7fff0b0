/* net/io.h - what the streams of one worker share: buffers to read into, memory for queued bytes,
 * watermarks; and who waits for memory.
 *
 * All functions: the loop's thread. */
#ifndef BRINK_NET_IO_H
#define BRINK_NET_IO_H

#include "event/loop.h"
#include "net/queue.h"

struct brink_stream;

enum {
    BRINK_SCRATCH_SIZE = 32 * 1024, /* of 1 MiB frames it carries half again what 64 KiB do */
    /* What a stream may read in one turn: the first, and less when many are at work, so that the
     * turn, and with it everybody's wait, stays below what it takes to move the second. */
    BRINK_STREAM_BUDGET = 8 * 32 * 1024,
    BRINK_TURN_BUDGET = 4 * 1024 * 1024,
    BRINK_FRAME_CHARGE = 64 /* a frame takes as long as so many bytes, even an empty one */
};

/* What a read turn reads into: one for each thread that turns the loop. */
struct brink_scratch {
    struct brink_scratch *next;
    uint8_t *bytes; /* BRINK_SCRATCH_SIZE of them */
};

/* What the streams of one worker share. */
struct brink_io {
    struct brink_loop *loop;
    struct brink_segments segments;
    struct brink_scratch *scratch;       /* those that no read turn uses just now */
    size_t high_bytes;                   /* queued in a stream: its source should pause */
    size_t low_bytes;                    /* and may go on */
    bool starved;                        /* some stream waits for the budget */
    const struct brink_stream *favoured; /* who may exceed it, to finish its frame; the owner's */
    struct brink_timer *retry;           /* armed while some stream waits for the kernel's memory */
    bool wakes_starved; /* it is armed to wake those that wait for the budget too */
    /* While draining: how many bytes a stream may read at once (so that it stops at a boundary);
     * NULL otherwise. */
    size_t (*read_limit)(const struct brink_stream *stream);
};

/* For a read turn: one of the buffers, which it gives back at its end. There is one for each
 * thread.
 */
static inline struct brink_scratch *brink_io_lease(struct brink_io *io)
{
    struct brink_scratch *scratch = io->scratch;
    io->scratch = scratch->next;
    return scratch;
}

static inline void brink_io_give_back(struct brink_io *io, struct brink_scratch *scratch)
{
    scratch->next = io->scratch;
    io->scratch = scratch;
}

/* Sets up what the streams of a worker share; `threads` turn its loop, `budget` in bytes of queued
 * data. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_io_init(struct brink_io *io, struct brink_loop *loop,
                                            unsigned threads, uint64_t budget, size_t high_bytes,
                                            size_t low_bytes);
void brink_io_destroy(struct brink_io *io);

/* Tells that memory may have become free: streams that wait for it go on, once there is enough. */
void brink_io_memory_freed(struct brink_io *io);

/* Has all streams that wait for memory look again. */
void brink_io_wake_starved(struct brink_io *io);

/* Has the streams look again that the kernel had no memory for, some milliseconds from now. */
void brink_io_retry(struct brink_io *io);

#endif
