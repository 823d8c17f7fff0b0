#include "net/queue.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"

void brink_segments_init(struct brink_segments *segments, struct brink_arena *arena,
                         uint64_t budget)
{
    brink_slab_init(&segments->pool, arena, "segments", sizeof(struct brink_segment));
    segments->budget = budget;
    atomic_init(&segments->in_use, 0);
}

void brink_segments_destroy(struct brink_segments *segments)
{
    brink_slab_destroy(&segments->pool);
}

static struct brink_segment *segment_new(struct brink_segments *segments)
{
    struct brink_segment *segment = brink_slab_alloc(&segments->pool);
    if (segment == NULL)
        return NULL;
    segment->next = segment;
    segment->begin = 0;
    segment->end = 0;
    brink_counter_add(&segments->in_use, BRINK_SEGMENT_SIZE);
    return segment;
}

static void segment_free(struct brink_segments *segments, struct brink_segment *segment)
{
    brink_counter_subtract(&segments->in_use, BRINK_SEGMENT_SIZE);
    brink_slab_free(&segments->pool, segment);
}

static void free_ring(struct brink_segments *segments, struct brink_segment *last)
{
    if (last == NULL)
        return;
    struct brink_segment *segment = last->next;
    last->next = NULL;
    while (segment != NULL) {
        struct brink_segment *next = segment->next;
        segment_free(segments, segment);
        segment = next;
    }
}

/* Joins ring `b` behind ring `a`; either may be NULL. Returns the last of both. */
static struct brink_segment *join(struct brink_segment *a, struct brink_segment *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct brink_segment *first = a->next;
    a->next = b->next;
    b->next = first;
    return b;
}

static size_t fill(struct brink_segment *segment, const uint8_t *data, size_t length)
{
    size_t room = (size_t)BRINK_SEGMENT_ROOM - segment->end;
    size_t n = length < room ? length : room;
    memcpy(segment->bytes + segment->end, data, n);
    segment->end = (uint16_t)(segment->end + n);
    return n;
}

/* A ring that holds the data, not counted yet; NULL without memory. */
static struct brink_segment *ring_of(struct brink_segments *segments, const uint8_t *data,
                                     size_t length)
{
    struct brink_segment *last = NULL;
    while (length > 0) {
        struct brink_segment *segment = segment_new(segments);
        if (segment == NULL) {
            free_ring(segments, last);
            return NULL;
        }
        size_t n = fill(segment, data, length);
        data += n;
        length -= n;
        last = join(last, segment);
    }
    return last;
}

/* Writes down, in the last segment, what the queue has; there are bytes. */
static void count(struct brink_queue *queue, uint32_t bytes, uint32_t held)
{
    queue->last->queued = bytes;
    queue->last->held = held;
}

brink_result brink_queue_append(struct brink_queue *queue, struct brink_segments *segments,
                                const void *data, size_t length)
{
    if (length == 0)
        return brink_ok();
    uint32_t before = brink_queue_bytes(queue);
    uint32_t held = brink_queue_held(queue);
    if (length > UINT32_MAX - before)
        return brink_fail(EMSGSIZE);
    const uint8_t *bytes = data;
    size_t fits = queue->last == NULL ? 0 : (size_t)BRINK_SEGMENT_ROOM - queue->last->end;
    if (fits > length)
        fits = length;
    /* What does not fit is placed first: that may fail, and then nothing has changed. */
    if (length > fits) {
        struct brink_segment *rest = ring_of(segments, bytes + fits, length - fits);
        if (rest == NULL)
            return brink_fail(ENOMEM);
        if (fits > 0)
            (void)fill(queue->last, bytes, fits);
        queue->last = join(queue->last, rest);
    } else {
        (void)fill(queue->last, bytes, fits);
    }
    count(queue, before + (uint32_t)length, held);
    return brink_ok();
}

