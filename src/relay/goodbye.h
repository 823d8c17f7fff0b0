/* relay/goodbye.h - bytes that a client is sent before its connection is ended for a reason that it
 * may want to know (brink_listener_options.goodbye_*). */
#ifndef BRINK_RELAY_GOODBYE_H
#define BRINK_RELAY_GOODBYE_H

#include "relay/session.h"

/* Sends the client what is due for the reason that the session ends for, if it may be sent: not
 * into the middle of a frame. The worker's thread. */
void brink_goodbye_say(struct brink_session *session);

#endif
