#include "app/upgrade/succession.h"

#include <stdio.h>
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
    brink_server_stats(succession->server, &stats);
    if (stats.stopping)
        return brink_message_set(why, "brink is about to end");
    (void)pthread_mutex_lock(&succession->lock);
    *drain = succession->times.drain;
    *ready_ms = succession->times.ready_ms;
    (void)pthread_mutex_unlock(&succession->lock);
    brink_result added = brink_ok();
    for (size_t i = 0; i < succession->admin->count && !brink_failed(added); i++)
        added = brink_inheritance_add(inheritance, succession->admin->listeners[i].fd,
                                      succession->admin_options.addresses[i], why);
    return added;
}

static void log_error(struct brink_succession *succession, const char *what, const char *why)
{
    char quoted[512];
    brink_logger_print(succession->logger, BRINK_LOG_WARN, "event=%s error=%s", what,
                       brink_log_quote(why, quoted, sizeof quoted));
}

static void hand_over_admin(void *context)
{
    brink_admin_pass_on(((struct brink_succession *)context)->admin);
}

static void take_admin_back(void *context)
{
    struct brink_succession *succession = context;
    struct brink_message why;
    if (brink_failed(brink_admin_take_back(succession->admin, &why)))
        log_error(succession, "admin-failed", why.text);
}

brink_result brink_succession_open(struct brink_succession *succession,
                                   struct brink_manager *manager, struct brink_logger *logger,
                                   struct brink_message *why)
{
    struct brink_upgrade_host host = {brink_server_hand_over, prepare, hand_over_admin,
                                      take_admin_back, succession};
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

struct brink_admin_options brink_succession_take_admin(struct brink_succession *succession,
                                                       struct brink_admin *admin,
                                                       const struct brink_admin_options *options)
{
    struct brink_admin_options taken = *options;
    succession->admin = admin;
    succession->admin_options = *options;
    taken.addresses = succession->addresses;
    taken.inherited = brink_succession_has_predecessor(succession);
    for (size_t i = 0; i < options->count && i < BRINK_ADMIN_ADDRESSES; i++) {
        int fd = brink_inheritance_take(&succession->inheritance, options->addresses[i]);
        (void)snprintf(succession->texts[i], sizeof succession->texts[i], "fd:%d", fd);
        succession->addresses[i] = fd >= 0 ? succession->texts[i] : options->addresses[i];
    }
    return taken;
}

void brink_succession_take_over(struct brink_succession *succession, struct brink_server *server)
{
    struct brink_message why;
    succession->server = server;
    succession->upgrade.server = server;
    if (!brink_succession_has_predecessor(succession))
        return;
    if (brink_failed(brink_server_take_over(server, &why)))
        log_error(succession, "takeover-failed", why.text);
    else
        brink_logger_print(succession->logger, BRINK_LOG_INFO, "event=takeover");
    brink_admin_own(succession->admin);
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
