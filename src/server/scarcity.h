/* server/scarcity.h - tells in the log when a worker's memory for queued bytes is spent, and who
 * holds most of it: at most once a second. The worker's thread. */
#ifndef BRINK_SERVER_SCARCITY_H
#define BRINK_SERVER_SCARCITY_H

#include "brink/result.h"

struct brink_worker;

/* What it needs, and has the worker's buffers tell of it. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_scarcity_open(struct brink_worker *worker);
void brink_scarcity_close(struct brink_worker *worker);

#endif
