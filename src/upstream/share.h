/* upstream/share.h - what one worker's connections to a server have carried.
 *
 * Kept by the worker, read by any thread; it lives as long as its server, which has one for each
 * worker that has used it. */
#ifndef BRINK_UPSTREAM_SHARE_H
#define BRINK_UPSTREAM_SHARE_H

#include "base/counter.h"

struct brink_share {
    _Alignas(64) struct brink_share *next; /* of the server's; workers share no cache line */
    const void *worker;
    brink_counter frames[2]; /* received, by side */
    brink_counter bytes[2];
    brink_counter replies; /* that were measured: see relay/figures.h */
    brink_counter reply_us;
};
_Static_assert(sizeof(struct brink_share) == 64, "a cache line");

#endif
