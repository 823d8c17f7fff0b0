/* server/call.h - having something done on each worker's own thread, and waiting until it is.
 *
 * For what is rare: the caller waits, the workers don't. */
#ifndef BRINK_SERVER_CALL_H
#define BRINK_SERVER_CALL_H

#include "server/worker.h"

/* Runs fn(worker, arg) for each worker, between two of its sources, and returns once all have; the
 * workers run it side by side, so what `arg` points to is theirs to guard. For a worker that has
 * ended it is not run. Any thread but a worker's; returns how many have run it. */
uint32_t brink_workers_call(struct brink_worker *workers, uint32_t count,
                            void (*fn)(struct brink_worker *worker, void *arg), void *arg);

/* The same, but for a worker that has ended, and so has no thread any more, the caller runs it. */
void brink_workers_call_all(struct brink_worker *workers, uint32_t count,
                            void (*fn)(struct brink_worker *worker, void *arg), void *arg);

#endif