brink_result brink_queue_hold(struct brink_queue *queue, struct brink_segments *segments,
                              const void *data, size_t length)
{
    brink_result appended = brink_queue_append(queue, segments, data, length);
    if (!brink_failed(appended) && length > 0)
        queue->last->held += (uint32_t)length;
    return appended;
}

size_t brink_queue_peek(const struct brink_queue *queue, struct iovec *parts)
{
    size_t left = brink_queue_sendable(queue);
    size_t count = 0;
    struct brink_segment *segment = queue->last;
    while (left > 0 && count < BRINK_QUEUE_PARTS) {
        segment = segment->next;
        size_t n = (size_t)(segment->end - segment->begin);
        if (n > left)
            n = left;
        parts[count].iov_base = segment->bytes + segment->begin;
        parts[count].iov_len = n;
        count++;
        left -= n;
    }
    return count;
}

static void remove_first(struct brink_queue *queue, struct brink_segments *segments)
{
    struct brink_segment *first = queue->last->next;
    if (first == queue->last)
        queue->last = NULL;
    else
        queue->last->next = first->next;
    segment_free(segments, first);
}

void brink_queue_consume(struct brink_queue *queue, struct brink_segments *segments, size_t length)
{
    BRINK_ASSERT(length <= brink_queue_sendable(queue));
    if (length > 0)
        queue->last->queued -= (uint32_t)length;
    while (length > 0) {
        struct brink_segment *first = queue->last->next;
        size_t n = (size_t)(first->end - first->begin);
        if (n > length) {
            first->begin = (uint16_t)(first->begin + length);
            return;
        }
        length -= n;
        remove_first(queue, segments);
    }
}

size_t brink_queue_copy_held(const struct brink_queue *queue, uint8_t *out, size_t room)
{
    size_t skip = brink_queue_sendable(queue);
    size_t held = brink_queue_held(queue);
    size_t left = held < room ? held : room;
    size_t copied = 0;
    struct brink_segment *segment = queue->last;
    while (left > 0) {
        segment = segment->next;
        size_t n = (size_t)(segment->end - segment->begin);
        if (skip >= n) {
            skip -= n;
            continue;
        }
        size_t take = n - skip < left ? n - skip : left;
        memcpy(out + copied, segment->bytes + segment->begin + skip, take);
        copied += take;
        left -= take;
        skip = 0;
    }
    return copied;
}

void brink_queue_clear(struct brink_queue *queue, struct brink_segments *segments)
{
    free_ring(segments, queue->last);
    *queue = (struct brink_queue){0};
}

void brink_queue_truncate(struct brink_queue *queue, struct brink_segments *segments, uint32_t keep)
{
    BRINK_ASSERT(keep <= brink_queue_bytes(queue));
    uint32_t dropped = brink_queue_bytes(queue) - keep;
    uint32_t held = brink_queue_held(queue);
    if (keep == 0) {
        brink_queue_clear(queue, segments);
        return;
    }
    /* Walk to the segment where the kept bytes end, and free the ring of what follows it. */
    struct brink_segment *first = queue->last->next;
    struct brink_segment *segment = first;
    uint32_t left = keep;
    while (left > (uint32_t)(segment->end - segment->begin)) {
        left -= (uint32_t)(segment->end - segment->begin);
        segment = segment->next;
    }
    segment->end = (uint16_t)(segment->begin + left);
    if (segment != queue->last) {
        queue->last->next = segment->next;
        free_ring(segments, queue->last);
        segment->next = first;
        queue->last = segment;
    }
    count(queue, keep, held > dropped ? held - dropped : 0);
}

bool brink_queue_check(const struct brink_queue *queue)
{
    if (queue->last == NULL)
        return true;
    if (queue->last->held > queue->last->queued)
        return false;
    uint64_t sum = 0;
    const struct brink_segment *segment = queue->last;
    do {
        segment = segment->next;
        if (segment->begin >= segment->end || segment->end > BRINK_SEGMENT_ROOM)
            return false;
        sum += (uint64_t)(segment->end - segment->begin);
    } while (segment != queue->last);
    return sum == queue->last->queued;
}
