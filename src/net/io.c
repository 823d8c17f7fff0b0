#include "net/io.h"

#include <errno.h>

#include "net/stream_turn.h"

enum {
    REST_MS = 10, /* how long a stream rests that the kernel had no memory for */
};

static bool is_stream(const struct brink_source *source)
{
    return source->ops->run == brink_stream_source_run;
}

/* Has all streams go on that wait for one kind of memory. */
static void wake_all(struct brink_io *io, bool budget)
{
    struct brink_loop *loop = io->loop;
    for (uint32_t i = 0; i < loop->slots.room; i++) {
        struct brink_source *source = brink_loop_claim_at(loop, i, is_stream);
        if (source == NULL)
            continue;
        struct brink_stream *stream = brink_stream_of_source(source);
        if (budget)
            stream->waits_memory = false;
        else
            stream->waits_kernel = false;
        brink_stream_settle(stream);
        brink_loop_release(loop, source);
    }
}

/* Not before an eighth is free, so that streams do not wake for every segment. */
void brink_io_memory_freed(struct brink_io *io)
{
    uint64_t in_use = brink_counter_read(&io->segments.in_use);
    if (in_use <= io->segments.budget - io->segments.budget / 8)
        brink_io_wake_starved(io);
}

/* Whoever frees memory has claimed a session: on a shared loop it must not wait for others, but
 * leaves that to the timer. */
void brink_io_wake_starved(struct brink_io *io)
{
    if (!io->starved)
        return;
    io->starved = false;
    if (!io->loop->shared) {
        wake_all(io, true);
        return;
    }
    io->wakes_starved = true;
    brink_timer_arm(&io->loop->wheel, io->retry, io->loop->now_ms);
}

static void wake_resting(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_io *io = arg;
    bool starved = io->wakes_starved;
    io->wakes_starved = false;
    if (starved)
        wake_all(io, true);
    wake_all(io, false);
}

void brink_io_retry(struct brink_io *io)
{
    if (brink_timer_deadline(io->retry) == BRINK_NEVER)
        brink_timer_arm(&io->loop->wheel, io->retry, io->loop->now_ms + REST_MS);
}

static brink_result add_scratch(struct brink_io *io)
{
    struct brink_arena *arena = io->loop->arena;
    struct brink_scratch *scratch =
        brink_arena_alloc(arena, sizeof *scratch, _Alignof(struct brink_scratch));
    if (scratch == NULL)
        return brink_fail(ENOMEM);
    scratch->bytes = brink_arena_alloc(arena, BRINK_SCRATCH_SIZE, 4096);
    if (scratch->bytes == NULL) {
        brink_arena_release(arena, scratch, sizeof *scratch, _Alignof(struct brink_scratch));
        return brink_fail(ENOMEM);
    }
    brink_io_give_back(io, scratch);
    return brink_ok();
}

static void free_scratch(struct brink_io *io)
{
    struct brink_arena *arena = io->loop->arena;
    while (io->scratch != NULL) {
        struct brink_scratch *scratch = brink_io_lease(io);
        brink_arena_release(arena, scratch->bytes, BRINK_SCRATCH_SIZE, 4096);
        brink_arena_release(arena, scratch, sizeof *scratch, _Alignof(struct brink_scratch));
    }
}

brink_result brink_io_init(struct brink_io *io, struct brink_loop *loop, unsigned threads,
                           uint64_t budget, size_t high_bytes, size_t low_bytes)
{
    *io = (struct brink_io){.loop = loop, .high_bytes = high_bytes, .low_bytes = low_bytes};
    io->retry = brink_timer_new(&loop->wheel, wake_resting, io);
    if (io->retry == NULL)
        return brink_fail(ENOMEM);
    brink_result added = brink_ok();
    for (unsigned i = 0; i < threads && !brink_failed(added); i++)
        added = add_scratch(io);
    if (brink_failed(added)) {
        free_scratch(io);
        brink_timer_free(&loop->wheel, io->retry);
        return added;
    }
    brink_segments_init(&io->segments, loop->arena, budget);
    return brink_ok();
}

void brink_io_destroy(struct brink_io *io)
{
    brink_segments_destroy(&io->segments);
    free_scratch(io);
    brink_timer_free(&io->loop->wheel, io->retry);
}
