/* relay/standing.h - where a session stands that is to end or to change its server, and that it
 * goes no further: read are its frames to their end, and no others. The worker's thread. */
#ifndef BRINK_RELAY_STANDING_H
#define BRINK_RELAY_STANDING_H

#include "relay/session.h"

/* From now on the client's frames are read to the end of the present one; those of the server, or
 * of both, only where `upstream` and `client` say so. For raw bytes it changes nothing. */
void brink_standing_stop(struct brink_session *session, enum brink_leaving why, bool client,
                         bool upstream);

/* The end of that: it is read as ever. */
void brink_standing_go_on(struct brink_session *session);

/* True if both sides stand between two frames, and all that was read is delivered. */
bool brink_standing_at_boundary(struct brink_session *session);

/* What its client is owed, as far as frames tell. */
enum brink_owed {
    BRINK_OWED_NOTHING = 0, /* as many replies as requests, and its frames carry all state */
    BRINK_OWED_UNKNOWN,     /* raw bytes, more replies than requests, or a stateful protocol */
    BRINK_OWED_REPLY        /* fewer replies than requests */
};
enum brink_owed brink_standing_owes(struct brink_session *session);

/* Bytes that have come from one side, and that the other has not taken. An echo's are its client's
 * own; what an application sends is the upstream's. */
uint64_t brink_standing_undelivered(struct brink_session *session, enum brink_side from);

/* Requests without a reply; 0 where that cannot be told. */
uint64_t brink_standing_unanswered(struct brink_session *session);

#endif
