/* relay/pair.h - sessions that couple a client with a connection to the upstream.
 *
 *   CONNECTING (the client is not read) --connected--> OPEN
 *        |  refused, unreachable, too late: CLOSING, the client gets a FIN
 */
#ifndef BRINK_RELAY_PAIR_H
#define BRINK_RELAY_PAIR_H

#include "relay/service.h"

extern const struct brink_service_kind brink_pair_kind;

#endif
