/* app/load/reply.h - what comes back on a connection of a load: frames counted, timed, and with
 * --verify compared. A reply answers the oldest frame in flight, whatever is in it. */
#ifndef BRINK_APP_LOAD_REPLY_H
#define BRINK_APP_LOAD_REPLY_H

#include "app/load/connection.h"

/* The connection is new. */
void brink_load_reply_begin(struct brink_load_connection *connection,
                            const struct brink_load_lane *lane);

/* Takes the first `length` bytes of the lane's buffer (1 or more), which have just come; looks at
 * the clock once. Fails with EPROTO if they are no frames. */
BRINK_MUST_CHECK brink_result brink_load_reply_take(struct brink_load_connection *connection,
                                                    struct brink_load_lane *lane, size_t length);

#endif
