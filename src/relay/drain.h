/* relay/drain.h - sessions that are let go: all of a service, those of one server, or a single one.
 *
 * Each has its time, drawn by the service's seed from the drain's spread. Until then it goes on as
 * ever. From then on it reads no further than to the end of the frame that it is in (a boundary is
 * reached although the peer never pauses), and it leaves, by the drain's policy:
 *
 *   BOUNDARY   once both sides stand between two frames, with all delivered that was read. A server
 *              begins no frame any more either. Who is not connected yet leaves at once
 *   IDLE       then, and if its client is owed nothing. That cannot be seen of every protocol:
 *     as many replies as requests      nothing, at once
 *     more replies than requests, a    nothing, once it has been quiet for quiet_ms; in the last
 *     stateful protocol, or raw bytes  quarter of the time (but for raw bytes) at once
 *     fewer replies than requests      a reply; unless it is quiet for half of the time (at least
 *                                      quiet_ms)
 *              Who came when the drain had begun, or was being connected, has quiet_ms to begin its
 *              first frame: it may be on its way. To be connected it has half of the time
 *   NOW        wherever it stands
 *
 * At the deadline what is left is cut. What had not drained then, and each frame that is cut or
 * lost in a queue, is counted and logged.
 *
 * All of this is done by looking at the sessions, every few milliseconds; who looks
 * (server/sweep.h) sees to it that no turn lets too many go. The worker's thread. */
#ifndef BRINK_RELAY_DRAIN_H
#define BRINK_RELAY_DRAIN_H

#include "relay/session.h"

/* When and how. */
struct brink_drain_terms {
    struct brink_drain_options options; /* but for its timeout: */
    uint64_t from_ms;
    uint64_t by_ms;
};

/* Those of options that hold from now on. Pure. */
struct brink_drain_terms brink_drain_terms_of(const struct brink_drain_options *options,
                                              uint64_t now_ms);

/* All sessions of the service are to leave, also those that come later. If they are already, the
 * harsher policy and the shorter times hold from now on. */
void brink_drain_service(struct brink_service *service, const struct brink_drain_terms *terms);

/* One session, or those that have this server. The target is held by the caller, and the drain's if
 * this succeeds. Again, as above. Fail with ENOMEM. */
BRINK_MUST_CHECK brink_result brink_drain_session(struct brink_session *session,
                                                  const struct brink_drain_terms *terms);
BRINK_MUST_CHECK brink_result brink_drain_target(struct brink_service *service,
                                                 struct brink_target *target,
                                                 const struct brink_drain_terms *terms);

/* Who has not left stays. Harmless if there is no such drain. */
void brink_drain_end_service(struct brink_service *service);
void brink_drain_end_target(struct brink_service *service, const struct brink_target *target);

/* For who takes a service down; and for a session that is gone: no drain is about it any more. */
void brink_drain_end_all(struct brink_service *service);
void brink_drain_forget(const struct brink_session *session);

enum brink_drain_outcome {
    BRINK_DRAIN_STAYS = 0,
    BRINK_DRAIN_LEFT, /* or has another server */
    BRINK_DRAIN_CUT   /* it had not drained: counted */
};

/* Lets the session go if a drain that is in force has it so. */
enum brink_drain_outcome brink_drain_look(struct brink_session *session);

/* The same for those sessions that a drain of their own is about, one by one; tells what came of
 * each. The drains of a service may not be gone through by two threads at a time. */
void brink_drain_look_at_single(struct brink_service *service,
                                void (*looked)(void *arg, enum brink_drain_outcome outcome),
                                void *arg);

/* True if there is something to look at, or to tidy; sets *for_all where all sessions have to be
 * looked at for it. */
bool brink_drain_has_work(const struct brink_service *service, bool *for_all);

/* Forgets the drains that are over, and those of a server or of one session whose time was over
 * when the last look at all of them began, at `looked_ms`. */
void brink_drain_tidy(struct brink_service *service, uint64_t looked_ms);

/* When the next drain's time is over; BRINK_NEVER: none's is. */
uint64_t brink_drain_next_ms(const struct brink_service *service);

#endif
