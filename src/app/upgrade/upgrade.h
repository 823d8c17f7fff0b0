/* app/upgrade/upgrade.h - a new program takes over from this one, client by client, and nobody
 * notices.
 *
 *     IDLE --run--> GOING --the new program is ready--> DONE: this one hands its clients over, and
 *      ^              |                                  |    ends when all have gone
 *      +--------------+  it failed, or was not ready     |
 *      |                 in time: it is killed           |
 *      +-------------------------------------------------+ it ended before this one did
 *
 * The new program is started by the launcher, and what goes from one to the other is
 * brink/handover.h's. A failed upgrade changes nothing. */
#ifndef BRINK_APP_UPGRADE_UPGRADE_H
#define BRINK_APP_UPGRADE_UPGRADE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/log/logger.h"
#include "app/upgrade/inheritance.h"
#include "app/upgrade/launcher.h"
#include "brink/drain.h"
#include "brink/result.h"
#include "brink/server.h"

enum brink_upgrade_state { BRINK_UPGRADE_IDLE = 0, BRINK_UPGRADE_GOING, BRINK_UPGRADE_DONE };

/* What the rest of the program has to do with it. */
struct brink_upgrade_host {
    /* brink_server_hand_over, but in tests */
    brink_result (*hand_over)(struct brink_server *server, int channel, uint32_t ready_ms,
                              const struct brink_drain_options *drain, struct brink_message *why);
    /* The two are called on the thread of brink_upgrade_run. Adds what is handed on besides the
     * server's sockets, sets all of `drain`, and the time that the new program has to be ready. */
    brink_result (*prepare)(void *context, struct brink_inheritance *inheritance,
                            struct brink_drain_options *drain, uint32_t *ready_ms,
                            struct brink_message *why);
    void (*handed_over)(void *context); /* the new program has it all */
    /* It has ended before us. On the thread of brink_upgrade_was_undone. */
    void (*taken_back)(void *context);
    void *context;
};

struct brink_upgrade {
    struct brink_upgrade_host host;
    struct brink_launcher launcher;
    struct brink_server *server; /* NULL: there is none yet */
    struct brink_logger *logger;
    struct brink_message no_launcher; /* why there is none; "" otherwise */
    _Atomic enum brink_upgrade_state state;
    atomic_bool cancelled;
    pid_t pid;             /* of the new program, in state DONE */
    pthread_mutex_t going; /* held while one goes on */
    pthread_t thread;      /* of brink_upgrade_begin */
    bool began;            /* it is to be joined */
};

/* Starts the launcher. To be called before there are threads, and before rights are given up. A
 * failure is logged, and told again to whoever asks for an upgrade: the program can do without. The
 * logger must outlive it. */
void brink_upgrade_open(struct brink_upgrade *upgrade, const struct brink_upgrade_host *host,
                        struct brink_logger *logger);

/* Starts the new program and waits until it is ready; it has what we had then. Any thread. Fails,
 * and says why, with EBUSY if one is going on or done already, ETIMEDOUT if the new one was not
 * ready in time, or with why it could not be started; ECONNRESET: it ended. All is as it was then.
 * Either way it is logged. */
BRINK_MUST_CHECK brink_result brink_upgrade_run(struct brink_upgrade *upgrade,
                                                struct brink_message *why);

/* The same on a thread of its own, returning at once. One thread. */
void brink_upgrade_begin(struct brink_upgrade *upgrade);

/* Any thread: the server has been told to stop. A new program that is not ready yet will not be
 * waited for, and none is started any more. */
void brink_upgrade_cancel(struct brink_upgrade *upgrade);

/* Any thread. */
enum brink_upgrade_state brink_upgrade_state(struct brink_upgrade *upgrade);

/* True, once, if the new program that has taken over has ended while we still run: the state is
 * IDLE again, and that is logged. `well`: it ended by itself as one does that was asked to stop.
 * To be called once a second. */
bool brink_upgrade_was_undone(struct brink_upgrade *upgrade, bool *well);

/* Waits for what goes on, on whichever thread; the launcher ends. Harmless if it is closed. */
void brink_upgrade_close(struct brink_upgrade *upgrade);

#endif
