/* relay/deadline.h - what a session must have done by when. */
#ifndef BRINK_RELAY_DEADLINE_H
#define BRINK_RELAY_DEADLINE_H

#include "relay/session.h"

/* How long a connection that is closing waits for the peer's FIN after its own, so that nothing
 * on its way to the peer is lost to a reset (RFC 9293 3.6.1, RFC 2525 2.17). */
enum { BRINK_LINGER_MS = 1000 };

/* Ends what is overdue in the session; returns when to look again (BRINK_NEVER: no need). */
uint64_t brink_session_deadline(struct brink_session *session, uint64_t now_ms);

/* Milliseconds since a byte last went either way on any leg. */
uint32_t brink_session_quiet_ms(struct brink_session *session, uint64_t now_ms);

#endif
