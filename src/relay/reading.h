/* relay/reading.h - how much of a client or a server may be read at once: no more than the end of
 * its PROXY header while that is awaited, than the end of its frame where the session is to stop
 * there, and than its rate allows. */
#ifndef BRINK_RELAY_READING_H
#define BRINK_RELAY_READING_H

#include "relay/session.h"

/* For brink_io.read_limit, of a service whose options or state call for it: in bytes, 1 or more. */
size_t brink_reading_limit(const struct brink_stream *stream);

#endif
