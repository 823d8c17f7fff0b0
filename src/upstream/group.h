/* upstream/group.h - the servers of one upstream: who they are, how they are, whose turn it is.
 *
 * A group is shared by all workers and by whoever finds out about servers (checks, names, files).
 * One mutex guards it; it is taken when a connection is opened or closed and when something is
 * learnt of a server, never for a frame, and never held across a system call or a callback. All
 * functions: any thread, unless said otherwise. Time is an argument.
 *
 *   UP --checks fail--> DOWN --checks pass--> UP (slowly, with slow_start_ms)
 *   UP --clients see it fail--> EJECTED --its time is over--> UP
 *   any --not in its source's list any more--> GONE, freed with its last lease
 *
 * A server is usable while it is UP, not drained, and its weight is not 0. Checks that fail make
 * one DOWN that is EJECTED; when they pass again it is UP. An ejection ends at the first call below
 * that is told a time at which it is over: brink_group_advance is one that does nothing else. */
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
#include "upstream/target.h"

struct brink_group;

/* What a source (the configuration, a name, a file) says of one server. */
struct brink_target_entry {
    struct brink_address address;
    const char *name; /* NULL: its address. What it was added with stays */
    uint32_t weight;  /* 0 to BRINK_WEIGHT_MAX: 0 gets no new connections */
    uint32_t max_connections;
    uint32_t tier; /* 0 first; the next only while no server of those before is usable (backup,
                      SRV priority) */
};

/* Who wants to hear of a group's changes: a worker's service. `notify` is called by any thread,
 * without the lock; it may not call the group back, and posts to its own thread. Who waits for a
 * place sets `waits` first and leases then: what gets free in between is told. */
struct brink_group_watcher {
    struct brink_link link;
    void (*notify)(struct brink_group_watcher *watcher);
    atomic_bool waits; /* for a place: told once one may be free, and then this is false. Each
                          other notification sets it false, too: whoever waits leases again */
};

/* What is asked for. */
struct brink_pick {
    uint64_t now_ms;
    uint64_t source;                   /* hash of the client's address, for BRINK_BALANCE_SOURCE */
    uint64_t random;                   /* a number that nobody can foresee */
    struct brink_target *const *tried; /* not these, unless NULL; leased or held */
    size_t tried_count;
};

enum { BRINK_GROUP_SOURCES = 8 }; /* lists that a group is made of: [0] the configuration's */

/* Makes a group without servers. The options are copied, strings too, and the log. `seed` decides
 * where turns begin, so that many instances do not all begin with the same server; with 0 the first
 * listed is first. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_group_open(struct brink_group **group,
                                               const struct brink_upstream_options *options,
                                               const struct brink_log *log, uint64_t seed);

/* No lease, hold or watcher may be left. NULL is allowed. */
void brink_group_close(struct brink_group *group);

/* The group's own copy, without `servers`. It stays valid, and as it is, until the group is closed,
 * also when the group gets others. */
const struct brink_upstream_options *brink_group_options(const struct brink_group *group);

/* Options that the group may get (upstream/group_change.h): its own copy of them, which stays as
 * long as the group. The same options twice are one copy. Fails with ENOMEM. One thread at a time.
 */
BRINK_MUST_CHECK brink_result brink_group_keep_options(struct brink_group *group,
                                                       const struct brink_upstream_options *from,
                                                       const struct brink_upstream_options **kept);

/* Whether two say the same; texts may be NULL. Pure. */
bool brink_health_options_same(const struct brink_health_options *one,
                               const struct brink_health_options *other);
bool brink_text_same(const char *one, const char *other);

/* Replaces what `source` has said of the group before. Servers with the same address are the same
 * server: their connections and health stay, weight and limits change; those that are in no list
 * any more are GONE. A server in several lists is the first's. A new one is UP until checks or
 * clients find otherwise. Who comes and goes is logged. Fails with ENOMEM or, beyond
 * BRINK_UPSTREAM_SERVERS_MAX, ENOSPC; the group is as before then. */
BRINK_MUST_CHECK brink_result brink_group_update(struct brink_group *group, unsigned source,
                                                 const struct brink_target_entry *entries,
                                                 size_t count, uint64_t now_ms);

/* Chooses a server for a connection and counts that; the caller ends the lease. It is one of the
 * first tier that has a usable server which was not tried. Fails with EAGAIN when all of those are
 * at their max_connections, and with EHOSTUNREACH when there is none: all down, ejected, tried, of
 * weight 0, or no servers at all. When no server is usable, but some are only EJECTED, those are
 * used all the same. */
