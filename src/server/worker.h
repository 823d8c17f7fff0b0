/* server/worker.h - one loop, the clients that it accepted, and the thread that turns it; or, where
 * the dispatch is shared, several threads, of which one at a time runs (event/baton.h).
 *
 * Set up and taken down by whoever owns the server; in between it belongs to its thread, or to the
 * one that holds the baton, but for what is atomic. */
#ifndef BRINK_SERVER_WORKER_H
#define BRINK_SERVER_WORKER_H

#include <pthread.h>

#include "event/baton.h"
#include "event/loop.h"
#include "server/branch.h"
#include "server/entrance.h"
#include "server/giving.h"

/* A thread of a worker's. */
struct brink_member {
    struct brink_worker *worker;
    uint32_t index; /* over all workers */
    pthread_t thread;
    _Atomic(clockid_t) cpu_clock; /* of the thread; -1: it has not begun, or has ended */
    brink_counter cpu_ns;         /* that it has used, once it has ended */
};

/* See server/sweep.h. */
struct brink_sweep {
    struct brink_timer *timer;
    uint32_t slot;    /* of the loop's: the next to look at */
    uint64_t from_ms; /* when this round began */
};

struct brink_worker {
    struct brink_server *server;
    const struct brink_log *log;
    struct brink_clients *clients;
    struct brink_worker *peers; /* all workers, this one among them */
    uint32_t peer_count;
    uint32_t index;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_buffers buffers;
    struct brink_link branches;  /* the oldest first; other threads look there, too: they come and
                                    go only while the server's lock is held */
    struct brink_link entrances; /* the first opened first */
    uint32_t entrance_visits;    /* of brink_entrances_each that go on */
    brink_counter posts_dropped;
    struct brink_member *members;
    uint32_t member_count; /* whose threads run, or did */
    uint32_t members_left; /* that have not ended yet; the holder's */
    bool shared;
    struct brink_baton baton; /* if it is */

    /* At the client limit, the server's or a listener's (brink_gate.waits): it accepts none until
     * somebody left. Whoever leaves takes the flag down and posts, unless the post is still on its
     * way: one of its listeners may have raised the flag again meanwhile. See server/admission.h.
     */
    atomic_bool waits_for_place;
    atomic_bool place_posted;
    struct brink_post place_post;

    atomic_bool asked; /* and has not answered yet: the post is on its way */
    struct brink_post ask_post;

    bool exhausted;              /* a listener rests: a descriptor that gets free is welcome */
    uint64_t exhaustion_told_ms; /* when the log last said so */

    brink_counter scarce;    /* times that memory for queued bytes was spent */
    uint64_t scarce_told_ms; /* when the log last said so; 0: never */
    struct brink_timer *scarce_timer;

    atomic_bool stop_posted;
    struct brink_post stop_post;
    _Atomic(uint64_t) stop_by_ms;  /* when what is left is cut; BRINK_NEVER: not stopping */
    _Atomic(uint32_t) stop_policy; /* enum brink_drain_policy */
    _Atomic(uint32_t) stop_quiet_ms;
    _Atomic(uint32_t) stop_spread_ms;
    bool draining;
    brink_counter stop_cut; /* connections that have been cut since then; see relay/drain.h */
    struct brink_sweep sweep;
    struct brink_giving giving;
};

struct brink_worker_settings {
    const struct brink_sys *sys;
    struct brink_server *server;
    const struct brink_log *log; /* must outlive the worker; NULL: none */
    struct brink_clients *clients;
    struct brink_worker *peers;
    uint32_t peer_count;
    struct brink_member *members; /* must outlive the worker */
    uint32_t member_count;        /* several: they share the loop */
    bool shared;                  /* they hold a baton, also if there is one only */
    uint64_t budget;              /* bytes of queued data */
    /* Where the worker's arena gets its memory; NULL: the build's default. */
    const struct brink_memory_source *memory;
    void *memory_context;
};

static inline struct brink_worker *brink_worker_of(struct brink_loop *loop)
{
    return BRINK_CONTAINER_OF(loop, struct brink_worker, loop);
}

/* Everything but the thread, branches and entrances. On failure nothing is held. */
BRINK_MUST_CHECK brink_result brink_worker_init(struct brink_worker *worker, uint32_t index,
                                                const struct brink_worker_settings *settings);

static inline const struct brink_log *brink_worker_log(const struct brink_worker *worker)
{
    return worker->log;
}

/* Its branches, in a loop: NULL after the last. Any may go meanwhile but the present one while it
 * is not idle. Its own thread, or who holds the server's lock. */
static inline struct brink_branch *brink_worker_branch(const struct brink_worker *worker,
                                                       struct brink_link *link)
{
    return link == &worker->branches ? NULL : BRINK_CONTAINER_OF(link, struct brink_branch, link);
}
static inline struct brink_branch *brink_worker_first_branch(const struct brink_worker *worker)
{
    return brink_worker_branch(worker, worker->branches.next);
}
static inline struct brink_branch *brink_worker_next_branch(const struct brink_branch *branch)
{
    return brink_worker_branch(branch->worker, branch->link.next);
}

/* Sessions of all its branches. Its own thread, or who holds the server's lock. */
uint64_t brink_worker_sessions(const struct brink_worker *worker);

/* Its listeners look again whether they may accept. Its own thread. */
void brink_worker_resume(struct brink_worker *worker);

/* A session has gone that came by a listener with that gate. Its own thread. */
void brink_worker_session_gone(struct brink_worker *worker, struct brink_gate *gate);

/* Turns the loop until the worker has stopped, for a thread of its own (brink_worker_start's) or,
 * in tests, the caller's. */
void brink_worker_run(struct brink_worker *worker);

/* Starts the threads, with all signals blocked in them. On failure none runs. */
BRINK_MUST_CHECK brink_result brink_worker_start(struct brink_worker *worker);

/* Any thread: accepts those who wait, and then no more, and ends when its sessions have left by
 * these options (but for their timeout) or at `by_ms`. A later call can only bring that forward,
 * and make it harsher. */
void brink_worker_drain(struct brink_worker *worker, const struct brink_drain_options *options,
                        uint64_t by_ms);

/* The same with the options that there are by default. */
void brink_worker_stop(struct brink_worker *worker, uint64_t by_ms);

/* One of its branches is new: if the worker stops, that one does, too. Its own thread. */
void brink_worker_stop_branch(struct brink_branch *branch);

/* stop.c, for worker.c: what it needs. */
void brink_worker_stop_init(struct brink_worker *worker);

/* Waits until the threads have ended. */
void brink_worker_join(struct brink_worker *worker);

/* The threads must have ended, or never have been started. */
void brink_worker_destroy(struct brink_worker *worker);

/* Any thread, one at a time. True if it has answered the call before (or has ended), and is asked
 * anew; server/answer.c. */
bool brink_worker_answers(struct brink_worker *worker);

/* What it does then. */
void brink_worker_answer(struct brink_loop *loop, struct brink_post *post);

#endif
