#include "server/server.h"

static void add_worker(struct brink_server_stats *stats, const struct brink_worker *worker)
{
    const struct brink_service_stats *service = &worker->service.stats;
    stats->accepted += brink_counter_read(&service->accepted);
    stats->refused += brink_counter_read(&service->refused);
    stats->posts_dropped += brink_counter_read(&service->posts_dropped);
    stats->drain_cut += brink_counter_read(&service->drain_cut);
    for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
        stats->closed[i] += brink_counter_read(&service->closed[i]);
    for (size_t side = 0; side < 2; side++) {
        stats->frames[side] += brink_counter_read(&service->frames[side]);
        stats->bytes[side] += brink_counter_read(&service->bytes[side]);
        stats->frames_cut[side] += brink_counter_read(&service->frames_cut[side]);
    }
    stats->stale_events += brink_counter_read(&worker->loop.stats.stale_events);
    stats->buffered += brink_counter_read(&worker->service.io.segments.in_use);
    for (size_t i = 0; i < worker->listener_count; i++)
        stats->accept_pauses += brink_counter_read(&worker->listeners[i].pauses);
}

void brink_server_stats(const struct brink_server *server, struct brink_server_stats *stats)
{
    *stats = (struct brink_server_stats){
        .clients = atomic_load(&server->clients.count),
        .workers = server->member_count,
        .max_clients = server->clients.max,
    };
    for (uint32_t i = 0; i < server->worker_count; i++)
        add_worker(stats, &server->workers[i]);
}
