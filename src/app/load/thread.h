/* app/load/thread.h - one thread of a load: its connections, an epoll, and what it does by the
 * clock.
 *
 *   OPENING --all are open--> READY --run--> RUNNING --time or frames are up--> OWED --> DONE
 *      '--one cannot be opened, stop--------------------------------------------------^
 *
 * In READY and DONE it waits for orders; its connections stay open until it is told to leave. */
#ifndef BRINK_APP_LOAD_THREAD_H
#define BRINK_APP_LOAD_THREAD_H

#include <pthread.h>

#include "app/load/connection.h"
#include "app/load/schedule.h"

enum brink_load_phase {
    BRINK_LOAD_PHASE_OPENING = 0,
    BRINK_LOAD_PHASE_READY,
    BRINK_LOAD_PHASE_RUNNING,
    BRINK_LOAD_PHASE_OWED, /* nothing new is begun; replies are waited for */
    BRINK_LOAD_PHASE_DONE
};

/* Each is one further than the last. */
enum brink_load_order {
    BRINK_LOAD_ORDER_OPEN = 0,
    BRINK_LOAD_ORDER_RUN,
    BRINK_LOAD_ORDER_STOP, /* before its time; replies are still waited for */
    BRINK_LOAD_ORDER_CUT,  /* not even that */
    BRINK_LOAD_ORDER_LEAVE
};

struct brink_load_thread {
    const struct brink_load_plan *plan;
    struct brink_load_lane lane;
    pthread_t thread;
    uint32_t number;
    atomic_int phase; /* enum brink_load_phase; the thread's */
    atomic_int order; /* enum brink_load_order; the caller's */
    int wake_fd;      /* an order has come */
    int notify_fd;    /* the caller's: the phase is another */
    int timer_fd;     /* at a fixed rate; else -1 */
    uint64_t armed_ns;
    struct brink_load_connection *connections; /* those that work, then the silent ones */
    uint32_t count;
    uint32_t working; /* of them, that work */
    uint32_t tried;   /* the first so many have been opened, or are about to be */
    uint32_t open;    /* of those that work */
    uint32_t all_open;
    struct brink_load_batch *batches;
    struct brink_link opening; /* by the time that each began */
    struct brink_link resting; /* to be opened again, by the time that each broke */
    struct brink_link more;
    struct brink_load_schedule schedule;
    uint64_t left;        /* frames still to begin; UINT64_MAX: by time */
    uint64_t unsent;      /* due and not begun */
    uint64_t end_ns;      /* nothing is begun from then on; UINT64_MAX: by count */
    uint64_t stopped_ns;  /* when that was */
    uint64_t progress_ns; /* when a connection was last opened, or was open */
    uint64_t moved_ns;    /* RUNNING: when bytes last went either way, or nothing was owed */
    uint64_t moved;       /* bytes by then */
    bool owed;            /* something was */
    bool failed;          /* one could not be opened at the start, or all have gone */
    struct brink_load_reason failure;
};

/* Takes its share of the plan's connections and frames and begins to open them. `plan` must outlive
 * it. Fails with the kernel's reason or ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_load_thread_start(struct brink_load_thread *thread,
                                                      const struct brink_load_plan *plan,
                                                      uint32_t number, int notify_fd);

/* Any thread. For BRINK_LOAD_ORDER_RUN, lane.begin_ns must be set before. */
void brink_load_thread_order(struct brink_load_thread *thread, enum brink_load_order order);

static inline enum brink_load_phase brink_load_thread_phase(const struct brink_load_thread *thread)
{
    return (enum brink_load_phase)thread->phase;
}

/* Orders it to leave, waits for that, and frees what it holds. Its lane can be read from then on,
 * and while it is DONE. */
void brink_load_thread_end(struct brink_load_thread *thread);

#endif
