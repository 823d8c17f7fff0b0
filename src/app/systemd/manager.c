#include "app/systemd/manager.h"

#include <inttypes.h>
#include <unistd.h>

static void note(struct brink_manager *manager, brink_result sent)
{
    manager->error = sent.err;
}

void brink_manager_ready(struct brink_manager *manager, const struct brink_server *server,
                         uint64_t now_ms)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    manager->state = BRINK_MANAGER_SERVING;
    manager->watchdog_ms = now_ms;
    note(manager, brink_notify_send(&manager->notify,
                                    "READY=1\nSTATUS=Accepting up to %" PRIu32
                                    " clients, with %" PRIu32 " worker%s\nMAINPID=%ld",
                                    stats.max_clients, stats.workers, stats.workers == 1 ? "" : "s",
                                    (long)getpid()));
}

void brink_manager_failed(struct brink_manager *manager, const char *why)
{
    note(manager, brink_notify_send(&manager->notify, "STATUS=Not started: %.900s", why));
}

static void extend(struct brink_manager *manager, uint64_t now_ms)
{
    manager->extend_ms = now_ms + BRINK_MANAGER_TICK_MS;
    note(manager,
         brink_notify_send(&manager->notify, "EXTEND_TIMEOUT_USEC=%d000", BRINK_MANAGER_EXTEND_MS));
}

void brink_manager_stopping(struct brink_manager *manager, uint64_t clients, uint32_t drain_ms,
                            uint64_t now_ms)
{
    if (manager->state == BRINK_MANAGER_HANDED_OVER)
        return; /* it is not the service that stops */
    if (manager->state >= BRINK_MANAGER_DRAINING) {
        manager->state = BRINK_MANAGER_LEAVING;
        note(manager,
             brink_notify_send(&manager->notify, "STATUS=Leaving at once, with %" PRIu64 " clients",
                               clients));
        return;
    }
    manager->state = BRINK_MANAGER_DRAINING;
    manager->drain_until_ms = now_ms + drain_ms;
    note(manager, brink_notify_send(&manager->notify,
                                    "STOPPING=1\nSTATUS=Draining %" PRIu64
                                    " clients, for up to %" PRIu32 " s",
                                    clients, drain_ms / 1000 + (drain_ms % 1000 != 0)));
    extend(manager, now_ms);
}

void brink_manager_handed_over(struct brink_manager *manager, pid_t pid)
{
    if (manager->state == BRINK_MANAGER_HANDED_OVER)
        return;
    manager->state = BRINK_MANAGER_HANDED_OVER;
    note(manager, brink_notify_send(&manager->notify, "MAINPID=%ld", (long)pid));
}

void brink_manager_taken_back(struct brink_manager *manager, uint64_t now_ms)
{
    manager->state = BRINK_MANAGER_SERVING;
    manager->watchdog_ms = now_ms;
    note(manager, brink_notify_send(&manager->notify,
                                    "MAINPID=%ld\nSTATUS=The new program has ended: going on",
                                    (long)getpid()));
}

void brink_manager_tick(struct brink_manager *manager, struct brink_server *server, uint64_t now_ms)
{
    if (manager->state == BRINK_MANAGER_HANDED_OVER)
        return;
    if (manager->state == BRINK_MANAGER_DRAINING && now_ms >= manager->extend_ms &&
        now_ms < manager->drain_until_ms)
        extend(manager, now_ms);
    if (manager->notify.watchdog_ms == 0 || now_ms < manager->watchdog_ms)
        return;
    manager->watchdog_ms = now_ms + manager->notify.watchdog_ms / 2;
    if (brink_server_answers(server))
        note(manager, brink_notify_send(&manager->notify, "WATCHDOG=1"));
}

int brink_manager_wait_ms(const struct brink_manager *manager, uint64_t now_ms)
{
    uint64_t wait_ms = BRINK_MANAGER_TICK_MS;
    if (manager->notify.watchdog_ms == 0 || manager->state == BRINK_MANAGER_HANDED_OVER)
        return (int)wait_ms;
    uint64_t left_ms = manager->watchdog_ms > now_ms ? manager->watchdog_ms - now_ms : 0;
    return (int)(left_ms < wait_ms ? left_ms : wait_ms);
}