BRINK_MUST_CHECK brink_result brink_group_lease(struct brink_group *group,
                                                const struct brink_pick *pick,
                                                struct brink_target **target);

/* Counts a connection that there is already, to the server of that address; the caller ends the
 * lease. Whatever limits it has, and however it is: the connection is there. If the group has no
 * such server, it is taken for one that is GONE, by that name. Fails with ENOMEM. */
BRINK_MUST_CHECK brink_result brink_group_lease_address(struct brink_group *group,
                                                        const struct brink_address *address,
                                                        const char *name, uint64_t now_ms,
                                                        struct brink_target **target);

/* The connection is closed: `target` may be gone when this returns. Who waits for a place is told.
 */
void brink_group_release(struct brink_group *group, struct brink_target *target);

/* The same, but `target` is held then: the caller drops it. */
void brink_group_end_lease(struct brink_group *group, struct brink_target *target);

/* For a lease's holder. May eject the server, or end that. Never more than max_percent of the
 * servers that are not GONE, rounded down, are ejected at a time (50 of one server: none); when
 * servers go, those that are over it are UP again. */
void brink_group_note(struct brink_group *group, struct brink_target *target,
                      enum brink_outcome outcome, uint64_t now_ms);

/* The result of one check. `why`: for the log, when it failed; may be NULL. A server that comes up
 * by this starts without failures of before. */
void brink_group_checked(struct brink_group *group, struct brink_target *target, bool passed,
                         const char *why, uint64_t now_ms);

/* Holds up to `room` of the servers that are not GONE, for who checks them; returns how many there
 * are. */
size_t brink_group_hold(struct brink_group *group, struct brink_target **targets, size_t room);
void brink_group_drop(struct brink_group *group, struct brink_target *target);

/* Ends ejections that are over, and returns when the next one is: UINT64_MAX if there is none. To
 * be called by then by who waits, or wants figures of this time. */
uint64_t brink_group_advance(struct brink_group *group, uint64_t now_ms);

/* What an operator wants of a server: holds the one of that name, or address; NULL: there is none.
 */
BRINK_MUST_CHECK struct brink_target *brink_group_find(struct brink_group *group, const char *name);

/* One more hold of a server that is held. */
void brink_group_hold_one(struct brink_group *group, struct brink_target *target);

/* From now on it gets no new connections, or it does again. That is logged, and all are notified
 * (who is connected to it is the caller's affair). Nothing if that is so already. */
void brink_group_set_drained(struct brink_group *group, struct brink_target *target, bool drained);

/* Its weight, whatever its source says, until that says something else than now. Fails with ENOMEM;
 * it is as before then. */
BRINK_MUST_CHECK brink_result brink_group_set_weight(struct brink_group *group,
                                                     struct brink_target *target, uint32_t weight,
                                                     uint64_t now_ms);

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

/* For a lease's holder: where `worker` (any address that tells it from others; its thread's) counts
 * what goes to and from that server. Valid until the lease ends. NULL: there is no memory. */
struct brink_share *brink_group_share(struct brink_group *group, struct brink_target *target,
                                      const void *worker);

/* Figures, of all servers together; see brink_group_each for each. */
struct brink_group_figures {
    uint32_t servers; /* not GONE */
    uint32_t usable;
    uint32_t connections; /* to servers that are GONE, too */
    uint32_t queued;
    uint64_t connect_failures;
    uint64_t ejections;
};
void brink_group_figures(struct brink_group *group, struct brink_group_figures *figures);

/* Figures of one server. What is counted begins when the server is added. */
struct brink_target_figures {
    enum brink_target_state state;
    uint64_t since_ms; /* when that began */
    bool drained;
    uint32_t weight;
    uint32_t max_connections;
    uint32_t tier;
    uint32_t connections;
    uint64_t total_connections;
    uint64_t connect_failures;
    uint64_t unanswered;
    uint64_t resets;
    uint64_t ejections;
    uint64_t frames[2]; /* received, by side, as the next */
    uint64_t bytes[2];
    uint64_t replies; /* whose time was measured: */
    uint64_t reply_us;
};

/* Calls `visit` for each server that is not GONE, in the order of the lists. It is called without
 * the lock, but updates wait meanwhile: it may not update the group, nor visit it. The target is
 * valid during the call. */
void brink_group_each(struct brink_group *group,
                      void (*visit)(void *context, const struct brink_target *target,
                                    const struct brink_target_figures *figures),
                      void *context);

#endif
