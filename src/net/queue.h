/* net/queue.h - bytes that could not be written yet, in pooled segments.
 *
 * An empty queue owns no memory. Segments come from the worker's pool, under a budget that all of
 * its queues share; they go back as soon as they are empty. The last `held` bytes are in the queue
 * but not to be sent yet: the beginning of a header that has not been accepted. One thread. */
#ifndef BRINK_NET_QUEUE_H
#define BRINK_NET_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/counter.h"
#include "brink/result.h"
#include "mem/slab.h"

/* 16 of them, and the header, fill a slab of 64 KiB. */
enum {
    BRINK_SEGMENT_SIZE = 4032,
    BRINK_SEGMENT_ROOM = BRINK_SEGMENT_SIZE - 16,
    BRINK_QUEUE_PARTS = 16
};

/* Where segments come from: one for each worker. */
struct brink_segments {
    struct brink_slab_pool pool;
    uint64_t budget;      /* bytes of segments */
    brink_counter in_use; /* bytes of segments handed out */
};

void brink_segments_init(struct brink_segments *segments, struct brink_arena *arena,
                         uint64_t budget);
void brink_segments_destroy(struct brink_segments *segments);

/* True when the budget is spent: who holds memory already reads no more. What was read is still
 * taken, so the budget can be exceeded by one read; see brink_stream_ops.when_scarce. */
static inline bool brink_segments_spent(const struct brink_segments *segments)
{
    return brink_counter_read(&segments->in_use) >= segments->budget;
}

/* Invariant: bytes is the sum over the segments' filled parts, held <= bytes, no segment is empty,
 * and last is NULL exactly if bytes is 0. */
struct brink_queue {
    struct brink_segment *last; /* of a ring: last->next is the first */
    uint32_t bytes;
    uint32_t held;
};

/* Copies `length` bytes to the end; all or nothing. ENOMEM, or EMSGSIZE beyond 4 GiB. Only when
 * nothing is held, or to hold more. */
BRINK_MUST_CHECK brink_result brink_queue_append(struct brink_queue *queue,
                                                 struct brink_segments *segments, const void *data,
                                                 size_t length);

/* The same, and holds them. */
BRINK_MUST_CHECK brink_result brink_queue_hold(struct brink_queue *queue,
                                               struct brink_segments *segments, const void *data,
                                               size_t length);

/* What is held may be sent now. */
static inline void brink_queue_release(struct brink_queue *queue)
{
    queue->held = 0;
}

/* Bytes that may be sent. */
static inline uint32_t brink_queue_sendable(const struct brink_queue *queue)
{
    return queue->bytes - queue->held;
}

/* Fills `parts` (BRINK_QUEUE_PARTS of them) with the first sendable bytes; returns how many parts.
 */
size_t brink_queue_peek(const struct brink_queue *queue, struct iovec *parts);

/* Takes `length` (at most the sendable) bytes off the front. */
void brink_queue_consume(struct brink_queue *queue, struct brink_segments *segments, size_t length);

/* Copies the held bytes out, up to `room` of them; returns how many. For messages about them. */
size_t brink_queue_copy_held(const struct brink_queue *queue, uint8_t *out, size_t room);

/* Drops everything, held or not. */
void brink_queue_clear(struct brink_queue *queue, struct brink_segments *segments);

/* Drops the end of the queue, so that the first `keep` (at most all) bytes remain and none is held
 * beyond them. */
void brink_queue_truncate(struct brink_queue *queue, struct brink_segments *segments,
                          uint32_t keep);

bool brink_queue_check(const struct brink_queue *queue);

#endif
