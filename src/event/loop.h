/* event/loop.h - the event loop: readiness, ready list, timers, posts, reclaim.
 *
 * The loop remembers for each source what its descriptor is ready for (`ready`) and what its owner
 * wants to be run for (`want`). A source whose ready and want meet stands on the ready list, and
 * is run once a turn until they no longer meet: its owner clears a ready bit when the kernel
 * said EAGAIN (or by a transfer that shows it), and in no other case. So no edge is ever lost:
 * what was not handled stays on the list.
 *
 *            event: ready |= bits                         run: EAGAIN, ready &= ~bit
 *   asleep ----------------------> on the ready list ------------------------------> asleep
 *     |  ^                          |        ^    |
 *     |  +--- want &= ~bit ---------+        +----+ budget spent: to the back, next turn
 *     +------ want |= bit (ready is remembered) --->
 *
 * A turn: poll (without waiting if the ready list is not empty), read the clock once, run what was
 * on the ready list when the turn began, fire timers, reclaim what was closed.
 *
 * A shared loop (brink_loop_share) is turned by several threads, of which one at a time runs, but
 * for system calls: see event/baton.h. In each call the others may change whatever they reach, so
 * sources are claimed: who has not claimed a source's group (itself, or all of a session's) makes
 * no system call for it, nor clears any of its bits. Events for a claimed group are kept in
 * `pending` and looked at when it is released, so that none is lost to a bit that is being cleared;
 * and what was closed is not reclaimed while claimed.
 *
 *   ready list --claim--> RUNNING --release--> asleep, or on the ready list again
 *       `--claimed by another--> HELD --that one's release--^ */
#ifndef BRINK_EVENT_LOOP_H
#define BRINK_EVENT_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/list.h"
#include "base/tally.h"
#include "event/poller.h"
#include "event/slots.h"
#include "mem/arena.h"
#include "mem/slab.h"
#include "time/wheel.h"

struct brink_loop;
struct brink_source;

struct brink_source_ops {
    /* There is something to do: (ready & want) is not 0. */
    void (*run)(struct brink_loop *loop, struct brink_source *source);
    /* The source was closed in this turn and no event can reach it any more: free it. Its group is
     * claimed: of one that lives on it is to be released. */
    void (*reclaim)(struct brink_loop *loop, struct brink_source *source);
    /* The source by which its group is claimed, whose memory stays as long as any of the group's.
     * NULL: it is a group of its own. */
    struct brink_source *(*head)(struct brink_source *source);
};

/* Which list a source's link is in. */
enum brink_place {
    BRINK_PLACE_NONE = 0,
    BRINK_PLACE_READY,    /* (ready & want) != 0: to be run */
    BRINK_PLACE_RUNNING,  /* in its run just now: settled when that returns */
    BRINK_PLACE_UNARMED,  /* the kernel refused to arm it: tried again each turn */
    BRINK_PLACE_HELD,     /* told or ready while its group was claimed: looked at on release */
    BRINK_PLACE_GRAVEYARD /* closed: to be reclaimed at the end of this turn */
};

enum brink_watch {
    BRINK_WATCH_EDGE = 0,
    BRINK_WATCH_ONESHOT_ARMED,
    BRINK_WATCH_ONESHOT_TOLD /* it has been told and is silent until armed */
};

/* Invariant: an open source that is not just being run is in the ready list exactly if
 * (ready & want) != 0; an open one-shot source that wants something it is not ready for is armed
 * or in the list of the unarmed. */
struct brink_source {
    const struct brink_source_ops *ops;
    struct brink_link link;
    int fd; /* -1: closed */
    uint32_t index;
    uint32_t generation;
    uint8_t ready; /* enum brink_ready, as remembered */
    uint8_t want;  /* READABLE, WRITABLE */
    enum brink_watch watch : 2;
    enum brink_place place : 3;
    unsigned pending : 3; /* enum brink_ready: told while the group was claimed */
    bool busy : 1;        /* of a group's head: it is claimed */
};

/* Work sent from another thread. The sender owns it until run is called, which takes it over. */
struct brink_post {
    struct brink_post *next;
    void (*run)(struct brink_loop *loop, struct brink_post *post);
};

enum { BRINK_LONG_TURN_MS = 10 };

struct brink_loop_stats {
    brink_counter turns;
    brink_counter events;
    brink_counter stale_events;    /* for a source that has gone: dropped */
    brink_counter arm_failures;    /* epoll_ctl refused to re-arm a source */
    brink_counter poll_failures;   /* epoll_wait failed other than by a signal */
    brink_counter long_turns;      /* of BRINK_LONG_TURN_MS or more: others waited for so long */
    brink_counter longest_turn_ms; /* of those that served or fired many, as the next */
    struct brink_time_tally turn_us;
    brink_counter ready;     /* sources that the turn before served: all that were ready */
    brink_counter ready_max; /* in any turn */
    brink_counter served;    /* in all turns */
    brink_counter timers_fired;
    brink_counter posts;
    brink_counter budget_hits; /* the owners': times that a source was to go on in the next turn */
};

