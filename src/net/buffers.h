/* net/buffers.h - what the streams of one worker read into, and the memory that their bytes are
 * queued in; and who waits for it.
 *
 * All functions: the loop's thread. */
#ifndef BRINK_NET_BUFFERS_H
#define BRINK_NET_BUFFERS_H

#include "event/loop.h"
#include "net/queue.h"

struct brink_stream;

enum { BRINK_SCRATCH_SIZE = 32 * 1024 }; /* of 1 MiB frames it carries half again what 64 KiB do */

/* What a read turn reads into: one for each thread that turns the loop. */
struct brink_scratch {
    struct brink_scratch *next;
    uint8_t *bytes; /* BRINK_SCRATCH_SIZE of them */
};

struct brink_buffers {
    struct brink_loop *loop;
    struct brink_segments segments;
    struct brink_scratch *scratch;       /* those that no read turn uses just now */
    bool starved;                        /* some stream waits for the budget */
    const struct brink_stream *favoured; /* who may exceed it, to finish its frame; the owner's */
    struct brink_timer *retry;           /* armed while some stream waits for the kernel's memory */
    void (*on_starved)(struct brink_buffers *buffers); /* the owner's; may be NULL */
    bool wakes_starved; /* it is armed to wake those that wait for the budget too */
};

/* For a read turn: one of the buffers, which it gives back at its end. There is one for each
 * thread. */
static inline struct brink_scratch *brink_buffers_lease(struct brink_buffers *buffers)
{
    struct brink_scratch *scratch = buffers->scratch;
    buffers->scratch = scratch->next;
    return scratch;
}

static inline void brink_buffers_give_back(struct brink_buffers *buffers,
                                           struct brink_scratch *scratch)
{
    scratch->next = buffers->scratch;
    buffers->scratch = scratch;
}

/* `threads` turn the loop; `budget` in bytes of queued data. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_buffers_init(struct brink_buffers *buffers,
                                                 struct brink_loop *loop, unsigned threads,
                                                 uint64_t budget);
void brink_buffers_destroy(struct brink_buffers *buffers);

/* A stream waits for the budget from now on; of the first that does, the owner is told. It may look
 * at no stream then. */
void brink_buffers_starve(struct brink_buffers *buffers);

/* Tells that memory may have become free: streams that wait for it go on, once there is enough. */
void brink_buffers_freed(struct brink_buffers *buffers);

/* Has all streams that wait for memory look again. */
void brink_buffers_wake_starved(struct brink_buffers *buffers);

/* Has the streams look again that the kernel had no memory for, some milliseconds from now. */
void brink_buffers_retry(struct brink_buffers *buffers);

#endif
