/* relay/adopt.h - sessions that come from another process (relay/handover.h), or come back.
 *
 * What has been adopted stands still until it is let go on: so that nothing of it is read before
 * it is certain whose it is. It may be given up again until then. The worker's thread. */
#ifndef BRINK_RELAY_ADOPT_H
#define BRINK_RELAY_ADOPT_H

#include "relay/parcel.h"
#include "relay/session.h"

/* Makes a session of the parcel, with its connections. It is not counted in the service's figures,
 * which is the caller's to do before; and neither refused by lists nor by limits. Fails with
 * EPROTOTYPE if the service is of another kind or frames otherwise, EINVAL, EBADF where a
 * descriptor is missing or is none of a connection's, ENOMEM and the like; the descriptors are
 * the caller's still. */
BRINK_MUST_CHECK brink_result brink_adopt(struct brink_service *service,
                                          const struct brink_parcel *parcel,
                                          struct brink_session **session);

/* One or the other, at once: it goes on, its descriptors are its own; or it is freed, with nothing
 * counted or logged, and its connections, untouched, are the caller's again. */
void brink_adopt_go_on(struct brink_session *session);
void brink_adopt_give_up(struct brink_session *session);

/* A sentence's end: why a parcel was not adopted. */
const char *brink_adopt_error_text(int err);

#endif
