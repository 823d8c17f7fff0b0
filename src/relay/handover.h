/* relay/handover.h - sessions that leave for another process between two frames, connections and
 * all.
 *
 *   OPEN --begin: reads to the end of its frames--> ready --take--> a parcel; the session is freed
 *                                                     |
 *             confirmed: closed, reason handed-over <-+-> not taken: adopted again (relay/adopt.h)
 *
 * A session is ready when both directions stand between two frames and nothing of it is here: what
 * has come and was not read stays in its sockets, unanswered requests are the server's. One that is
 * being connected is waited for. One of which a side has ended goes on as ever, as does one that
 * leaves for another reason, and those whose frames go to the application. The worker's thread. */
#ifndef BRINK_RELAY_HANDOVER_H
#define BRINK_RELAY_HANDOVER_H

#include "relay/parcel.h"
#include "relay/session.h"

/* From now on no frame is begun either way; and that is over: all go on. Harmless when it is so
 * already. Not for services whose frames go to the application. */
void brink_handover_begin(struct brink_service *service);
void brink_handover_end(struct brink_service *service);

/* True if the session is to stop at its next boundary. */
bool brink_handover_stops(const struct brink_session *session);

/* True if it could be taken. If not, but it should read on, it does from now on. */
bool brink_handover_is_ready(struct brink_session *session);

/* Makes a parcel of a session that is ready. Its connections leave the loop, and are the parcel's;
 * the session is freed at the end of the turn, but is counted among the service's until confirmed
 * or adopted again. Logged. */
void brink_handover_take(struct brink_session *session, struct brink_parcel *parcel);

/* The parcel of one of the service's sessions has got where it goes: it is closed. */
void brink_handover_confirm(struct brink_service *service);

#endif
