/* relay/dialing.h - finding a server for a session, and connecting to it, before its client is
 * read.
 *
 *   begin --lease--> a try --connected--> over: the session is open
 *     |  ^             | refused, unreachable, or connect_ms are over: another server,
 *     |  +-------------+ never one twice, until `tries` have failed
 *     |  ^
 *     +--all full--> in the queue --a place is free--+
 *
 * or no server is left, or queue_ms are over: the session is closed. The worker's thread. */
#ifndef BRINK_RELAY_DIALING_H
#define BRINK_RELAY_DIALING_H

#include "event/loop.h"
#include "mem/slab.h"
#include "upstream/group.h"

struct brink_session;
struct brink_service;

/* What one worker's sessions have in common that look for a server of one group. */
struct brink_dialings {
    struct brink_group *group;
    struct brink_slab_pool pool;
    struct brink_link queued; /* those that wait for a place, the first come first */
    struct brink_group_watcher watcher;
    atomic_bool posted;
    struct brink_post post; /* to the worker, that the group has changed */
    struct brink_loop *loop;
    uint64_t chance; /* state of a generator of random numbers */
};

/* Sets up what a service needs; from then on it hears of its group's changes. */
void brink_dialings_init(struct brink_dialings *dialings, struct brink_group *group,
                         struct brink_loop *loop, uint64_t seed);

/* No session is left, nor will there be any: it hears of its group no more. What it heard before
 * is on its way by a post. */
void brink_dialings_retire(struct brink_dialings *dialings);

/* No session may be left. To be called before the loop is closed, and once it is sealed; or,
 * before, once a post that was sent after it was retired has been run. */
void brink_dialings_destroy(struct brink_dialings *dialings);

/* Looks for a server for the session, a pair that has none. It may be closed when this returns. */
void brink_dialing_begin(struct brink_session *session);

/* What is overdue; returns when to look again. For a session that is CONNECTING. */
uint64_t brink_dialing_deadline(struct brink_session *session, uint64_t now_ms);

/* Its connection to a server has been reclaimed: goes on with another, if it looks for one. */
void brink_dialing_leg_gone(struct brink_session *session);

/* Ends the lease of the session's server. Harmless without one. */
void brink_dialing_release(struct brink_session *session);

/* Gives back what it holds. Harmless when it holds nothing. */
void brink_dialing_end(struct brink_session *session);

#endif
