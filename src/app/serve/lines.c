#include "app/serve/lines.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "brink/version.h"

void brink_lines_failure(struct brink_logger *logger, const char *what, const char *why)
{
    char quoted[512];
    brink_logger_print(logger, BRINK_LOG_ERROR, "event=%s error=%s", what,
                       brink_log_quote(why, quoted, sizeof quoted));
}

void brink_lines_start(struct brink_logger *logger, const struct brink_service_plan *plan,
                       const struct brink_server *server)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    brink_logger_print(logger, BRINK_LOG_INFO,
                       "event=start version=%s %s workers=%u dispatch=%s max_clients=%u pid=%ld",
                       brink_version(), plan->about, stats.workers,
                       plan->server->dispatch == BRINK_DISPATCH_SHARED ? "shared" : "sharded",
                       stats.max_clients, (long)getpid());
}

void brink_lines_admin(struct brink_logger *logger, const struct brink_admin_options *options,
                       const struct brink_admin *admin)
{
    char address[BRINK_ADDRESS_TEXT_MAX];
    char quoted[BRINK_LOG_TEXT_MAX];
    if (options->absent != NULL)
        brink_logger_print(logger, BRINK_LOG_INFO, "event=admin-absent reason=%s",
                           brink_log_quote(options->absent, quoted, sizeof quoted));
    for (size_t i = 0; i < admin->count; i++)
        brink_logger_print(logger, BRINK_LOG_INFO, "event=admin address=%s",
                           brink_admin_address(admin, i, address, sizeof address));
}

void brink_lines_signal(struct brink_logger *logger, const struct brink_server *server,
                        const struct brink_stopping *stopping, int number)
{
    static const char *const actions[] = {
        [BRINK_STOPPING_NOT] = "none",
        [BRINK_STOPPING_DELAYING] = "delay",
        [BRINK_STOPPING_DRAINING] = "drain",
        [BRINK_STOPPING_LEAVING] = "leave",
    };
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    struct brink_drain_options drain = brink_stopping_drain(stopping);
    bool delays = stopping->state == BRINK_STOPPING_DELAYING;
    brink_logger_print(logger, BRINK_LOG_INFO,
                       "event=signal signal=%s action=%s clients=%" PRIu64
                       " timeout_ms=%u policy=%s delay_ms=%u spread_ms=%u",
                       number == SIGINT ? "SIGINT" : "SIGTERM", actions[stopping->state],
                       stats.clients, drain.timeout_ms, brink_drain_policy_name(drain.policy),
                       delays ? stopping->options->delay_ms : 0, drain.spread_ms);
}

void brink_lines_drain(struct brink_logger *logger, const struct brink_server *server,
                       const struct brink_stopping *stopping)
{
    struct brink_server_stats stats;
    struct brink_drain_options drain = brink_stopping_drain(stopping);
    brink_server_stats(server, &stats);
    brink_logger_print(logger, BRINK_LOG_INFO,
                       "event=drain clients=%" PRIu64 " timeout_ms=%u policy=%s spread_ms=%u",
                       stats.clients, drain.timeout_ms, brink_drain_policy_name(drain.policy),
                       drain.spread_ms);
}

void brink_lines_stop(struct brink_logger *logger, const char *name,
                      const struct brink_server *server, bool in_time)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    brink_logger_print(logger, BRINK_LOG_INFO,
                       "event=stop service=%s drained=%s accepted=%" PRIu64
                       " client_frames=%" PRIu64 " client_bytes=%" PRIu64
                       " upstream_frames=%" PRIu64 " upstream_bytes=%" PRIu64 " frames_cut=%" PRIu64
                       " drain_cut=%" PRIu64 " refused=%" PRIu64 " handed_over=%" PRIu64,
                       name, in_time ? "yes" : "no", stats.accepted,
                       stats.frames[BRINK_SIDE_CLIENT], stats.bytes[BRINK_SIDE_CLIENT],
                       stats.frames[BRINK_SIDE_UPSTREAM], stats.bytes[BRINK_SIDE_UPSTREAM],
                       stats.frames_cut[BRINK_SIDE_CLIENT] + stats.frames_cut[BRINK_SIDE_UPSTREAM],
                       stats.drain_cut, stats.refused, stats.closed[BRINK_REASON_HANDED_OVER]);
}
