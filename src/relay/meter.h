/* relay/meter.h - how fast a client may be read: its own rates and those of all.
 *
 * What has been read is taken from the buckets. When one is empty, the client is not read until the
 * session's timer says that it has filled, or, where the options say so, is closed. How much may be
 * read at once is limited to what is left, or a 32nd of a second's worth: so that the rate is
 * smooth, and a client at its limit costs some 32 reads a second. For services that are metered
 * (service.h); the worker's thread. */
#ifndef BRINK_RELAY_METER_H
#define BRINK_RELAY_METER_H

#include "relay/session.h"

/* The session's client is about to be read for the first time. It may be held: who comes while the
 * rate of all is overdrawn waits as they do, for else each new connection would be good for one
 * more frame. For a session that is OPEN, metered or not. */
void brink_meter_begin(struct brink_session *session);

/* So many bytes, and frames that ended with them, have come from the session's client. It may have
 * been closed when this returns, or brink_meter_holds it. */
void brink_meter_take(struct brink_session *session, size_t bytes, uint64_t frames);

/* How much may be read at once of the session's client: 1 or more. */
size_t brink_meter_room(const struct brink_session *session);

/* True while the session's client must not be read. */
bool brink_meter_holds(const struct brink_session *session);

/* Has the client read again once it may; returns when to look. For a session that is OPEN, metered
 * or not. */
uint64_t brink_meter_deadline(struct brink_session *session, uint64_t now_ms);

#endif
