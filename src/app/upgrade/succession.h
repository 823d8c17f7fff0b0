/* app/upgrade/succession.h - a serving program within its line: the one before it, that it takes
 * over from, and the one after it, that it is upgraded to; and who is the service to a manager. */
#ifndef BRINK_APP_UPGRADE_SUCCESSION_H
#define BRINK_APP_UPGRADE_SUCCESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/admin/admin.h"
#include "app/log/logger.h"
#include "app/systemd/manager.h"
#include "app/upgrade/inheritance.h"
#include "app/upgrade/upgrade.h"
#include "brink/drain.h"
#include "brink/result.h"
#include "brink/server.h"

/* How an upgrade goes. */
struct brink_succession_times {
    struct brink_drain_options drain; /* for who is not between two frames */
    uint32_t ready_ms;                /* that a new program has to be ready */
};

struct brink_succession {
    struct brink_inheritance inheritance;
    struct brink_upgrade upgrade;
    struct brink_server *server; /* NULL: there is none yet */
    struct brink_manager *manager;
    struct brink_logger *logger;
    struct brink_admin *admin;
    struct brink_admin_options admin_options;     /* as they were written */
    const char *addresses[BRINK_ADMIN_ADDRESSES]; /* of admin, as they are to be opened */
    char texts[BRINK_ADMIN_ADDRESSES][16];        /* fd:N of those that were inherited */
    pthread_mutex_t lock;                         /* of what follows */
    struct brink_succession_times times;
};

/* Takes up what this process was started with, and forks the launcher. To be called before there
 * are threads and before rights are given up. The others must outlive it. Fails, and says why, if
 * what it was started with makes no sense; it is to be closed all the same. */
BRINK_MUST_CHECK brink_result brink_succession_open(struct brink_succession *succession,
                                                    struct brink_manager *manager,
                                                    struct brink_logger *logger,
                                                    struct brink_message *why);

/* True if this program was started to take over from another one. */
bool brink_succession_has_predecessor(const struct brink_succession *succession);

/* Any thread; before there can be an upgrade, and again when they are others. */
void brink_succession_set_times(struct brink_succession *succession,
                                const struct brink_succession_times *times);

/* The options that `admin` is to be opened by: with what was inherited in place of addresses. Both
 * must outlive it. Once, before brink_succession_take_over. */
struct brink_admin_options brink_succession_take_admin(struct brink_succession *succession,
                                                       struct brink_admin *admin,
                                                       const struct brink_admin_options *options);

/* The server has started, and all else that is needed is there: the program before this one may go.
 * If it has gone already, all is ours as well. */
void brink_succession_take_over(struct brink_succession *succession, struct brink_server *server);

/* A new program takes over from this one; in the background, as brink_upgrade_begin. */
void brink_succession_begin_upgrade(struct brink_succession *succession);

/* The same, waiting, as brink_upgrade_run; of brink_admin_actions. */
BRINK_MUST_CHECK brink_result brink_succession_upgrade(void *succession, struct brink_message *why);

/* The server has been told to stop: a new program that is not ready yet will not be waited for. Any
 * thread. */
void brink_succession_cancel_upgrade(struct brink_succession *succession);

/* True while a new program is taking over, or has: options are not to be changed any more. */
bool brink_succession_is_going_on(struct brink_succession *succession);

/* To be called once a second, by who has the manager: tells it who is the service. True, once, if
 * the program after this one was stopped while this one still has clients: so this one is, too. */
bool brink_succession_tick(struct brink_succession *succession, uint64_t now_ms);

/* The server has ended: waits for what goes on, and tells the manager yet what there is to tell. */
void brink_succession_close(struct brink_succession *succession);

#endif
