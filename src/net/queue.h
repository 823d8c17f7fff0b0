/* net/queue.h - bytes that could not be written yet, in pooled segments.
 *
 * An empty queue owns no memory and is a pointer that is NULL; what there is to know of one that is
 * not empty stands in its last segment. Segments come from the worker's pool, under a budget that
 * all of its queues share; they go back as soon as they are empty. The last `held` bytes are in the
 * queue but not to be sent yet: the beginning of a header that has not been accepted. One thread.
 */
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
    BRINK_SEGMENT_ROOM = BRINK_SEGMENT_SIZE - 20,
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

/* For queue.c; it stands here for the functions below. */
struct brink_segment {
    struct brink_segment *next;
    uint32_t queued; /* of the last one only: the queue's bytes, in all segments, */
    uint32_t held;   /* and how many of these are held */
    uint16_t begin;  /* the filled part is [begin, end) */
    uint16_t end;
    uint8_t bytes[BRINK_SEGMENT_ROOM];
};
_Static_assert(sizeof(struct brink_segment) == BRINK_SEGMENT_SIZE, "a segment is its slot");

/* Invariant: the last one's `queued` is the sum over the segments' filled parts, held <= queued,
 * and no segment is empty. */
struct brink_queue {
    struct brink_segment *last; /* of a ring: last->next is the first. NULL: there are no bytes */
};
_Static_assert(sizeof(struct brink_queue) == 8, "thousands of idle connections have two each");

/* Bytes in it, and how many of them are held. */
static inline uint32_t brink_queue_bytes(const struct brink_queue *queue)
{
    return queue->last == NULL ? 0 : queue->last->queued;
}

static inline uint32_t brink_queue_held(const struct brink_queue *queue)
{
    return queue->last == NULL ? 0 : queue->last->held;
}

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
    if (queue->last != NULL)
        queue->last->held = 0;
}

/* Bytes that may be sent. */
static inline uint32_t brink_queue_sendable(const struct brink_queue *queue)
{
    return queue->last == NULL ? 0 : queue->last->queued - queue->last->held;
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
