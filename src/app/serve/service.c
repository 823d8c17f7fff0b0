#include "app/serve/service.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/admin/admin.h"
#include "app/clock.h"
#include "app/log/figures.h"
#include "app/log/logger.h"
#include "app/sandbox/sandbox.h"
#include "app/serve/lines.h"
#include "app/serve/operator.h"
#include "app/serve/reload.h"
#include "app/serve/signals.h"
#include "app/systemd/listen_fds.h"
#include "app/systemd/manager.h"
#include "app/upgrade/succession.h"
#include "base/check.h"
#include "base/log.h"
#include "base/message.h"
#include "brink/operate.h"

/* A run of the program. The main thread waits for the server, the watcher for signals. */
struct run {
    const struct brink_service_plan *plan;
    struct brink_logger logger;
    struct brink_signals signals;
    struct brink_server *server;
    struct brink_stats_log stats;
    struct brink_manager manager; /* until the watcher has begun, and again once it has ended, the
                                     main thread's; the watcher's in between */
    atomic_bool ended;            /* the server has: the watcher is not needed any more */
    struct brink_admin_program program;
    struct brink_stopping stopping; /* the watcher's, as the next */
    struct brink_reload_terms terms;
    struct brink_admin admin;
    struct brink_succession succession;
    struct brink_operator by;
    struct brink_listen_fds fds;
    struct brink_reload reload;
    struct brink_sandbox sandbox;
};

static enum brink_exit fail_start(struct run *run, const char *why)
{
    brink_lines_failure(&run->logger, "start-failed", why);
    if (!brink_succession_has_predecessor(&run->succession)) /* which goes on */
        brink_manager_failed(&run->manager, why);
    return BRINK_EXIT_FAILURE;
}

static uint64_t now_ms(void)
{
    return brink_clock_now_ns() / 1000000;
}

/* Who moves a log away asks for a new one, and who asks for figures finds them there. */
static void tell_figures(struct run *run)
{
    brink_logger_reopen(&run->logger);
    brink_stats_log_write(&run->stats, run->server, &run->logger, brink_clock_now_ns());
}

/* As the configuration says that is in force. */
static void take_terms(struct run *run)
{
    if (run->plan->read != NULL && run->stopping.state == BRINK_STOPPING_NOT)
        brink_reload_terms(&run->reload, &run->terms);
}

static void take_times(struct run *run)
{
    struct brink_reload_terms terms = run->terms;
    if (run->plan->read != NULL)
        brink_reload_terms(&run->reload, &terms);
    struct brink_succession_times times = {.ready_ms = terms.upgrade_ms,
                                           .drain = terms.stopping.drain};
    brink_succession_set_times(&run->succession, &times);
}

static void drain(struct run *run)
{
    struct brink_drain_options options = brink_stopping_drain(&run->stopping);
    brink_server_drain(run->server, &options);
}

/* The first drains, perhaps after a while; the next one cuts. */
static void stop(struct run *run, int number)
{
    struct brink_server_stats stats;
    struct brink_drain_options wanted;
    bool asked = brink_operator_take_drain(&run->by, &wanted);
    take_terms(run);
    enum brink_stopping_state state =
        brink_stopping_ask(&run->stopping, asked ? &wanted : NULL, now_ms());
    brink_lines_signal(&run->logger, run->server, &run->stopping, number);
    brink_admin_unready(&run->admin);
    brink_server_stats(run->server, &stats);
    brink_manager_stopping(&run->manager, stats.clients, brink_stopping_total_ms(&run->stopping),
                           now_ms());
    if (state != BRINK_STOPPING_DELAYING)
        drain(run);
    brink_succession_cancel_upgrade(&run->succession);
}

