#include "net/buffers.h"

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
static void wake_all(struct brink_buffers *buffers, bool budget)
{
    struct brink_loop *loop = buffers->loop;
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

void brink_buffers_starve(struct brink_buffers *buffers)
{
    bool first = !buffers->starved;
    buffers->starved = true;
    if (first && buffers->on_starved != NULL)
        buffers->on_starved(buffers);
}

/* Not before an eighth is free, so that streams do not wake for every segment. */
void brink_buffers_freed(struct brink_buffers *buffers)
{
    uint64_t in_use = brink_counter_read(&buffers->segments.in_use);
    if (in_use <= buffers->segments.budget - buffers->segments.budget / 8)
        brink_buffers_wake_starved(buffers);
}

/* Whoever frees memory has claimed a session: on a shared loop it must not wait for others, but
 * leaves that to the timer. */
void brink_buffers_wake_starved(struct brink_buffers *buffers)
{
    if (!buffers->starved)
        return;
    buffers->starved = false;
    if (!buffers->loop->shared) {
        wake_all(buffers, true);
        return;
    }
    buffers->wakes_starved = true;
    brink_timer_arm(&buffers->loop->wheel, buffers->retry, buffers->loop->now_ms);
}

static void wake_resting(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_buffers *buffers = arg;
    bool starved = buffers->wakes_starved;
    buffers->wakes_starved = false;
    if (starved)
        wake_all(buffers, true);
    wake_all(buffers, false);
}

void brink_buffers_retry(struct brink_buffers *buffers)
{
    if (brink_timer_deadline(buffers->retry) == BRINK_NEVER)
        brink_timer_arm(&buffers->loop->wheel, buffers->retry, buffers->loop->now_ms + REST_MS);
}

static brink_result add_scratch(struct brink_buffers *buffers)
{
    struct brink_arena *arena = buffers->loop->arena;
    struct brink_scratch *scratch =
        brink_arena_alloc(arena, sizeof *scratch, _Alignof(struct brink_scratch));
    if (scratch == NULL)
        return brink_fail(ENOMEM);
    scratch->bytes = brink_arena_alloc(arena, BRINK_SCRATCH_SIZE, 4096);
    if (scratch->bytes == NULL) {
        brink_arena_release(arena, scratch, sizeof *scratch, _Alignof(struct brink_scratch));
        return brink_fail(ENOMEM);
    }
    brink_buffers_give_back(buffers, scratch);
    return brink_ok();
}

static void free_scratch(struct brink_buffers *buffers)
{
    struct brink_arena *arena = buffers->loop->arena;
    while (buffers->scratch != NULL) {
        struct brink_scratch *scratch = brink_buffers_lease(buffers);
        brink_arena_release(arena, scratch->bytes, BRINK_SCRATCH_SIZE, 4096);
        brink_arena_release(arena, scratch, sizeof *scratch, _Alignof(struct brink_scratch));
    }
}

brink_result brink_buffers_init(struct brink_buffers *buffers, struct brink_loop *loop,
                                unsigned threads, uint64_t budget)
{
    *buffers = (struct brink_buffers){.loop = loop};
    buffers->retry = brink_timer_new(&loop->wheel, wake_resting, buffers);
    if (buffers->retry == NULL)
        return brink_fail(ENOMEM);
    brink_result added = brink_ok();
    for (unsigned i = 0; i < threads && !brink_failed(added); i++)
        added = add_scratch(buffers);
    if (brink_failed(added)) {
        free_scratch(buffers);
        brink_timer_free(&loop->wheel, buffers->retry);
        return added;
    }
    brink_segments_init(&buffers->segments, loop->arena, budget);
    return brink_ok();
}

void brink_buffers_destroy(struct brink_buffers *buffers)
{
    brink_segments_destroy(&buffers->segments);
    free_scratch(buffers);
    brink_timer_free(&buffers->loop->wheel, buffers->retry);
}
