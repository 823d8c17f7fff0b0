/* server/giver.h - the old process's side of a hand-over: the thread that sends parcels, hears what
 * becomes of them, and sees to the end.
 *
 *   IDLE --begin--> GIVING --all clients gone, or the time is over--> DONE: the workers stop
 *                     `--the new process has gone--> IDLE: all go on as before
 *
 * Parcels wait in the outbox until they are sent, and then until they are answered; the number of
 * both is bounded, so is what is lost with a process that is killed. */
#ifndef BRINK_SERVER_GIVER_H
#define BRINK_SERVER_GIVER_H

#include "relay/drain.h"
#include "server/channel.h"
#include "server/control.h"

struct brink_server;
struct brink_cargo;
struct brink_worker;

enum { BRINK_GIVER_ROOM = 128 }; /* parcels under way */

enum brink_giver_state { BRINK_GIVER_IDLE = 0, BRINK_GIVER_GIVING, BRINK_GIVER_DONE };

/* All but the atomic is its thread's, while there is one. */
struct brink_giver {
    struct brink_control_task task;
    struct brink_control control;
    struct brink_server *server;
    struct brink_channel channel;
    struct brink_source source; /* of the channel */
    struct brink_timer *timer;
    struct brink_link outbox;
    struct brink_link sent;
    uint64_t last_id;
    uint64_t by_ms; /* what has not been handed over by then is cut */
    uint64_t given; /* parcels that were accepted */
    uint64_t refused;
    bool runs;
    bool finishing; /* all have gone; DONE is to be sent */
    bool full;      /* the channel is */
    struct brink_post begin_post;
    struct brink_post end_posts[64]; /* BRINK_WORKERS_MAX */
    _Atomic(uint32_t) under_way;
    _Atomic(int) state; /* enum brink_giver_state */
};

/* Starts the thread, which does nothing yet; the channel is the caller's until begin. Whoever
 * changes the server, one at a time. Fails with EBUSY if it is at work, EAGAIN, ENOMEM and so on.
 */
BRINK_MUST_CHECK brink_result brink_giver_start(struct brink_giver *giver,
                                                struct brink_server *server, int channel);

/* The new process is ready: cannot fail. */
void brink_giver_begin(struct brink_giver *giver, const struct brink_drain_terms *terms);

/* Ends the thread; of one that gives, no worker may run any more. Harmless if there is none. */
void brink_giver_stop(struct brink_giver *giver);

/* A worker's: room for one more parcel; and what it is used for. */
bool brink_giver_reserve(struct brink_giver *giver);
void brink_giver_unreserve(struct brink_giver *giver);
bool brink_giver_is_half_empty(const struct brink_giver *giver);
void brink_giver_give(struct brink_giver *giver, struct brink_cargo *cargo);

/* True if clients and sockets are, or were, handed over: these are the new process's. Any thread,
 * as the next. */
bool brink_giver_gives(const struct brink_giver *giver);

#endif
