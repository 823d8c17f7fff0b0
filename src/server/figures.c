#include "brink/figures.h"

#include <string.h>

#include "server/server.h"

static void add_sides(uint64_t sums[2], const brink_counter counters[2])
{
    for (size_t side = 0; side < 2; side++)
        sums[side] += brink_counter_read(&counters[side]);
}

void brink_listener_figures_add(struct brink_server_listener_figures *figures,
                                const struct brink_service_stats *stats)
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

static void count_front(const struct brink_front *front,
                        struct brink_server_listener_figures *figures)
{
    const struct brink_link *head = &front->editions;
    *figures = front->past_figures;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_edition *edition = BRINK_CONTAINER_OF(link, struct brink_edition, link);
        for (size_t i = 0; i < BRINK_WORKERS_MAX; i++)
            if (edition->branches[i] != NULL)
                brink_listener_figures_add(figures, &edition->branches[i]->service.stats);
    }
}

bool brink_server_listener_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_listener_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    brink_server_lock(server);
    bool there = index < server->listener_count;
    if (there)
        count_front(server->order[index], figures);
    brink_server_unlock(server);
    return there;
}

/* --- upstreams --- */

void brink_upstream_figures_add(struct brink_server_upstream_figures *figures,
                                const struct brink_service_stats *stats)
{
    add_sides(figures->frames, stats->frames);
    add_sides(figures->bytes, stats->bytes);
    figures->retries += brink_counter_read(&stats->retries);
    figures->waits += brink_counter_read(&stats->waits);
    brink_time_tally_read(&stats->reply_us, &figures->reply_us);
}

/* Of all editions that use the group. */
static void count_group(const struct brink_server *server, const struct brink_group *group,
                        struct brink_server_upstream_figures *figures)
{
    const struct brink_link *head = &server->fronts;
    for (struct brink_link *at = head->next; at != head; at = at->next) {
        const struct brink_front *front = BRINK_CONTAINER_OF(at, struct brink_front, link);
        for (struct brink_link *link = front->editions.next; link != &front->editions;
             link = link->next) {
            const struct brink_edition *edition =
                BRINK_CONTAINER_OF(link, struct brink_edition, link);
            for (size_t i = 0; i < BRINK_WORKERS_MAX && edition->options.group == group; i++)
                if (edition->branches[i] != NULL)
                    brink_upstream_figures_add(figures, &edition->branches[i]->service.stats);
        }
    }
}

bool brink_server_upstream_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_upstream_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    brink_server_lock(server);
    bool there = index < server->groups.count;
    if (there) {
        *figures = server->group_nodes[index]->past;
        count_group(server, server->groups.all[index], figures);
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

static void add_front(struct pools *pools, const struct brink_front *front, uint32_t worker)
{
    const struct brink_link *head = &front->editions;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_branch *branch =
            BRINK_CONTAINER_OF(link, struct brink_edition, link)->branches[worker];
        if (branch == NULL)
            continue;
        add_pool(pools, &branch->service.sessions);
        add_pool(pools, &branch->service.dialings.pool);
        add_pool(pools, &branch->service.greetings);
        add_pool(pools, &branch->service.headers);
    }
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
    const struct brink_link *head = &server->fronts;
    for (struct brink_link *at = head->next; at != head; at = at->next)
        add_front(&pools, BRINK_CONTAINER_OF(at, struct brink_front, link), worker->index);
    brink_server_unlock(server);
    return pools.count;
}
