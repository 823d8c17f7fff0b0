#include "app/upgrade/upgrade.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/command.h"
#include "app/upgrade/program.h"
#include "base/log.h"
#include "base/message.h"
#include "sys/pass.h"

enum {
    GONE_MS = 1000, /* between the end of a program's channel and the end of the program */
    KILLED_MS = 5000
};

static void log_error(struct brink_upgrade *upgrade, enum brink_log_level level, const char *what,
                      const char *why)
{
    char quoted[512];
    brink_logger_print(upgrade->logger, level, "event=%s error=%s", what,
                       brink_log_quote(why, quoted, sizeof quoted));
}

void brink_upgrade_open(struct brink_upgrade *upgrade, const struct brink_upgrade_host *host,
                        struct brink_logger *logger)
{
    struct brink_program program;
    memset(upgrade, 0, sizeof *upgrade);
    upgrade->host = *host;
    upgrade->logger = logger;
    upgrade->launcher.fd = -1;
    (void)pthread_mutex_init(&upgrade->going, NULL); /* it cannot fail on Linux */
    brink_result started = brink_program_read(&program, &upgrade->no_launcher);
    if (!brink_failed(started)) {
        started = brink_launcher_start(&upgrade->launcher, &program, &upgrade->no_launcher);
        brink_program_free(&program);
    }
    if (brink_failed(started))
        log_error(upgrade, BRINK_LOG_WARN, "no-upgrades", upgrade->no_launcher.text);
}

/* --- one attempt --- */

/* Where the new program has ended, that is why it was not ready. Else it must not go on. */
static void put_an_end_to_it(struct brink_upgrade *upgrade, brink_result why_not,
                             struct brink_message *why)
{
    struct brink_message end;
    int status;
    if (brink_launcher_wait(&upgrade->launcher, why_not.err == ETIMEDOUT ? 0 : GONE_MS, &status)) {
        brink_launcher_describe(status, &end);
        (void)brink_message_set(why, "the new program was not ready: %s", end.text);
        return;
    }
    brink_launcher_kill(&upgrade->launcher);
    (void)brink_launcher_wait(&upgrade->launcher, KILLED_MS, &status);
}

/* `channel` is the server's if it succeeds. */
static brink_result launch_and_hand_over(struct brink_upgrade *upgrade, int channel,
                                         const struct brink_inheritance *inheritance,
                                         const struct brink_drain_options *drain, uint32_t ready_ms,
                                         pid_t *pid, struct brink_message *why)
{
    brink_result result = brink_launcher_launch(&upgrade->launcher, inheritance, pid, why);
    (void)close(inheritance->channel); /* so that its end is noticed */
    if (brink_failed(result))
        return result;
    if (atomic_load(&upgrade->cancelled))
        brink_launcher_kill(&upgrade->launcher);
    result = upgrade->host.hand_over(upgrade->server, channel, ready_ms, drain, why);
    if (brink_failed(result))
        put_an_end_to_it(upgrade, result, why);
    return result;
}

static brink_result attempt(struct brink_upgrade *upgrade, pid_t *pid, struct brink_message *why)
{
    int ends[2];
    struct brink_inheritance inheritance = {0};
    struct brink_drain_options drain = {0};
    uint32_t ready_ms = 0;
    if (atomic_load(&upgrade->cancelled))
        return brink_message_set(why, "brink is about to end");
    if (upgrade->launcher.fd < 0) {
        *why = upgrade->no_launcher;
        return brink_fail(ENOSYS);
    }
    brink_result result =
        upgrade->host.prepare(upgrade->host.context, &inheritance, &drain, &ready_ms, why);
    if (brink_failed(result))
        return result;
    int err = -brink_pass_pair(ends);
    if (err != 0) {
        (void)brink_message_set(why, "no channel to a new program can be made: %s", strerror(err));
        return brink_fail(err);
    }
    inheritance.channel = ends[1];
    result = launch_and_hand_over(upgrade, ends[0], &inheritance, &drain, ready_ms, pid, why);
    if (brink_failed(result))
        (void)close(ends[0]);
    return result;
}

static brink_result refuse(struct brink_upgrade *upgrade, enum brink_upgrade_state state,
                           struct brink_message *why)
{
    (void)brink_message_set(why, state == BRINK_UPGRADE_DONE
                                     ? "a new program has taken over already"
                                     : "an upgrade is going on already");
    log_error(upgrade, BRINK_LOG_ERROR, "upgrade-refused", why->text);
    return brink_fail(EBUSY);
}