static void tick(struct run *run)
{
    int error = run->manager.error;
    if (brink_succession_tick(&run->succession, now_ms()))
        drain(run);
    brink_logger_tell_repeats(&run->logger, now_ms());
    brink_manager_tick(&run->manager, run->server, now_ms());
    if (run->manager.error != error && run->manager.error != 0)
        brink_lines_failure(&run->logger, "notify-failed", strerror(run->manager.error));
    if (brink_stopping_tick(&run->stopping, now_ms())) {
        brink_lines_drain(&run->logger, run->server, &run->stopping);
        drain(run);
    }
}

static void upgrade(struct run *run)
{
    brink_logger_print(&run->logger, BRINK_LOG_INFO, "event=signal signal=SIGUSR2 action=upgrade");
    brink_succession_begin_upgrade(&run->succession);
}

static brink_result read_anew(struct run *run, struct brink_message *why)
{
    if (brink_succession_is_going_on(&run->succession)) {
        (void)brink_message_set(why, "a new program is taking over: that one reads it");
        return brink_fail(EBUSY);
    }
    brink_result result = brink_reload_run(&run->reload, why);
    take_times(run);
    return result;
}

/* What comes of it is logged where it is done. */
static void reload(struct run *run)
{
    struct brink_message why;
    bool possible = run->plan->config != NULL;
    brink_logger_print(&run->logger, BRINK_LOG_INFO, "event=signal signal=SIGHUP action=%s",
                       possible ? "reload" : "none reason=\"there is no configuration file\"");
    if (possible && read_anew(run, &why).err == EBUSY)
        brink_lines_failure(&run->logger, "reload-failed", why.text);
}

/* For the admin's address, by way of the operator. */
static brink_result reload_for_operator(void *context, struct brink_message *why)
{
    return read_anew(BRINK_CONTAINER_OF(context, struct run, by), why);
}

static brink_result upgrade_for_operator(void *context, struct brink_message *why)
{
    return brink_succession_upgrade(&BRINK_CONTAINER_OF(context, struct run, by)->succession, why);
}

static void set_up_reload(struct run *run)
{
    const struct brink_service_plan *plan = run->plan;
    struct brink_reload_settings settings = {.path = plan->config,
                                             .config = plan->read,
                                             .server = run->server,
                                             .logger = &run->logger,
                                             .sandbox = &run->sandbox,
                                             .notify = &run->manager.notify,
                                             .fds = &run->fds,
                                             .program = &run->program};
    brink_reload_init(&run->reload, &settings);
}

/* SIGUSR1 asks for figures, SIGHUP for the configuration, SIGUSR2 for a new program, the others for
 * the end. */
static void *watch(void *arg)
{
    struct run *run = arg;
    while (!atomic_load(&run->ended)) {
        int wait_ms = brink_manager_wait_ms(&run->manager, now_ms());
        wait_ms = brink_stopping_wait_ms(&run->stopping, wait_ms, now_ms());
        int number = brink_signals_wait(&run->signals, wait_ms);
        tick(run);
        if (number == SIGUSR1) {
            tell_figures(run);
        } else if (number == SIGHUP) {
            reload(run);
        } else if (number == SIGUSR2) {
            upgrade(run);
        } else if (number != 0) {
            stop(run, number);
        }
    }
    return NULL;
}

/* Its clients would wait for ever. */
static void tell_unused(struct run *run, const struct brink_listen_fds *fds, const bool *used)
{
    char text[BRINK_LOG_NAME_MAX];
    char quoted[BRINK_LOG_NAME_MAX];
    for (int i = 0; i < fds->count; i++) {
        const char *name;
        int length = (int)brink_listen_fds_name(fds, i, &name);
        if (used[i])
            continue;
        (void)snprintf(text, sizeof text, "%.*s", length, name);
        brink_logger_print(&run->logger, BRINK_LOG_WARN, "event=socket-unused fd=%d name=%s",
                           BRINK_LISTEN_FDS_FIRST + i,
                           brink_log_quote(text, quoted, sizeof quoted));
    }
}

