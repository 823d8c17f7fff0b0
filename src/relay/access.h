/* relay/access.h - who may be a client of a service. The worker's thread. */
#ifndef BRINK_RELAY_ACCESS_H
#define BRINK_RELAY_ACCESS_H

#include "relay/session.h"

/* Whether the session's client may be one: BRINK_REASON_NONE, and it is counted among those of its
 * source; DENIED by the lists; or SOURCE_LIMIT. To be called once, when it is known who it is. */
enum brink_reason brink_access_admit(struct brink_session *session);

/* Counts it, if its source is limited, whatever the limit: it is a client already. */
void brink_access_count(struct brink_session *session);

/* The session ends: its source has one client less. Harmless if it was not counted. */
void brink_access_leave(struct brink_session *session);

#endif
