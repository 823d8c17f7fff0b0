#include "app/service.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/admin.h"
#include "app/clock.h"
#include "app/logger.h"
#include "app/signals.h"
#include "app/stats_log.h"
#include "brink/server.h"
#include "brink/version.h"

/* A run of the program. The main thread waits for the server, the watcher for signals. */
struct run {
    const struct brink_service_plan *plan;
    struct brink_logger logger;
    struct brink_signals signals;
    struct brink_server *server;
    struct brink_stats_log stats;
    struct brink_admin admin;
};

static void log_failure(struct run *run, const char *what, const char *why)
{
    char quoted[512];
    brink_logger_print(&run->logger, BRINK_LOG_ERROR, "event=%s error=%s", what,
                       brink_logger_quote(why, quoted, sizeof quoted));
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

static void log_admin(struct run *run)
{
    char address[BRINK_ADDRESS_TEXT_MAX];
    if (run->admin.open)
        brink_logger_print(&run->logger, BRINK_LOG_INFO, "event=admin address=%s",
                           brink_admin_address(&run->admin, address, sizeof address));
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

/* SIGUSR1 asks for figures. Of the others the first drains, the next one cuts; ends when woken. */
static void *watch(void *arg)
{
    struct run *run = arg;
    bool again = false;
    int number;
    while ((number = brink_signals_wait(&run->signals, -1)) != 0) {
        if (number == SIGUSR1) {
            brink_stats_log_write(&run->stats, run->server, &run->logger, brink_clock_now_ns());
            continue;
        }
        log_signal(run, number, again);
        brink_server_stop(run->server, again ? 0 : run->plan->drain_ms);
        again = true;
    }
    return NULL;
}

/* Who asks for figures waits until there is a server to tell of. */
static brink_result start_server(struct run *run, struct brink_message *why)
{
    struct brink_server_options options = *run->plan->server;
    options.log = brink_logger_log(&run->logger);
    brink_result started = brink_admin_open(&run->admin, &run->plan->admin, why);
    if (brink_failed(started))
        return started;
    started = brink_server_start(&run->server, &options, why);
    if (brink_failed(started))
        brink_admin_close(&run->admin);
    return started;
}

/* What runs beside the workers. On failure none of it does, but for figures. */
static int start_others(struct run *run, pthread_t *watcher)
{
    struct brink_message why;
    brink_result started = brink_admin_start(&run->admin, run->server, &why);
    if (brink_failed(started)) {
        log_failure(run, "start-failed", why.text);
        return started.err;
    }
    log_admin(run);
    int err = pthread_create(watcher, NULL, watch, run);
    if (err != 0)
        log_failure(run, "start-failed", strerror(err));
    return err;
}

static enum brink_exit serve(struct run *run)
{
    struct brink_message why;
    pthread_t watcher;
    if (brink_failed(start_server(run, &why))) {
        log_failure(run, "start-failed", why.text);
        return BRINK_EXIT_FAILURE;
    }
    log_start(run);
    run->stats.told_ns = brink_clock_now_ns();
    int err = start_others(run, &watcher);
    if (err != 0)
        brink_server_stop(run->server, 0);
    bool in_time = brink_server_wait(run->server);
    if (err == 0) {
        brink_signals_wake(&run->signals);
        (void)pthread_join(watcher, NULL);
    }
    log_stop(run, in_time);
    brink_admin_close(&run->admin);
    brink_server_free(run->server);
    if (err != 0)
        return BRINK_EXIT_FAILURE;
    return in_time ? BRINK_EXIT_OK : BRINK_EXIT_DRAIN_DEADLINE;
}

enum brink_exit brink_service_serve(const struct brink_service_plan *plan)
{
    struct run run = {.plan = plan};
    brink_logger_init(&run.logger, STDERR_FILENO, plan->log_level);
    brink_result result = brink_signals_open(&run.signals, true); /* before any thread */
    if (brink_failed(result)) {
        log_failure(&run, "start-failed", strerror(result.err));
        return BRINK_EXIT_FAILURE;
    }
    enum brink_exit status = serve(&run);
    brink_signals_close(&run.signals);
    return status;
}