struct brink_loop {
    const struct brink_sys *sys;
    struct brink_arena *arena;
    struct brink_poller poller;
    struct brink_wheel wheel;
    struct brink_slab_pool timers;
    uint64_t now_ms; /* read once a turn */
    uint64_t now_us; /* the same, for figures */
    struct brink_link ready;
    struct brink_link running; /* the part of the ready list that this turn serves */
    uint32_t served;           /* sources, in the turn before */
    struct brink_link graveyard;
    struct brink_link unarmed;
    struct brink_link held;
    bool shared;      /* several threads turn it */
    bool advancing;   /* one of them fires timers */
    bool woken;       /* one that waits has been called to help, and has not come yet */
    uint32_t waiting; /* how many wait for events */
    struct brink_slots slots;
    uint32_t next_generation;
    struct brink_source wakeup; /* the eventfd that posts signal */
    _Atomic(struct brink_post *) posts;
    struct brink_post sealed; /* stands in `posts` for: no more */
    struct brink_loop_stats stats;
};

/* On failure nothing is held. `sys` and `arena` must outlive the loop. */
BRINK_MUST_CHECK brink_result brink_loop_open(struct brink_loop *loop, const struct brink_sys *sys,
                                              struct brink_arena *arena);

/* From now on several threads turn the loop, each holding the baton that `sys` gives up in each
 * call. Before the first of them does. */
void brink_loop_share(struct brink_loop *loop);

/* Claims the group of a source: until it is released no other thread runs any of it, closes any of
 * it or reclaims it. False if another thread has claimed it (or this one: it is not counted). Of a
 * loop that is not shared, always true. A source that is not in the loop yet may be claimed. */
bool brink_loop_claim(struct brink_loop *loop, struct brink_source *source);

/* Ends a claim: what has been told meanwhile is looked at. */
void brink_loop_release(struct brink_loop *loop, struct brink_source *source);

/* Lets the other threads go on for a moment, for who waits for a claim. Whoever holds one may wait
 * only for a listener's. */
void brink_loop_yield(struct brink_loop *loop);

/* Waits for the claim of the source that stands at `index`, if it `is_one` of those that the caller
 * goes through the table for. NULL: it is not, or has gone. Not by who has claimed its group. */
struct brink_source *brink_loop_claim_at(struct brink_loop *loop, uint32_t index,
                                         bool (*is_one)(const struct brink_source *source));

/* Runs the posts that have come; from then on brink_loop_post fails. On the loop's thread. */
void brink_loop_seal(struct brink_loop *loop);

/* Gives everything back. All other sources must have been closed and reclaimed, all timers freed,
 * and no thread may still be in brink_loop_post. */
void brink_loop_close(struct brink_loop *loop);

/* One turn; waits for events up to `max_wait_ms` (-1: until there are some). Fails only when
 * the kernel would not wait for events. */
BRINK_MUST_CHECK brink_result brink_loop_turn(struct brink_loop *loop, int max_wait_ms);

/* Watches source->fd. ops, fd and want are the caller's to set; the rest is set here. On failure
 * (ENOMEM, ENOSPC, EPERM ...) the source is not watched and `fd` is still the caller's. */
BRINK_MUST_CHECK brink_result brink_loop_add(struct brink_loop *loop, struct brink_source *source,
                                             enum brink_arming arming);

/* Changes what the source wants to be run for; also to be called by an owner who has cleared a
 * ready bit outside of run. No system call under EDGE. */
void brink_loop_want(struct brink_loop *loop, struct brink_source *source, uint8_t want);

/* Changes the arming, with one system call; what is ready will be told anew. */
BRINK_MUST_CHECK brink_result brink_loop_rearm(struct brink_loop *loop, struct brink_source *source,
                                               enum brink_arming arming);

/* Closes the descriptor (at once) and the source: it is not run again, and is reclaimed at the end
 * of the turn. Harmless when closed already. */
void brink_loop_close_source(struct brink_loop *loop, struct brink_source *source);

/* As brink_loop_close_source, but the descriptor stays open, and is the caller's: it is not watched
 * any more. Returns it. For a source that is open. */
BRINK_MUST_CHECK int brink_loop_remove_source(struct brink_loop *loop, struct brink_source *source);

/* Any thread. Has post->run called on the loop's thread, and wakes the loop. Fails with EPIPE when
 * the loop is sealed: the post is still the caller's. */
BRINK_MUST_CHECK brink_result brink_loop_post(struct brink_loop *loop, struct brink_post *post);

/* The source that stands at index with that generation; NULL if it has gone. */
struct brink_source *brink_loop_find(const struct brink_loop *loop, uint32_t index,
                                     uint32_t generation);

/* True if the lists, bits and slots agree with the invariants above. Between turns, not from within
 * a run. */
bool brink_loop_check(const struct brink_loop *loop);

#endif
