#include "server/server.h"

static void add_service(struct brink_server_listener_stats *stats,
                        const struct brink_service_stats *service)
{
    stats->accepted += brink_counter_read(&service->accepted);
    stats->clients += brink_counter_read(&service->sessions);
    stats->refused += brink_counter_read(&service->refused);
    stats->drain_cut += brink_counter_read(&service->drain_cut);
    stats->denied += brink_counter_read(&service->denied);
    stats->source_limited += brink_counter_read(&service->source_limited);
    stats->probes += brink_counter_read(&service->probes);
    stats->rehomed += brink_counter_read(&service->rehomed);
    stats->slowed += brink_counter_read(&service->slowed);
    for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
        stats->closed[i] += brink_counter_read(&service->closed[i]);
    for (size_t side = 0; side < 2; side++) {
        stats->frames[side] += brink_counter_read(&service->frames[side]);
        stats->bytes[side] += brink_counter_read(&service->bytes[side]);
        stats->frames_cut[side] += brink_counter_read(&service->frames_cut[side]);
    }
}

/* What one worker has of listener `index`. */
static void add_share(struct brink_server_listener_stats *stats, const struct brink_worker *worker,
                      size_t index)
{
    const struct brink_service *service = &worker->services[index];
    add_service(stats, &service->stats);
    for (uint32_t i = 0; i < worker->entrance_count; i++) {
        const struct brink_entrance *entrance = &worker->entrances[i];
        if (entrance->service != service)
            continue;
        stats->accept_pauses += brink_counter_read(&entrance->listener.pauses);
        stats->rate_pauses += brink_counter_read(&entrance->rate_pauses);
    }
}

/* Each worker has an entrance for each address, in the same order. */
static void find_addresses(struct brink_server_listener_stats *stats,
                           const struct brink_worker *worker, size_t index)
{
    for (uint32_t i = 0; i < worker->entrance_count; i++) {
        if (worker->entrances[i].service != &worker->services[index])
            continue;
        if (stats->address_count++ == 0)
            stats->first_address = i;
    }
}

bool brink_server_listener_stats(const struct brink_server *server, size_t index,
                                 struct brink_server_listener_stats *stats)
{
    *stats = (struct brink_server_listener_stats){0};
    if (index >= server->services.count)
        return false;
    const struct brink_service_options *options = &server->services.all[index];
    stats->name = options->name;
    stats->service = options->kind->name;
    if (options->group != NULL)
        stats->upstream = brink_group_options(options->group)->name;
    find_addresses(stats, &server->workers[0], index);
    for (uint32_t i = 0; i < server->worker_count; i++)
        add_share(stats, &server->workers[i], index);
    return true;
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
    struct brink_server_listener_stats listener;
    *stats = (struct brink_server_stats){
        .clients = atomic_load(&server->clients.count),
        .workers = server->member_count,
        .max_clients = server->clients.max,
    };
    for (size_t i = 0; brink_server_listener_stats(server, i, &listener); i++)
        add_listener(stats, &listener);
    for (uint32_t i = 0; i < server->worker_count; i++)
        add_worker(stats, &server->workers[i]);
}

static uint64_t cpu_ns(const struct brink_server *server, const struct brink_member *member)
{
    clockid_t clock = atomic_load(&member->cpu_clock);
    uint64_t used = clock == -1 ? 0 : server->sys->ops->cpu_ns(server->sys->context, clock);
    return used != 0 ? used : brink_counter_read(&member->cpu_ns); /* it has ended meanwhile */
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
    stats->clients = brink_worker_sessions(worker);
    for (uint32_t i = 0; i < worker->service_count; i++)
        for (size_t side = 0; side < 2; side++)
            stats->frames += brink_counter_read(&worker->services[i].stats.frames[side]);
    stats->turns = brink_counter_read(&loop->turns);
    stats->events = brink_counter_read(&loop->events);
    stats->long_turns = brink_counter_read(&loop->long_turns);
    stats->longest_turn_ms = brink_counter_read(&loop->longest_turn_ms);
    stats->stale_events = brink_counter_read(&loop->stale_events);
    stats->buffered = brink_counter_read(&worker->buffers.segments.in_use);
}
