/* server/giving.h - a worker's part when its clients are handed over to another process
 * (server/giver.h). The worker's thread.
 *
 * It accepts no more, and its sockets that listen stay open: it may have to go on. Every few
 * milliseconds it looks which sessions are ready (relay/handover.h), and gives them to the giver's
 * thread; never more at a time than that one has room for. Clients of an application are drained
 * meanwhile. */
#ifndef BRINK_SERVER_GIVING_H
#define BRINK_SERVER_GIVING_H

#include "relay/drain.h"

struct brink_worker;
struct brink_giver;
struct brink_cargo;

/* A worker's; zeroed while nothing is handed over, but for the timer. */
struct brink_giving {
    bool on;
    struct brink_giver *giver;
    struct brink_drain_terms terms; /* for those that cannot be handed over */
    struct brink_timer *timer;
    uint32_t slot;   /* of the loop's, to be looked at next */
    uint32_t passed; /* slots since the last that was given */
};

/* What it needs. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_giving_open(struct brink_worker *worker);
void brink_giving_close(struct brink_worker *worker);

void brink_giving_begin(struct brink_worker *worker, struct brink_giver *giver,
                        const struct brink_drain_terms *terms);

/* All that has not been handed over stays, and goes on; clients are accepted again. Harmless when
 * it is over. */
void brink_giving_end(struct brink_worker *worker);

/* To be posted with what the giver has done with: it has got there; or it has not, and is adopted
 * again. If the other process refused it, it leaves. */
void brink_giving_confirm(struct brink_loop *loop, struct brink_post *post);
void brink_giving_take_back(struct brink_loop *loop, struct brink_post *post);

#endif
