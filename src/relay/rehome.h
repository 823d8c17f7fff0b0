/* relay/rehome.h - another server for a client whose server has gone, between frames.
 *
 * Where frames carry all state (options.rehome), and nothing is under way either way, the client
 * need not know: it is not read until the session is connected again. A request that has not been
 * answered is lost with its server, and then the session ends as without. The worker's thread. */
#ifndef BRINK_RELAY_REHOME_H
#define BRINK_RELAY_REHOME_H

#include "relay/session.h"

/* True if nothing is under way: both at a boundary, nothing queued, each request answered. */
bool brink_rehome_idle(struct brink_session *session);

/* The session, a pair, has lost its server, or is to leave it: looks for another. False, with
 * nothing done, if it may not have another: it is to be closed. */
bool brink_rehome(struct brink_session *session);

#endif
