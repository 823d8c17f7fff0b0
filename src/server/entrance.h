/* server/entrance.h - a place where a worker's clients come in: a socket that listens, and the
 * branch that it leads to. The worker's thread, or any while it has none. */
#ifndef BRINK_SERVER_ENTRANCE_H
#define BRINK_SERVER_ENTRANCE_H

#include "base/counter.h"
#include "net/listener.h"
#include "server/branch.h"

struct brink_entrance {
    struct brink_listener listener;
    struct brink_worker *worker;
    struct brink_branch *branch;
    struct brink_link link;    /* in brink_worker.entrances */
    struct brink_timer *again; /* when the rate of new clients allows one */
    brink_counter rate_pauses; /* times that it did not */
    bool passing;              /* its memory goes when its listener has gone */
    bool gone;                 /* that is so */
};

/* Watches `fd`, which listens; clients are accepted from brink_entrance_begin on. NULL, and `fd` is
 * still the caller's, on failure: *result says why. */
BRINK_MUST_CHECK struct brink_entrance *brink_entrance_open(struct brink_worker *worker, int fd,
                                                            struct brink_branch *branch,
                                                            brink_result *result);
void brink_entrance_begin(struct brink_entrance *entrance);

/* Calls fn for each that the worker has. Those that pass away meanwhile stay until it is done: fn
 * may wait for other threads of a worker that is shared. */
void brink_entrances_each(struct brink_worker *worker,
                          void (*fn)(struct brink_entrance *entrance, void *arg), void *arg);

/* From now on it leads to another branch of the worker's. */
void brink_entrance_lead(struct brink_entrance *entrance, struct brink_branch *branch);

/* Clients that wait are accepted still, then it closes; it is the worker's alone from now on. */
void brink_entrance_end(struct brink_entrance *entrance);

/* Closes the socket at once; clients that wait are reset. The first keeps what it has counted until
 * the worker is destroyed; the second is for one that nobody knows of. */
void brink_entrance_stop(struct brink_entrance *entrance);
void brink_entrance_drop(struct brink_entrance *entrance);

/* Frees it: of one that was stopped, while no thread runs. */
void brink_entrance_free(struct brink_entrance *entrance);

#endif
