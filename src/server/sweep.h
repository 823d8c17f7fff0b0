/* server/sweep.h - looks at the worker's sessions that are to leave (relay/drain.h), every few
 * milliseconds, a part of them in a turn: however many may leave, others do not wait for it. The
 * worker's thread. */
#ifndef BRINK_SERVER_SWEEP_H
#define BRINK_SERVER_SWEEP_H

#include "server/worker.h"

/* What it needs. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_sweep_open(struct brink_worker *worker);
void brink_sweep_close(struct brink_worker *worker);

/* A drain has begun, changed or ended: looks from now on, for as long as there is cause to. */
void brink_sweep_now(struct brink_worker *worker);

#endif
