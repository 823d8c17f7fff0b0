/* server/branch.h - one worker's share of a listener, under one edition of its options.
 *
 * When the options change, the worker gets another branch: clients that have come stay with the
 * one that they came to, until they leave. The worker's thread, or any while it has none. */
#ifndef BRINK_SERVER_BRANCH_H
#define BRINK_SERVER_BRANCH_H

#include "relay/service.h"
#include "server/gate.h"

struct brink_worker;

struct brink_branch {
    struct brink_service service; /* first */
    struct brink_link link;       /* in brink_worker.branches */
    struct brink_worker *worker;
    struct brink_gate *gate; /* its listener's; NULL: nothing is limited */
    uint32_t entrances;      /* that lead here */
    bool retired;            /* it hears of its group's changes no more */
};

static inline struct brink_branch *brink_branch_of(const struct brink_service *service)
{
    return BRINK_CONTAINER_OF((struct brink_service *)(uintptr_t)service, struct brink_branch,
                              service);
}

/* `options` and `gate` must outlive it. NULL without memory. */
BRINK_MUST_CHECK struct brink_branch *brink_branch_open(struct brink_worker *worker,
                                                        const struct brink_service_options *options,
                                                        struct brink_gate *gate);

/* True if nobody needs it any more: no session, no entrance, nobody who goes through it. */
bool brink_branch_is_idle(const struct brink_branch *branch);

/* Of one that is idle, and will be closed: from now on nothing is posted for it. What has been is
 * run before whatever is posted to the worker from now on. */
void brink_branch_retire(struct brink_branch *branch);

/* It must be idle, and have been retired before (but by who takes the worker down). */
void brink_branch_close(struct brink_branch *branch);

#endif