/* Reads what a manager has set up for us: where to tell it things, and sockets. */
static brink_result meet_manager(struct run *run, struct brink_listen_fds_options *options,
                                 struct brink_message *why)
{
    struct brink_notify_environment told = {getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
                                            getenv("WATCHDOG_PID")};
    bool taken_over = brink_succession_has_predecessor(&run->succession);
    struct brink_listen_fds_environment passed = {getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
                                                  getenv("LISTEN_FDNAMES"), taken_over};
    struct brink_listen_fds *fds = &run->fds;
    brink_result result =
        brink_notify_init(&run->manager.notify, &brink_sys_linux, &told, (long)getpid(), why);
    if (!brink_failed(result))
        result = brink_listen_fds_init(fds, &passed, (long)getpid(), why);
    if (!brink_failed(result))
        result = brink_listen_fds_resolve(fds, run->plan->server, options, why);
    if (!brink_failed(result) && !taken_over)
        tell_unused(run, fds, options->used);
    return result;
}

/* Where nobody asked for it, it can be done without. */
static brink_result open_admin(struct run *run, struct brink_message *why)
{
    const struct brink_admin_options options =
        brink_succession_take_admin(&run->succession, &run->admin, &run->plan->admin);
    char quoted[BRINK_LOG_TEXT_MAX];
    brink_result opened = brink_admin_open(&run->admin, &options, why);
    if (!brink_failed(opened) || !options.by_default)
        return opened;
    brink_logger_print(&run->logger, BRINK_LOG_WARN, "event=admin-failed error=%s",
                       brink_log_quote(why->text, quoted, sizeof quoted));
    return brink_ok();
}

/* All is bound, and there are no threads yet. */
static brink_result enter_sandbox(void *context, struct brink_message *why)
{
    struct run *run = context;
    struct brink_sandbox *sandbox = &run->sandbox;
    const struct brink_service_plan *plan = run->plan;
    char address[BRINK_ADDRESS_TEXT_MAX];
    brink_result result = brink_paths_add_server(&sandbox->paths, plan->server);
    for (size_t i = 0; i < run->admin.count && !brink_failed(result); i++)
        result = brink_paths_add_listen(
            &sandbox->paths, brink_admin_address(&run->admin, i, address, sizeof address));
    if (!brink_failed(result))
        result = brink_paths_add_log(&sandbox->paths, plan->log_file);
    if (!brink_failed(result) && plan->access_log != NULL)
        result = brink_paths_add_log(&sandbox->paths, plan->access_log->file);
    if (!brink_failed(result))
        result = brink_paths_join(&sandbox->paths, plan->files);
    if (!brink_failed(result))
        return brink_sandbox_enter(sandbox, why);
    (void)brink_message_set(why, "no memory for the sandbox");
    return result;
}

/* Who asks for figures waits until there is a server to tell of. */
static brink_result start_server(struct run *run, struct brink_message *why)
{
    struct brink_listen_fds_options options;
    brink_result result = meet_manager(run, &options, why);
    options.server.log = brink_logger_log(&run->logger);
    options.server.takeover_fd = run->succession.inheritance.channel;
    options.server.on_bound = enter_sandbox;
    options.server.bound_context = run;
    if (!brink_failed(result))
        result = brink_sandbox_open(&run->sandbox, &run->plan->sandbox, why);
    if (!brink_failed(result))
        result = open_admin(run, why);
    brink_admin_program_begin(&run->program, run->plan->config);
    run->admin.program = &run->program;
    if (brink_failed(result))
        return result;
    result = brink_server_start(&run->server, &options.server, why);
    if (brink_failed(result))
        brink_admin_close(&run->admin);
    return result;
}

static void tell_ready(struct run *run)
{
    brink_manager_ready(&run->manager, run->server, now_ms());
    if (run->manager.error != 0)
        brink_lines_failure(&run->logger, "notify-failed", strerror(run->manager.error));
}

