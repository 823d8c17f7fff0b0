#include "server/server.h"

/* Of a front, in the order of the options or not there any more. */
static void count_front(const struct brink_server *server, const struct brink_front *front,
                        struct brink_server_listener_stats *stats)
{
    const struct brink_link *head = &front->editions;
    brink_stats_add(stats, &front->past);
    for (struct brink_link *link = head->next; link != head; link = link->next)
        brink_edition_count(BRINK_CONTAINER_OF(link, struct brink_edition, link), stats);
    for (size_t i = 0; i < server->opening_count; i++) {
        if (server->openings[i]->front != front)
            continue;
        if (stats->address_count++ == 0)
            stats->first_address = i;
        brink_opening_count(server->openings[i], stats);
    }
}

bool brink_server_listener_stats(const struct brink_server *server, size_t index,
                                 struct brink_server_listener_stats *stats)
{
    *stats = (struct brink_server_listener_stats){0};
    brink_server_lock(server);
    bool there = index < server->listener_count;
    if (there) {
        const struct brink_front *front = server->order[index];
        stats->name = front->name;
        stats->service = front->service;
        stats->upstream = front->upstream;
        stats->drained = brink_gate_is_held(&front->gate);
        count_front(server, front, stats);
    }
    brink_server_unlock(server);
    return there;
}

static void add_listeners(const struct brink_server *server,
                          struct brink_server_listener_stats *stats)
{
    const struct brink_link *head = &server->fronts;
    brink_stats_add(stats, &server->past);
    for (struct brink_link *link = head->next; link != head; link = link->next)
        count_front(server, BRINK_CONTAINER_OF(link, struct brink_front, link), stats);
}

static void add_listener(struct brink_server_stats *stats,
                         const struct brink_server_listener_stats *listener)
{
    stats->accepted += listener->accepted;
    stats->refused += listener->refused;
    stats->drain_cut += listener->drain_cut;
    stats->denied += listener->denied;
    stats->probes += listener->probes;
    stats->rehomed += listener->rehomed;
    stats->slowed += listener->slowed;
    stats->accept_pauses += listener->accept_pauses;
    stats->rate_pauses += listener->rate_pauses;
    stats->handed_over += listener->handed_over;
    stats->taken_over += listener->taken_over;
    for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
        stats->closed[i] += listener->closed[i];
    for (size_t side = 0; side < 2; side++) {
        stats->frames[side] += listener->frames[side];
        stats->bytes[side] += listener->bytes[side];
        stats->frames_cut[side] += listener->frames_cut[side];
    }
}

static void add_worker(struct brink_server_stats *stats, const struct brink_worker *worker)
{
    stats->posts_dropped += brink_counter_read(&worker->posts_dropped);
    stats->stale_events += brink_counter_read(&worker->loop.stats.stale_events);
    stats->buffered += brink_counter_read(&worker->buffers.segments.in_use);
    stats->buffer_memory += worker->buffers.segments.budget;
    stats->memory_scarce += brink_counter_read(&worker->scarce);
    stats->stopping |= atomic_load(&worker->stop_by_ms) != BRINK_NEVER;
}

void brink_server_stats(const struct brink_server *server, struct brink_server_stats *stats)
{
    struct brink_server_listener_stats listeners = {0};
    *stats = (struct brink_server_stats){
        .clients = atomic_load(&server->clients.count),
        .workers = server->member_count,
        .max_clients = atomic_load(&server->clients.max),
    };
    brink_server_lock(server);
    add_listeners(server, &listeners);
    brink_server_unlock(server);
    add_listener(stats, &listeners);
    for (uint32_t i = 0; i < server->worker_count; i++)
        add_worker(stats, &server->workers[i]);
}

static uint64_t cpu_ns(const struct brink_server *server, const struct brink_member *member)
{
    clockid_t clock = atomic_load(&member->cpu_clock);
    uint64_t used = clock == -1 ? 0 : server->sys->ops->cpu_ns(server->sys->context, clock);
    return used != 0 ? used : brink_counter_read(&member->cpu_ns); /* it has ended meanwhile */
}

/* What the worker has of all listeners, those that are gone, too. */
static void add_share(const struct brink_server *server, const struct brink_worker *worker,
                      struct brink_server_worker_stats *stats)
{
    const struct brink_link *head = &server->fronts;
    brink_server_lock(server);
    stats->frames += server->past_frames[worker->index];
    for (struct brink_link *at = head->next; at != head; at = at->next) {
        const struct brink_front *front = BRINK_CONTAINER_OF(at, struct brink_front, link);
        for (struct brink_link *link = front->editions.next; link != &front->editions;
             link = link->next) {
            const struct brink_branch *branch =
                BRINK_CONTAINER_OF(link, struct brink_edition, link)->branches[worker->index];
            if (branch == NULL)
                continue;
            stats->clients += brink_counter_read(&branch->service.stats.sessions);
            for (size_t side = 0; side < 2; side++)
                stats->frames += brink_counter_read(&branch->service.stats.frames[side]);
        }
    }
    brink_server_unlock(server);
}

void brink_server_worker_stats(const struct brink_server *server, uint32_t index,
                               struct brink_server_worker_stats *stats)
{
    *stats = (struct brink_server_worker_stats){0};
    if (index >= server->member_count)
        return;
    const struct brink_member *member = &server->members[index];
    const struct brink_worker *worker = member->worker;
    const struct brink_loop_stats *loop = &worker->loop.stats;
    stats->cpu_ns = cpu_ns(server, member);
    add_share(server, worker, stats);
    stats->turns = brink_counter_read(&loop->turns);
    stats->events = brink_counter_read(&loop->events);
    stats->long_turns = brink_counter_read(&loop->long_turns);
    stats->longest_turn_ms = brink_counter_read(&loop->longest_turn_ms);
    stats->stale_events = brink_counter_read(&loop->stale_events);
    stats->buffered = brink_counter_read(&worker->buffers.segments.in_use);
}
