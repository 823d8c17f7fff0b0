#include "app/service.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/logger.h"
#include "app/signals.h"
#include "app/stats_log.h"
#include "base/log.h"
#include "brink/server.h"
#include "brink/version.h"

enum { TICK_MS = 1000 };

/* A run of the program. The main thread waits for the server, the watcher for signals. */
struct run {
    const struct brink_service_plan *plan;
    struct brink_logger logger;
    struct brink_signals signals;
    struct brink_server *server;
    struct brink_stats_log stats;
    atomic_bool ended; /* the server has: the watcher is not needed any more */
};

static void log_failure(struct run *run, const char *what, const char *why)
{
    char quoted[512];
    brink_logger_print(&run->logger, BRINK_LOG_ERROR, "event=%s error=%s", what,
                       brink_log_quote(why, quoted, sizeof quoted));
}

static void log_start(struct run *run)
{
    struct brink_server_stats stats;
    brink_server_stats(run->server, &stats);
    brink_logger_print(&run->logger, BRINK_LOG_INFO,
                       "event=start version=%s %s workers=%u dispatch=%s max_clients=%u pid=%ld",
                       brink_version(), run->plan->about, stats.workers,
                       run->plan->server->dispatch == BRINK_DISPATCH_SHARED ? "shared" : "sharded",
                       stats.max_clients, (long)getpid());
}

static void log_signal(struct run *run, int number, bool again)
{
    struct brink_server_stats stats;
    brink_server_stats(run->server, &stats);
    brink_logger_print(&run->logger, BRINK_LOG_INFO,
                       "event=signal signal=%s action=%s clients=%" PRIu64 " timeout_ms=%u",
                       number == SIGINT ? "SIGINT" : "SIGTERM", again ? "leave" : "drain",
                       stats.clients, again ? 0 : run->plan->drain_ms);
}

static void log_stop(struct run *run, bool in_time)
{
    struct brink_server_stats stats;
    brink_server_stats(run->server, &stats);
    brink_logger_print(&run->logger, BRINK_LOG_INFO,
                       "event=stop service=%s drained=%s accepted=%" PRIu64
                       " client_frames=%" PRIu64 " client_bytes=%" PRIu64
                       " upstream_frames=%" PRIu64 " upstream_bytes=%" PRIu64 " frames_cut=%" PRIu64
                       " drain_cut=%" PRIu64 " refused=%" PRIu64,
                       run->plan->name, in_time ? "yes" : "no", stats.accepted,
                       stats.frames[BRINK_SIDE_CLIENT], stats.bytes[BRINK_SIDE_CLIENT],
                       stats.frames[BRINK_SIDE_UPSTREAM], stats.bytes[BRINK_SIDE_UPSTREAM],
                       stats.frames_cut[BRINK_SIDE_CLIENT] + stats.frames_cut[BRINK_SIDE_UPSTREAM],
                       stats.drain_cut, stats.refused);
}

/* Who moves a log away asks for a new one, and who asks for figures finds them there. */
static void tell_figures(struct run *run)
{
    brink_logger_reopen(&run->logger);
    brink_stats_log_write(&run->stats, run->server, &run->logger, brink_clock_now_ns());
}

/* The first drains, the next one cuts. */
static void stop(struct run *run, int number, bool again)
{
    log_signal(run, number, again);
    brink_server_stop(run->server, again ? 0 : run->plan->drain_ms);
}

static void *watch(void *arg)
{
    struct run *run = arg;
    bool again = false;
    while (!atomic_load(&run->ended)) {
        int number = brink_signals_wait(&run->signals, TICK_MS);
        brink_logger_tell_repeats(&run->logger, brink_clock_now_ns() / 1000000);
        if (number == SIGUSR1) {
            tell_figures(run);
        } else if (number != 0) {
            stop(run, number, again);
            again = true;
        }
    }
    return NULL;
}

static enum brink_exit serve(struct run *run)
{
    struct brink_message why;
    pthread_t watcher;
    struct brink_server_options options = *run->plan->server;
    options.log = brink_logger_log(&run->logger);
    if (brink_failed(brink_server_start(&run->server, &options, &why))) {
        log_failure(run, "start-failed", why.text);
        return BRINK_EXIT_FAILURE;
    }
    log_start(run);
    run->stats.told_ns = brink_clock_now_ns();
    int err = pthread_create(&watcher, NULL, watch, run);
    if (err != 0) {
        log_failure(run, "start-failed", strerror(err));
        brink_server_stop(run->server, 0);
    }
    bool in_time = brink_server_wait(run->server);
    if (err == 0) {
        atomic_store(&run->ended, true);
        brink_signals_wake(&run->signals);
        (void)pthread_join(watcher, NULL);
    }
    brink_logger_tell_repeats(&run->logger, UINT64_MAX);
    log_stop(run, in_time);
    brink_server_free(run->server);
    if (err != 0)
        return BRINK_EXIT_FAILURE;
    return in_time ? BRINK_EXIT_OK : BRINK_EXIT_DRAIN_DEADLINE;
}

enum brink_exit brink_service_serve(const struct brink_service_plan *plan)
{
    struct run run = {.plan = plan};
    struct brink_message why;
    struct brink_logger_settings settings = {.level = plan->log_level,
                                             .format = plan->log_format,
                                             .file = plan->log_file,
                                             .stream = getenv("JOURNAL_STREAM")};
    enum brink_exit status = BRINK_EXIT_FAILURE;
    if (brink_failed(brink_logger_open(&run.logger, &settings, &why))) {
        log_failure(&run, "start-failed", why.text);
        return status;
    }
    brink_result result = brink_signals_open(&run.signals, true); /* before any thread */
    if (brink_failed(result)) {
        log_failure(&run, "start-failed", strerror(result.err));
    } else {
        status = serve(&run);
        brink_signals_close(&run.signals);
    }
    brink_logger_close(&run.logger);
    return status;
}
