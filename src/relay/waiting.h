/* relay/waiting.h - sessions that wait for a place at a server, and how they hear of one.
 *
 * Each worker has a queue of its own; how long all of them are together is the group's to bound.
 * Who waits tells so (brink_group_watcher.waits) and looks once more; the first of the queue is
 * woken when the group says that there may be a place, and wakes the next when it leaves. Those
 * that a server has refused may wait for other servers than the rest, and so are not in line with
 * them: each is woken when the first is. What is
 * here is shared with relay/dialing.c. The worker's thread. */
#ifndef BRINK_RELAY_WAITING_H
#define BRINK_RELAY_WAITING_H

#include "relay/dialing.h"
#include "relay/pair.h"
#include "relay/service.h"

/* A session's search for a server. */
struct brink_dialing {
    struct brink_link link; /* in dialings.queued, or alone */
    struct brink_session *session;
    uint64_t due_ms;   /* when this try, or the wait for a place, has taken too long */
    uint64_t again_ms; /* when to try the same server again; BRINK_NEVER: not */
    struct brink_target *tried[BRINK_TRIES_MAX]; /* held */
    uint8_t tried_count;
    bool queued;
    bool late;      /* the last of these did not answer in time */
    int last_errno; /* or why it failed */
};

static inline struct brink_dialings *brink_dialings_of(struct brink_session *session)
{
    return &brink_session_service(session)->dialings;
}

static inline const struct brink_upstream_options *
brink_dialings_options(struct brink_session *session)
{
    return brink_group_options(brink_dialings_of(session)->group);
}

static inline uint64_t brink_dialings_now(struct brink_session *session)
{
    return brink_session_service(session)->io.loop->now_ms;
}

/* Puts the session last, unless it waits already. False if too many wait. */
bool brink_waiting_enter(struct brink_session *session);

/* True if others have waited for longer, for any place that there is. The first of them has been,
 * or will be, told of it. */
bool brink_waiting_has_others_first(struct brink_session *session);

/* Takes it out. Harmless if it does not wait. If it was the first, the next one looks: there may be
 * a place for more than one, or it was told of one and does not take it. */
void brink_waiting_leave(struct brink_session *session);

#endif
