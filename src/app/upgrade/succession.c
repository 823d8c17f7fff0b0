#include "app/upgrade/succession.h"

#include <string.h>

#include "base/log.h"
#include "base/message.h"
#include "brink/handover.h"

/* Who is about to end has nothing to hand over. */
static brink_result prepare(void *context, struct brink_inheritance *inheritance,
                            struct brink_drain_options *drain, uint32_t *ready_ms,
                            struct brink_message *why)
{
    struct brink_succession *succession = context;
    struct brink_server_stats stats;
    (void)inheritance;
    brink_server_stats(succession->server, &stats);
    if (stats.stopping)
        return brink_message_set(why, "brink is about to end");
    (void)pthread_mutex_lock(&succession->lock);
    *drain = succession->times.drain;
    *ready_ms = succession->times.ready_ms;
    (void)pthread_mutex_unlock(&succession->lock);
    return brink_ok();
}

static void handed_over(void *context, pid_t pid)
{
    (void)context;
    (void)pid;
}

brink_result brink_succession_open(struct brink_succession *succession,
                                   struct brink_manager *manager, struct brink_logger *logger,
                                   struct brink_message *why)
{
    struct brink_upgrade_host host = {brink_server_hand_over, prepare, handed_over, succession};
    memset(succession, 0, sizeof *succession);
    succession->manager = manager;
    succession->logger = logger;
    (void)pthread_mutex_init(&succession->lock, NULL); /* it cannot fail on Linux */
    brink_result claimed = brink_inheritance_claim(&succession->inheritance, why);
    brink_upgrade_open(&succession->upgrade, &host, logger);
    return claimed;
}

bool brink_succession_has_predecessor(const struct brink_succession *succession)
{
    return succession->inheritance.channel != 0;
}

void brink_succession_set_times(struct brink_succession *succession,
                                const struct brink_succession_times *times)
{
    (void)pthread_mutex_lock(&succession->lock);
    succession->times = *times;
    (void)pthread_mutex_unlock(&succession->lock);
}

void brink_succession_take_over(struct brink_succession *succession, struct brink_server *server)
{
    struct brink_message why;
    char quoted[512];
    succession->server = server;
    succession->upgrade.server = server;
    if (!brink_succession_has_predecessor(succession))
        return;
    if (brink_failed(brink_server_take_over(server, &why)))
        brink_logger_print(succession->logger, BRINK_LOG_WARN, "event=takeover-failed error=%s",
                           brink_log_quote(why.text, quoted, sizeof quoted));
    else
        brink_logger_print(succession->logger, BRINK_LOG_INFO, "event=takeover");
    brink_inheritance_drop(&succession->inheritance);
}

void brink_succession_begin_upgrade(struct brink_succession *succession)
{
    brink_upgrade_begin(&succession->upgrade);
}

brink_result brink_succession_upgrade(void *succession, struct brink_message *why)
{
    return brink_upgrade_run(&((struct brink_succession *)succession)->upgrade, why);
}

void brink_succession_cancel_upgrade(struct brink_succession *succession)
{
    brink_upgrade_cancel(&succession->upgrade);
}

bool brink_succession_is_going_on(struct brink_succession *succession)
{
    return brink_upgrade_state(&succession->upgrade) != BRINK_UPGRADE_IDLE;
}

static void tell_manager(struct brink_succession *succession)
{
    if (brink_upgrade_state(&succession->upgrade) == BRINK_UPGRADE_DONE)
        brink_manager_handed_over(succession->manager, succession->upgrade.pid);
}

bool brink_succession_tick(struct brink_succession *succession, uint64_t now_ms)
{
    bool well = false;
    tell_manager(succession);
    if (!brink_upgrade_was_undone(&succession->upgrade, &well))
        return false;
    brink_manager_taken_back(succession->manager, now_ms);
    return well;
}

void brink_succession_close(struct brink_succession *succession)
{
    brink_upgrade_close(&succession->upgrade);
    tell_manager(succession);
}
