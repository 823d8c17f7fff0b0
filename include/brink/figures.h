/* brink/figures.h - what is measured of a running server besides what brink/server.h counts.
 *
 * All functions: any thread, at any time before brink_server_free. They read what the workers
 * write, without holding them up; each figure is right by itself, they are not of one instant. */
#ifndef BRINK_FIGURES_H
#define BRINK_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"
#include "brink/histogram.h"
#include "brink/server.h"
#include "brink/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one listener, over all workers. Two of a kind are by side (enum brink_side): whose frames they
 * are. Times are as exact as the turns of the loop are short. */
struct brink_server_listener_figures {
    uint64_t frames_cut[2][BRINK_REASON_COUNT]; /* left unfinished, by why the connection ended */
    uint64_t bad_frames[2][BRINK_FRAME_ERRORS]; /* refused, by what was wrong */
    uint64_t retries;   /* of connecting to another server, as one before could not be reached */
    uint64_t waits;     /* clients that had to wait while all servers were full */
    uint64_t pauses[2]; /* times that a side was not read on, as the other took no more */
    uint64_t paused[2]; /* sides that are not, now */
    /* How long they were, all together. It is brought up to date when one is paused or goes on,
     * and whenever a deadline of any connection is looked at. */
    uint64_t paused_us[2];
    struct brink_histogram frame_bytes[2]; /* sizes, header included, once the header has come */
    struct brink_histogram frame_us[2];    /* from the first byte to the last, as they were read */
    /* From a request to its reply: of one request at a time on each connection, and taking the
     * n-th reply for that of the n-th request. For relays. */
    struct brink_histogram reply_us;
};

/* Listener `index`, in the order of the options. False, and all 0, if there is none. */
bool brink_server_listener_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_listener_figures *figures);

/* Of one upstream: what its listeners' figures say of it, together. */
struct brink_server_upstream_figures {
    uint64_t frames[2]; /* received, by side */
    uint64_t bytes[2];
    uint64_t retries;
    uint64_t waits;
    struct brink_histogram reply_us;
};

/* Upstream `index`, in the order of the options. False, and all 0, if there is none. */
bool brink_server_upstream_figures(const struct brink_server *server, size_t index,
                                   struct brink_server_upstream_figures *figures);

/* Of the event loop of one worker, which is all workers' where the dispatch is shared. */
struct brink_server_worker_figures {
    uint64_t loop;                  /* which it is: workers that share one tell the same of it */
    struct brink_histogram turn_us; /* how long turns took that served or fired 16 or more */
    uint64_t ready;                 /* connections and the like that the last turn found ready */
    uint64_t ready_max;             /* that any turn did */
    uint64_t served;                /* that all did */
    uint64_t budget_hits;  /* times that one had used its share of a turn and had to wait */
    uint64_t timers_fired; /* deadlines that were looked at */
    uint64_t posts;        /* that came from other threads */
    uint64_t poll_failures;
    uint64_t memory_bytes; /* that it has of its arena, pools and buffers together */
};

/* Worker `index`, from 0 to brink_server_stats.workers - 1. False, and all 0, beyond. */
bool brink_server_worker_figures(const struct brink_server *server, uint32_t index,
                                 struct brink_server_worker_figures *figures);

/* Of one pool of memory of a worker's: those of the same name are told as one. */
struct brink_server_pool_figures {
    const char *name;    /* a constant: "timers", "segments", "relay" ... */
    uint64_t objects;    /* in use */
    uint64_t free_bytes; /* of slots that are not */
    uint64_t bytes;      /* held, those included */
};
enum { BRINK_POOLS_MAX = 16 };

/* Those of worker `index`, into `figures`, which has room for BRINK_POOLS_MAX; returns how many. */
size_t brink_server_pool_figures(const struct brink_server *server, uint32_t index,
                                 struct brink_server_pool_figures *figures);

#ifdef __cplusplus
}
#endif
#endif
