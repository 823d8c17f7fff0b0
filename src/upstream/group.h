/* upstream/group.h - the servers of one upstream: who they are, how they are, whose turn it is.
 *
 * A group is shared by all workers and by whoever finds out about servers (checks, names, files).
 * One mutex guards it; it is taken when a connection is opened or closed and when something is
 * learnt of a server, never for a frame, and never held across a system call or a callback. All
 * functions: any thread, unless said otherwise. Time is an argument.
 *
 *   UP --checks fail--> DOWN --checks pass--> UP (slowly, with slow_start_ms)
 *   UP --clients see it fail--> EJECTED --its time is over--> UP
 *   any --not in its source's list any more--> GONE, freed with its last lease */
#ifndef BRINK_UPSTREAM_GROUP_H
#define BRINK_UPSTREAM_GROUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "brink/log.h"
#include "brink/upstream.h"
#include "mem/arena.h"
#include "net/address.h"

struct brink_group;

enum brink_target_state {
    BRINK_TARGET_UP = 0,
    BRINK_TARGET_DOWN,
    BRINK_TARGET_EJECTED,
    BRINK_TARGET_GONE
};

enum { BRINK_TARGET_NAME_MAX = 128 };

/* One server. Its address and name do not change. Valid while leased, or between brink_group_hold
 * and brink_group_drop. */
struct brink_target {
    struct brink_address address;
    char name[BRINK_TARGET_NAME_MAX];
    char text[BRINK_ADDRESS_TEXT_MAX]; /* the address */
    _Atomic(uint8_t) state;            /* enum brink_target_state; may be read by any thread */
    /* the rest is group.c's and its lock's: weights, counts, leases, failures, times */
};

/* What a source (the configuration, a name, a file) says of one server. */
struct brink_target_entry {
    struct brink_address address;
    const char *name; /* NULL: its address */
    uint32_t weight;  /* 0 to BRINK_WEIGHT_MAX: 0 gets no new connections */
    uint32_t max_connections;
    uint32_t tier; /* 0 first; the next only while no server of those before is usable (backup,
                      SRV priority) */
};

/* Who wants to hear of a group's changes: a worker's service. `notify` is called by any thread,
 * without the lock; it may not call the group back, and posts to its own thread. */
struct brink_group_watcher {
    struct brink_link link;
    void (*notify)(struct brink_group_watcher *watcher);
    atomic_bool waits; /* for a place: told once one is free, and then this is false */
};

/* What a client's session learnt of a server. */
enum brink_outcome {
    BRINK_OUTCOME_CONNECTED = 0,
    BRINK_OUTCOME_CONNECT_FAILED, /* or timed out */
    BRINK_OUTCOME_ANSWERED,       /* its first reply frame has come: what failed before is past */
    BRINK_OUTCOME_UNANSWERED,     /* eject.reply_ms went by after a request */
    BRINK_OUTCOME_RESET           /* it broke the connection */
};

/* What is asked for. */
struct brink_pick {
    uint64_t now_ms;
    uint64_t source;                   /* hash of the client's address, for BRINK_BALANCE_SOURCE */
    uint64_t random;                   /* a number that nobody can foresee */
    struct brink_target *const *tried; /* not these, unless NULL; leased or not */
    size_t tried_count;
};

enum { BRINK_GROUP_SOURCES = 8 }; /* lists that a group is made of: [0] the configuration's */

/* Makes a group without servers. The options are copied, strings too; `seed` is for chance. Fails
 * with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_group_open(struct brink_group **group,
                                               const struct brink_upstream_options *options,
                                               const struct brink_log *log, uint64_t seed);

/* No lease, hold or watcher may be left. NULL is allowed. */
void brink_group_close(struct brink_group *group);

/* The group's own copy, without `servers`. */
const struct brink_upstream_options *brink_group_options(const struct brink_group *group);

/* Replaces what `source` has said of the group before. Servers with the same address are the same
 * server: their connections and health stay, weight and limits change; those that are in no list
 * any more are GONE. A server in several lists is the first's. A new one is UP until checks or
 * clients find otherwise. What changed is logged. Fails with ENOMEM or, beyond
 * BRINK_UPSTREAM_SERVERS_MAX, ENOSPC; the group is as before then. */
BRINK_MUST_CHECK brink_result brink_group_update(struct brink_group *group, unsigned source,
                                                 const struct brink_target_entry *entries,
                                                 size_t count, uint64_t now_ms);

/* Chooses a server for a connection and counts that; the caller ends the lease. Fails with EAGAIN
 * when every server it could be is at its max_connections, and with EHOSTUNREACH when there is
 * none: all down, ejected, tried, or no servers at all. When no server is UP, but some are only
 * EJECTED, those are used all the same. */
BRINK_MUST_CHECK brink_result brink_group_lease(struct brink_group *group,
                                                const struct brink_pick *pick,
                                                struct brink_target **target);

/* The connection is closed: `target` may be gone when this returns. Who waits for a place is told.
 */
void brink_group_release(struct brink_group *group, struct brink_target *target);

/* For a lease's holder. May eject the server, or end that. */
void brink_group_note(struct brink_group *group, struct brink_target *target,
                      enum brink_outcome outcome, uint64_t now_ms);

/* The result of one check. `why`: for the log, when it failed; may be NULL. */
void brink_group_checked(struct brink_group *group, struct brink_target *target, bool passed,
                         const char *why, uint64_t now_ms);

/* Holds up to `room` of the servers that are not GONE, for who checks them; returns how many there
 * are. */
size_t brink_group_hold(struct brink_group *group, struct brink_target **targets, size_t room);
void brink_group_drop(struct brink_group *group, struct brink_target *target);

/* Goes up whenever servers come or go. */
uint64_t brink_group_version(const struct brink_group *group);

/* A place in the queue of those that wait while all servers are full. False if queue_max wait
 * already. Each that has a place gives it back. */
bool brink_group_enter_queue(struct brink_group *group);
void brink_group_leave_queue(struct brink_group *group);

/* From then on the watcher is notified when a server that was usable is not any more or is GONE,
 * when one becomes usable, and, if it waits, when a place gets free. After unwatch has returned it
 * is not called any more. */
void brink_group_watch(struct brink_group *group, struct brink_group_watcher *watcher);
void brink_group_unwatch(struct brink_group *group, struct brink_group_watcher *watcher);

/* Figures, of all servers together; see brink_group_each for each. */
struct brink_group_figures {
    uint32_t servers; /* not GONE */
    uint32_t usable;
    uint32_t connections;
    uint32_t queued;
    uint64_t connect_failures;
    uint64_t ejections;
};
void brink_group_figures(struct brink_group *group, struct brink_group_figures *figures);

#endif