/* What runs beside the workers. On failure none of it does, but for figures. */
static int start_others(struct run *run, pthread_t *watcher)
{
    struct brink_message why;
    struct brink_admin_actions actions = brink_operator_actions(&run->by, run->server);
    set_up_reload(run);
    if (run->plan->config != NULL)
        actions.reload = reload_for_operator;
    actions.upgrade = upgrade_for_operator;
    brink_result started = brink_admin_start(&run->admin, run->server, &actions, &why);
    if (brink_failed(started)) {
        (void)fail_start(run, why.text);
        return started.err;
    }
    brink_lines_admin(&run->logger, &run->plan->admin, &run->admin);
    brink_succession_take_over(&run->succession, run->server);
    tell_ready(run);
    int err = pthread_create(watcher, NULL, watch, run);
    if (err != 0)
        (void)fail_start(run, strerror(err));
    return err;
}

static enum brink_exit serve(struct run *run)
{
    struct brink_message why;
    pthread_t watcher;
    if (brink_failed(start_server(run, &why)))
        return fail_start(run, why.text);
    brink_lines_start(&run->logger, run->plan, run->server);
    brink_sandbox_log(&run->sandbox, &run->logger);
    run->stats.told_ns = brink_clock_now_ns();
    int err = start_others(run, &watcher);
    if (err != 0)
        brink_server_stop(run->server, 0);
    bool in_time = brink_server_wait(run->server);
    if (err == 0) {
        atomic_store(&run->ended, true);
        brink_signals_wake(&run->signals);
        (void)pthread_join(watcher, NULL);
    }
    brink_succession_close(&run->succession); /* before admin: it may be handing that on */
    brink_admin_close(&run->admin);
    brink_logger_tell_repeats(&run->logger, UINT64_MAX);
    brink_lines_stop(&run->logger, run->plan->name, run->server, in_time);
    brink_server_free(run->server);
    if (err != 0)
        return BRINK_EXIT_FAILURE;
    return in_time ? BRINK_EXIT_OK : BRINK_EXIT_DRAIN_DEADLINE;
}

/* On failure there are no signals to be closed. */
static brink_result open_all(struct run *run, struct brink_message *why)
{
    struct brink_succession_times times = {.ready_ms = run->plan->upgrade_ms,
                                           .drain = run->plan->stopping.drain};
    brink_result result = brink_succession_open(&run->succession, &run->manager, &run->logger, why);
    if (brink_failed(result))
        return result;
    brink_succession_set_times(&run->succession, &times);
    result = brink_signals_open(&run->signals, true);
    if (brink_failed(result))
        (void)brink_message_set(why, "signals cannot be taken: %s", strerror(result.err));
    return result;
}

enum brink_exit brink_service_serve(const struct brink_service_plan *plan)
{
    struct run run = {.plan = plan, .terms = {plan->stopping, plan->upgrade_ms}};
    run.stopping.options = &run.terms.stopping;
    struct brink_message why;
    struct brink_logger_settings settings = {.level = plan->log_level,
                                             .format = plan->log_format,
                                             .file = plan->log_file,
                                             .access = plan->access_log,
                                             .stream = getenv("JOURNAL_STREAM")};
    enum brink_exit status = BRINK_EXIT_FAILURE;
    brink_operator_init(&run.by, &run.logger, &plan->stopping.drain);
    if (brink_failed(brink_logger_open(&run.logger, &settings, &why))) {
        brink_lines_failure(&run.logger, "start-failed", why.text);
        return status;
    }
    if (brink_failed(open_all(&run, &why))) { /* before any thread */
        brink_lines_failure(&run.logger, "start-failed", why.text);
    } else {
        status = serve(&run);
        brink_sandbox_close(&run.sandbox);
        brink_signals_close(&run.signals);
    }
    brink_succession_close(&run.succession);
    brink_logger_close(&run.logger);
    return status;
}