/* In state GOING, which ends. */
static brink_result go(struct brink_upgrade *upgrade, struct brink_message *why)
{
    brink_result result = attempt(upgrade, &upgrade->pid, why);
    if (brink_failed(result)) {
        atomic_store(&upgrade->state, BRINK_UPGRADE_IDLE); /* who reads it may try again at once */
        log_error(upgrade, BRINK_LOG_ERROR, "upgrade-failed", why->text);
        return result;
    }
    brink_logger_print(upgrade->logger, BRINK_LOG_INFO, "event=upgrade pid=%ld",
                       (long)upgrade->pid);
    upgrade->host.handed_over(upgrade->host.context);
    atomic_store(&upgrade->state, BRINK_UPGRADE_DONE);
    return result;
}

/* True: it is the caller's to go on, in state GOING. */
static bool claim(struct brink_upgrade *upgrade, brink_result *refused, struct brink_message *why)
{
    enum brink_upgrade_state state = BRINK_UPGRADE_IDLE;
    if (atomic_compare_exchange_strong(&upgrade->state, &state, BRINK_UPGRADE_GOING))
        return true;
    *refused = refuse(upgrade, state, why);
    return false;
}

static brink_result go_alone(struct brink_upgrade *upgrade, struct brink_message *why)
{
    (void)pthread_mutex_lock(&upgrade->going);
    brink_result result = go(upgrade, why);
    (void)pthread_mutex_unlock(&upgrade->going);
    return result;
}

brink_result brink_upgrade_run(struct brink_upgrade *upgrade, struct brink_message *why)
{
    struct brink_message unread;
    brink_result refused;
    if (why == NULL)
        why = &unread;
    return claim(upgrade, &refused, why) ? go_alone(upgrade, why) : refused;
}

/* --- on a thread of its own --- */

static void *run(void *arg)
{
    struct brink_message why;
    (void)go_alone(arg, &why).err;
    return NULL;
}

static void join(struct brink_upgrade *upgrade)
{
    if (upgrade->began)
        (void)pthread_join(upgrade->thread, NULL);
    upgrade->began = false;
}

void brink_upgrade_begin(struct brink_upgrade *upgrade)
{
    struct brink_message why;
    brink_result refused;
    if (!claim(upgrade, &refused, &why))
        return;
    join(upgrade); /* of one that has failed, and is done but for a moment */
    int err = pthread_create(&upgrade->thread, NULL, run, upgrade);
    upgrade->began = err == 0;
    if (err == 0)
        return;
    atomic_store(&upgrade->state, BRINK_UPGRADE_IDLE);
    log_error(upgrade, BRINK_LOG_ERROR, "upgrade-failed", strerror(err));
}

void brink_upgrade_cancel(struct brink_upgrade *upgrade)
{
    atomic_store(&upgrade->cancelled, true);
    if (atomic_load(&upgrade->state) == BRINK_UPGRADE_GOING)
        brink_launcher_kill(&upgrade->launcher);
}

enum brink_upgrade_state brink_upgrade_state(struct brink_upgrade *upgrade)
{
    return atomic_load(&upgrade->state);
}

static bool is_well(int status)
{
    return WIFEXITED(status) && (WEXITSTATUS(status) == BRINK_EXIT_OK ||
                                 WEXITSTATUS(status) == BRINK_EXIT_DRAIN_DEADLINE);
}

bool brink_upgrade_was_undone(struct brink_upgrade *upgrade, bool *well)
{
    struct brink_message end;
    int status;
    if (atomic_load(&upgrade->state) != BRINK_UPGRADE_DONE ||
        !brink_launcher_wait(&upgrade->launcher, 0, &status))
        return false;
    *well = is_well(status);
    brink_launcher_describe(status, &end);
    log_error(upgrade, *well ? BRINK_LOG_INFO : BRINK_LOG_ERROR, "upgrade-undone", end.text);
    upgrade->host.taken_back(upgrade->host.context);
    atomic_store(&upgrade->state, BRINK_UPGRADE_IDLE);
    return true;
}

void brink_upgrade_close(struct brink_upgrade *upgrade)
{
    join(upgrade);
    (void)pthread_mutex_lock(&upgrade->going);
    brink_launcher_close(&upgrade->launcher);
    (void)pthread_mutex_unlock(&upgrade->going);
}
