/* app/systemd/manager.h - what a service manager (systemd.service(5), Type=notify) is told of a
 * server, and when.
 *
 *     begun --ready--> SERVING --stopping--> DRAINING --stopping again--> LEAVING
 *     READY=1          WATCHDOG=1            STOPPING=1,                  WATCHDOG=1
 *                                            EXTEND_TIMEOUT_USEC, WATCHDOG=1
 *
 * In any of them the service may be handed over to a new process (MAINPID=): it speaks for the
 * service from then on, we say nothing, unless it ends before us, and we take the service back.
 *
 * WATCHDOG=1 is sent at half of its time, and only if all workers have answered since the last one
 * (brink_server_answers): it shows that each event loop turns and takes posts, and that the thread
 * that looks after signals lives; not that a client is served well. While draining the
 * manager's stop timeout is pushed back for as long as the drain timeout allows, and no longer.
 *
 * One thread; time is an argument, in milliseconds of the monotonic clock. */
#ifndef BRINK_APP_SYSTEMD_MANAGER_H
#define BRINK_APP_SYSTEMD_MANAGER_H

#include <stdbool.h>
#include <sys/types.h>

#include "app/systemd/notify.h"
#include "brink/server.h"

enum brink_manager_state {
    BRINK_MANAGER_BEGUN = 0,
    BRINK_MANAGER_SERVING,
    BRINK_MANAGER_DRAINING,
    BRINK_MANAGER_LEAVING,
    BRINK_MANAGER_HANDED_OVER /* another process is the service's */
};

enum {
    BRINK_MANAGER_TICK_MS = 1000,
    BRINK_MANAGER_EXTEND_MS = 5000 /* by so much each second: some ticks may come late */
};

struct brink_manager {
    struct brink_notify notify;
    enum brink_manager_state state;
    uint64_t drain_until_ms;
    uint64_t extend_ms;   /* when the stop timeout is next pushed back */
    uint64_t watchdog_ms; /* when the workers are next asked */
    int error;            /* errno of the last state that could not be told; 0: it could */
};

/* The server accepts clients. */
void brink_manager_ready(struct brink_manager *manager, const struct brink_server *server,
                         uint64_t now_ms);

/* The server is not started, or ends at once, for this reason. */
void brink_manager_failed(struct brink_manager *manager, const char *why);

/* It drains for `drain_ms`, or, the second time, leaves at once. */
void brink_manager_stopping(struct brink_manager *manager, uint64_t clients, uint32_t drain_ms,
                            uint64_t now_ms);

/* Process `pid` is the service now; the unit has to allow it by NotifyAccess=all. */
void brink_manager_handed_over(struct brink_manager *manager, pid_t pid);

/* It has ended, and we are again. */
void brink_manager_taken_back(struct brink_manager *manager, uint64_t now_ms);

/* To be called when brink_manager_wait_ms is over, or earlier. */
void brink_manager_tick(struct brink_manager *manager, struct brink_server *server,
                        uint64_t now_ms);

/* How long it is, at most BRINK_MANAGER_TICK_MS, until something is to be told. */
int brink_manager_wait_ms(const struct brink_manager *manager, uint64_t now_ms);

#endif
