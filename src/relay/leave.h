/* relay/leave.h - sessions that are to end, or change their server, at their next frame boundary:
 * their server has gone down, or they have lasted long enough.
 *
 * A session that leaves reads no further than to the end of the frame that it is in, as in a drain
 * (relay/drain.h), and looks every few milliseconds whether it stands at a boundary both ways with
 * nothing queued or unanswered. The worker's thread. */
#ifndef BRINK_RELAY_LEAVE_H
#define BRINK_RELAY_LEAVE_H

#include "relay/session.h"

/* The session is to leave; its timer is the caller's to arm. Harmless when it leaves, or closes,
 * already. */
void brink_leave_begin(struct brink_session *session, enum brink_leaving why);

/* Ends it, or gives it another server, once it stands where it may; returns when to look again. */
uint64_t brink_leave_deadline(struct brink_session *session, uint64_t now_ms);

/* A pair's server is down or gone, and its group's when_down says that nobody stays with such a
 * one.
 */
bool brink_leave_is_due(struct brink_session *session);

/* Has all pairs of the service leave whose server is down or gone, as its group's when_down says.
 */
void brink_leave_servers(struct brink_service *service);

#endif
