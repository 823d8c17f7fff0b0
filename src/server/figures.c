#include "brink/figures.h"

#include <string.h>

#include "server/server.h"

static void add_sides(uint64_t sums[2], const brink_counter counters[2])
{
    for (size_t side = 0; side < 2; side++)
        sums[side] += brink_counter_read(&counters[side]);
}

void brink_service_figures(const struct brink_service_stats *stats,
                           struct brink_server_listener_figures *figures)
{
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
            figures->frames_cut[side][i] += brink_counter_read(&stats->frames_cut_by[side][i]);
        for (size_t i = 0; i < BRINK_FRAME_ERRORS; i++)
            figures->bad_frames[side][i] += brink_counter_read(&stats->bad_frames[side][i]);
        brink_size_tally_read(&stats->frame_bytes[side], &figures->frame_bytes[side]);
        brink_time_tally_read(&stats->frame_us[side], &figures->frame_us[side]);
    }
    figures->retries += brink_counter_read(&stats->retries);
    figures->waits += brink_counter_read(&stats->waits);
    add_sides(figures->pauses, stats->pauses);
    add_sides(figures->paused, stats->paused);
    add_sides(figures->paused_us, stats->paused_us);
    brink_time_tally_read(&stats->reply_us, &figures->reply_us);
}

/* Calls fn for the branches of a listener's edition. */
static void each_branch(const struct brink_edition *edition,
                        void (*fn)(const struct brink_service_stats *stats, void *arg), void *arg)
{
    for (size_t i = 0; i < BRINK_WORKERS_MAX; i++)
        if (edition->branches[i] != NULL)
            fn(&edition->branches[i]->service.stats, arg);
}

static void add_listener(const struct brink_service_stats *stats, void *arg)
{
    brink_service_figures(stats, arg);
}

bool brink_server_listener_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_listener_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    brink_server_lock(server);
    bool there = index < server->listener_count;
    if (there) {
        const struct brink_front *front = server->order[index];
        const struct brink_link *head = &front->editions;
        *figures = front->past_figures;
        for (struct brink_link *link = head->next; link != head; link = link->next)
            each_branch(BRINK_CONTAINER_OF(link, struct brink_edition, link), add_listener,
                        figures);
    }
    brink_server_unlock(server);
    return there;
}

/* --- upstreams --- */

void brink_upstream_figures(const struct brink_service_stats *stats,
                            struct brink_server_upstream_figures *figures)
{
    add_sides(figures->frames, stats->frames);
    add_sides(figures->bytes, stats->bytes);
    figures->retries += brink_counter_read(&stats->retries);
    figures->waits += brink_counter_read(&stats->waits);
    brink_time_tally_read(&stats->reply_us, &figures->reply_us);
}

static void add_upstream(const struct brink_service_stats *stats, void *arg)
{
    brink_upstream_figures(stats, arg);
}

static void add_front(const struct brink_front *front, const struct brink_group *group,
                      struct brink_server_upstream_figures *figures)
{
    const struct brink_link *head = &front->editions;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_edition *edition = BRINK_CONTAINER_OF(link, struct brink_edition, link);
        if (edition->options.group == group)
            each_branch(edition, add_upstream, figures);
    }
}

bool brink_server_upstream_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_upstream_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    brink_server_lock(server);
    bool there = index < server->groups.count;
    if (there) {
        const struct brink_link *head = &server->fronts;
        *figures = server->group_nodes[index]->past;
        for (struct brink_link *at = head->next; at != head; at = at->next)
            add_front(BRINK_CONTAINER_OF(at, struct brink_front, link), server->groups.all[index],
                      figures);
    }
    brink_server_unlock(server);
    return there;
}

/* --- workers --- */

bool brink_server_worker_figures(const struct brink_server *server, uint32_t index,
                                 struct brink_server_worker_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    if (index >= server->member_count)
        return false;
    const struct brink_worker *worker = server->members[index].worker;
    const struct brink_loop_stats *loop = &worker->loop.stats;
    figures->loop = worker->index;
    figures->ready = brink_counter_read(&loop->ready);
    figures->ready_max = brink_counter_read(&loop->ready_max);
    figures->served = brink_counter_read(&loop->served);
    figures->budget_hits = brink_counter_read(&loop->budget_hits);
    figures->timers_fired = brink_counter_read(&loop->timers_fired);
    figures->posts = brink_counter_read(&loop->posts);
    figures->poll_failures = brink_counter_read(&loop->poll_failures);
    figures->memory_bytes = brink_counter_read(&worker->arena.live_bytes);
    brink_time_tally_read(&loop->turn_us, &figures->turn_us);
    return true;
}

/* --- pools --- */

struct pools {
    struct brink_server_pool_figures *all;
    size_t count;
};

static struct brink_server_pool_figures *pool_named(struct pools *pools, const char *name)
{
    for (size_t i = 0; i < pools->count; i++)
        if (strcmp(pools->all[i].name, name) == 0)
            return &pools->all[i];
    if (pools->count == BRINK_POOLS_MAX)
        return NULL;
    pools->all[pools->count] = (struct brink_server_pool_figures){.name = name};
    return &pools->all[pools->count++];
}

/* Slots are handed out and given back meanwhile: what is free is never told as less than none. */
static void add_pool(struct pools *pools, const struct brink_slab_pool *pool)
{
    if (pool->name == NULL) /* never set up: no listener needs it */
        return;
    struct brink_server_pool_figures *figures = pool_named(pools, pool->name);
    struct brink_slab_stats stats = brink_slab_stats(pool);
    size_t used = stats.objects * pool->slot_size;
    if (figures == NULL)
        return;
    figures->objects += stats.objects;
    figures->bytes += stats.bytes;
    figures->free_bytes += stats.bytes > used ? stats.bytes - used : 0;
}

size_t brink_server_pool_figures(const struct brink_server *server, uint32_t index,
                                 struct brink_server_pool_figures *figures)
{
    struct pools pools = {.all = figures};
    if (index >= server->member_count)
        return 0;
    const struct brink_worker *worker = server->members[index].worker;
    add_pool(&pools, &worker->loop.timers);
    add_pool(&pools, &worker->buffers.segments.pool);
    brink_server_lock(server);
    const struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        const struct brink_service *service = &branch->service;
        add_pool(&pools, &service->sessions);
        add_pool(&pools, &service->dialings.pool);
        add_pool(&pools, &service->greetings);
        add_pool(&pools, &service->headers);
    }
    brink_server_unlock(server);
    return pools.count;
}
