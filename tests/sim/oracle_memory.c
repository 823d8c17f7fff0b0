/* Memory stays within its bound, at each system call, and is counted right. */
#include <inttypes.h>

#include "relay/endpoint.h"
#include "sim/oracle.h"

enum {
    SCARCE_SEGMENTS = 3,     /* two full of bytes, the first of them sent in part: when_scarce */
    PARTIAL_AT_FIRST = 4096, /* of a frame that an endpoint puts together */
    READ_MAX = (BRINK_SCRATCH_SIZE / BRINK_SEGMENT_ROOM + 2) * BRINK_SEGMENT_SIZE
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What a stream may hold when memory is spent, as far as it does. */
static size_t modest(const struct sim_world *world, struct brink_stream *stream)
{
    size_t queued = brink_queue_bytes(&stream->out);
    size_t segments = queued == 0 ? 0 : queued / BRINK_SEGMENT_ROOM + 2;
    size_t held = least(segments, SCARCE_SEGMENTS) * BRINK_SEGMENT_SIZE;
    if (sim_is_endpoint(world))
        held += least(brink_endpoint_of(stream)->room, 2 * PARTIAL_AT_FIRST);
    return held;
}

/* An endpoint puts one frame together beyond the budget, in room that doubles; another's room may
 * have doubled just when the budget was reached; and a frame is sent whole. Only frames that came
 * count: a length that was declared takes nothing. */
static size_t for_frames(struct sim_world *world)
{
    return world->kind.on_gone == NULL ? 0 : 5 * world->largest_frame;
}

static void check_bound(struct sim_world *world, struct brink_worker *worker)
{
    const struct brink_slots *slots = &worker->loop.slots;
    const struct brink_segments *segments = &worker->buffers.segments;
    uint64_t in_use = brink_counter_read(&segments->in_use);
    unsigned readers = world->threads.count > 1 ? world->threads.count : 1;
    uint64_t allowed = segments->budget + readers * READ_MAX;
    if (in_use <= allowed)
        return;
    for (uint32_t i = 0; i < slots->room; i++) {
        struct brink_source *source = brink_slots_get(slots, i);
        if (source == NULL || source->ops->reclaim != brink_leg_reclaim)
            continue;
        struct brink_stream *stream = brink_stream_of_source(source);
        allowed += modest(world, stream);
        if (sim_is_endpoint(world) && brink_endpoint_of(stream)->have > world->largest_frame)
            world->largest_frame = brink_endpoint_of(stream)->have;
    }
    allowed += for_frames(world);
    if (in_use > allowed)
        sim_fail(&world->kernel, "%" PRIu64 " bytes are buffered, %" PRIu64 " are allowed", in_use,
                 allowed);
}

void sim_oracle_call(struct sim_kernel *kernel)
{
    struct sim_world *world = sim_world_of(kernel);
    for (unsigned i = 0; i < world->worker_count; i++)
        check_bound(world, &world->workers[i]);
    sim_oracle_queued(world);
    if (world->threads.count > 0)
        sim_oracle_threads_call(world);
}

/* The room in which frames are put together; it follows what has come, not what was declared. */
static size_t held_by_endpoints(struct sim_world *world, const struct brink_worker *worker)
{
    size_t held = 0;
    for (uint32_t i = 0; i < worker->loop.slots.room; i++) {
        struct brink_source *source = brink_slots_get(&worker->loop.slots, i);
        if (source == NULL || source->ops->reclaim != brink_leg_reclaim)
            continue;
        const struct brink_endpoint *endpoint = brink_endpoint_of(brink_stream_of_source(source));
        if (endpoint->room > PARTIAL_AT_FIRST && endpoint->room > 2 * (size_t)endpoint->have)
            sim_fail(&world->kernel, "%zu bytes have room for %zu", (size_t)endpoint->have,
                     (size_t)endpoint->room);
        held += endpoint->room;
    }
    return held;
}

void sim_oracle_memory(struct sim_world *world, struct brink_worker *worker)
{
    struct sim_kernel *kernel = &world->kernel;
    struct brink_segments *segments = &worker->buffers.segments;
    uint64_t in_use = brink_counter_read(&segments->in_use);
    uint64_t counted = brink_slab_stats(&segments->pool).objects * (uint64_t)BRINK_SEGMENT_SIZE;
    if (sim_is_endpoint(world))
        counted += held_by_endpoints(world, worker);
    if (in_use != counted)
        sim_fail(kernel, "%" PRIu64 " bytes are counted as buffered, %" PRIu64 " are", in_use,
                 counted);
    check_bound(world, worker);
    uint64_t clients = atomic_load(&world->clients.count);
    world->crowd = clients > world->crowd ? clients : world->crowd;
    if (clients > world->clients.max)
        sim_fail(kernel, "%u clients are in, %u are allowed", (unsigned)clients,
                 (unsigned)world->clients.max);
    const struct brink_clients *own = &world->gate.clients;
    if (atomic_load(&own->count) > own->max)
        sim_fail(kernel, "%u clients of the listener are in, %u are allowed",
                 (unsigned)atomic_load(&own->count), (unsigned)own->max);
}
