/* event/baton.h - several threads on one loop, of which one at a time runs, but for system calls.
 *
 * Whoever runs the library's code holds the baton; it is given up in each system call and taken
 * back after it. A relay spends nine tenths of its time in the kernel, so that is where threads
 * work side by side, and all that is ours (lists, wheel, pools, counters, sessions) is touched by
 * one thread at a time, as if there were one only: nothing of it needs a lock, or an atomic, of its
 * own. What may change in a call, and why nothing is lost by it, stands in event/loop.h (claims).
 *
 *   reclaim   what is closed is in no table any more when the call that closes it begins; an event
 *             that another thread was told of it before then finds another generation, or nothing;
 *             the memory goes when no thread has claimed the session (loop.c, reclaim)
 *   wheel     is advanced by one thread at a time; a timer of a claimed session fires again a
 *             millisecond later (relay/session.c)
 *   pools     are only touched by the holder
 *   buffers   a read turn leases one, of as many as there are threads (net/io.h)
 *
 * Held between two calls for some hundred nanoseconds, against microseconds in the kernel, it
 * serves about eight threads; more than these are better sharded.
 *
 * Only to wake a loop it is kept: who posts may hold other locks, which come after it.
 *
 * A thread that does not hold it may use `sys` as well: its calls are just made. */
#ifndef BRINK_EVENT_BATON_H
#define BRINK_EVENT_BATON_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "brink/log.h"
#include "brink/result.h"
#include "sys/sys.h"

struct brink_baton {
    struct brink_sys sys; /* for the loop: gives the baton up in each call */
    const struct brink_sys *under;
    struct brink_log log; /* that brink_baton_log writes to */
    pthread_mutex_t mutex;
    _Atomic(pthread_t) holder; /* 0: nobody */
};

/* `under` makes the calls and must outlive the baton. Fails with ENOMEM, EAGAIN. */
BRINK_MUST_CHECK brink_result brink_baton_init(struct brink_baton *baton,
                                               const struct brink_sys *under);

/* Nobody may hold it. */
void brink_baton_destroy(struct brink_baton *baton);

/* Waits for it; and gives it up. Any thread; not to be taken twice. */
void brink_baton_take(struct brink_baton *baton);
void brink_baton_give(struct brink_baton *baton);

/* A log that gives the baton up while it writes to `log`, which is copied. One for each baton. */
struct brink_log brink_baton_log(struct brink_baton *baton, const struct brink_log *log);

#endif
