/* app/serve/operator.h - what an operator may do to the program, as the admin's address calls it,
 * beyond what brink/operate.h offers. */
#ifndef BRINK_APP_SERVE_OPERATOR_H
#define BRINK_APP_SERVE_OPERATOR_H

#include <pthread.h>
#include <stdbool.h>

#include "app/admin/actions.h"
#include "app/log/logger.h"

/* Invariant: `asked` only while the signal that it goes with has not been taken. */
struct brink_operator {
    struct brink_logger *logger;
    const struct brink_server *server;
    struct brink_drain_options drain; /* as configured */
    pthread_mutex_t lock;             /* of what follows */
    bool begun;                       /* an end was asked for, by whomever */
    bool asked;
    struct brink_drain_options wanted;
};

/* `drain` is what a drain is unless it is asked for otherwise. */
void brink_operator_init(struct brink_operator *by, struct brink_logger *logger,
                         const struct brink_drain_options *drain);

/* Its functions, for a server that has started, with the operator as their context; what reloads
 * and upgrades is the caller's to add. */
struct brink_admin_actions brink_operator_actions(struct brink_operator *by,
                                                  const struct brink_server *server);

/* SIGTERM has come: true if it was an operator who sent it, and `options` are how the drain is to
 * be then. Any thread. */
bool brink_operator_take_drain(struct brink_operator *by, struct brink_drain_options *options);

#endif
