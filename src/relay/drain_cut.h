/* relay/drain_cut.h - what a drain's deadline does to a session: it is cut, and what is lost
 * thereby is counted and logged. The worker's thread. */
#ifndef BRINK_RELAY_DRAIN_CUT_H
#define BRINK_RELAY_DRAIN_CUT_H

#include "relay/drain.h"

/* Ends it at once. `drained`: it had nothing more to do; then nothing is lost. */
enum brink_drain_outcome brink_drain_cut(struct brink_session *session, bool drained);

#endif
