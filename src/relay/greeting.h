/* relay/greeting.h - PROXY protocol headers: read from clients before all else, and sent to
 * servers.
 *
 * A session that expects one is GREETING: no byte beyond the header is read, and no server is
 * looked for, until it is known whose connection this is. The worker's thread. */
#ifndef BRINK_RELAY_GREETING_H
#define BRINK_RELAY_GREETING_H

#include "relay/parcel.h"
#include "relay/session.h"

/* Memory for a service's greetings; without one that may expect any it takes none. */
void brink_greeting_set_up(struct brink_service *service);
void brink_greeting_take_down(struct brink_service *service);

/* True if the session's peer may, or must, begin with a header. */
bool brink_greeting_expected(struct brink_session *session);

/* Reads the header of a session's client, then looks for a server; see brink_dialing_begin. */
void brink_greeting_begin(struct brink_session *session);

/* What is overdue; returns when to look again. For a session that is GREETING. */
uint64_t brink_greeting_deadline(struct brink_session *session, uint64_t now_ms);

/* How many bytes may be read of the client of a session that is GREETING. */
size_t brink_greeting_wanted(const struct brink_session *session);

/* The session is connected: sends its server a header, where it is to have one, and passes on what
 * was read of a client that sent none. False if the session has been closed. */
bool brink_greeting_send(struct brink_session *session);

/* True if nothing that was read in place of a header, or as one, is still to be passed on. */
bool brink_greeting_is_over(struct brink_session *session);

/* What the header said, if there was one, goes with a session to another process; and comes from
 * one: that fails with ENOMEM. */
void brink_greeting_save(struct brink_session *session, struct brink_parcel *parcel);
BRINK_MUST_CHECK brink_result brink_greeting_restore(struct brink_session *session,
                                                     const struct brink_parcel *parcel);

enum { BRINK_GREETING_ID_TEXT = 129 };

/* The unique id (PROXY protocol 2.2.5, PP2_TYPE_UNIQUE_ID) of a pair that its client's header had
 * or that its servers are told, as text: what is no printable ASCII is '?'. False: it has none. */
bool brink_greeting_id(struct brink_session *session, char text[BRINK_GREETING_ID_TEXT]);

/* Gives back what it holds. Harmless when it holds nothing. */
void brink_greeting_end(struct brink_session *session);

#endif
