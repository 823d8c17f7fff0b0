/* relay/drain.h - leaving at frame boundaries.
 *
 * A session has drained when it stands at a boundary both ways, has delivered all it has read, and
 * owes its client nothing. What is owed cannot be seen of every protocol, so:
 *
 *   as many replies as requests            nothing, at once
 *   more replies than requests, or a       nothing, once it has been quiet for QUIET_MS; in the
 *   stateful protocol, or raw bytes        last quarter of the time (but for raw bytes) at once
 *   fewer replies than requests            a reply; unless it is quiet for half of the time (at
 *                                          least QUIET_MS)
 *
 * So that a boundary is reached although the peer never pauses, a draining session reads no
 * further than to the end of the frame that it is in. The worker's thread. */
#ifndef BRINK_RELAY_DRAIN_H
#define BRINK_RELAY_DRAIN_H

#include "relay/session.h"

/* Begins: no frame that a client begins from now on is read. Harmless when begun already. */
void brink_drain_begin(struct brink_service *service);

/* Closes the sessions that have drained. `left_ms` of `drain_ms` are left. To be called every few
 * milliseconds. */
void brink_drain_sweep(struct brink_service *service, uint64_t drain_ms, uint64_t left_ms);

/* True if the session has drained, as far as can be told of one that has no drain's deadline. */
bool brink_drain_is_done(struct brink_session *session, uint64_t now_ms);

/* Closes all that are left at once, and counts those that had not drained. */
void brink_drain_cut(struct brink_service *service, uint64_t drain_ms);

#endif
