#include "app/log/figures.h"

#include <inttypes.h>

static void write_server(const struct brink_server_stats *stats, struct brink_logger *logger)
{
    brink_logger_print(
        logger, BRINK_LOG_INFO,
        "event=stats clients=%" PRIu64 " accepted=%" PRIu64 " refused=%" PRIu64
        " accept_pauses=%" PRIu64 " client_frames=%" PRIu64 " client_bytes=%" PRIu64
        " upstream_frames=%" PRIu64 " upstream_bytes=%" PRIu64 " frames_cut=%" PRIu64
        " buffered=%" PRIu64 " stale_events=%" PRIu64 " denied=%" PRIu64 " over_rate=%" PRIu64
        " slowed=%" PRIu64 " rehomed=%" PRIu64 " probes=%" PRIu64 " rate_pauses=%" PRIu64
        " memory_scarce=%" PRIu64,
        stats->clients, stats->accepted, stats->refused, stats->accept_pauses,
        stats->frames[BRINK_SIDE_CLIENT], stats->bytes[BRINK_SIDE_CLIENT],
        stats->frames[BRINK_SIDE_UPSTREAM], stats->bytes[BRINK_SIDE_UPSTREAM],
        stats->frames_cut[BRINK_SIDE_CLIENT] + stats->frames_cut[BRINK_SIDE_UPSTREAM],
        stats->buffered, stats->stale_events, stats->denied, stats->closed[BRINK_REASON_OVER_RATE],
        stats->slowed, stats->rehomed, stats->probes, stats->rate_pauses, stats->memory_scarce);
}

static void write_worker(const struct brink_server_worker_stats *stats, uint32_t index,
                         double busy_percent, struct brink_logger *logger)
{
    brink_logger_print(logger, BRINK_LOG_INFO,
                       "event=worker worker=%" PRIu32 " busy=%.1f%% cpu_ms=%" PRIu64
                       " clients=%" PRIu64 " frames=%" PRIu64 " turns=%" PRIu64 " events=%" PRIu64
                       " long_turns=%" PRIu64 " longest_turn_ms=%" PRIu64,
                       index, busy_percent, stats->cpu_ns / 1000000, stats->clients, stats->frames,
                       stats->turns, stats->events, stats->long_turns, stats->longest_turn_ms);
}

void brink_stats_log_write(struct brink_stats_log *last, const struct brink_server *server,
                           struct brink_logger *logger, uint64_t now_ns)
{
    struct brink_server_stats stats;
    double passed_ns = (double)(now_ns - last->told_ns);
    brink_server_stats(server, &stats);
    write_server(&stats, logger);
    for (uint32_t i = 0; i < stats.workers && i < BRINK_STATS_WORKERS; i++) {
        struct brink_server_worker_stats worker;
        brink_server_worker_stats(server, i, &worker);
        double used_ns = (double)(worker.cpu_ns - last->cpu_ns[i]);
        write_worker(&worker, i, passed_ns > 0 ? 100 * used_ns / passed_ns : 0, logger);
        last->cpu_ns[i] = worker.cpu_ns;
    }
    last->told_ns = now_ns;
}
