/* upstream/group_inner.h - what a group is made of; for the files of group.h, and tests.
 *
 * Four locks, taken in this order; only `changing` is held across log lines and callbacks:
 *
 *   changing   one update at a time: lists, rounds, which roster there is (to write it, `lock` too)
 *   lock       everything else of servers; held for as long as it takes to look at each of them
 *   watching   the watchers; held while they are notified
 *   memory     the arena
 *
 * What is to be told of a change (log line, watchers) is written down as brink_news under `lock`,
 * and told once that is given back. */
#ifndef BRINK_UPSTREAM_GROUP_INNER_H
#define BRINK_UPSTREAM_GROUP_INNER_H

#include <pthread.h>

#include "upstream/group_change.h"

/* Options that the group has, or had: who reads them takes no lock, so they stay. The same ones
 * again are this copy again. */
struct brink_group_copy {
    struct brink_group_copy *next;
    size_t size; /* of the texts */
    struct brink_upstream_options options;
    char texts[]; /* that they point at */
};

struct brink_group {
    struct brink_group_memory memory;
    _Atomic(const struct brink_upstream_options *) options; /* of a copy; written under `lock` */
    struct brink_group_copy *copies;
    struct brink_log log;
    uint64_t seed;

    pthread_mutex_t changing;
    struct brink_list lists[BRINK_GROUP_SOURCES];
    uint64_t round; /* of updates, from 1 */

    pthread_mutex_t lock;
    struct brink_roster roster;
    _Atomic(uint64_t) version;
    _Atomic(uint64_t) return_ms; /* when the first ejection is over; UINT64_MAX: none is */
    uint32_t ejected;            /* of the roster */
    uint32_t connections;
    uint32_t queued;
    uint64_t connect_failures;
    uint64_t ejections;

    pthread_mutex_t watching;
    struct brink_link watchers;
};

/* A server's new state, to be told. Holds a reference to it. */
struct brink_news {
    struct brink_target *target; /* NULL: nothing is new */
    enum brink_target_state state;
    uint64_t ms;   /* for EJECTED */
    char why[192]; /* printable, without quotes */
};

/* With memory from an arena that becomes the group's; on failure it stays the caller's. */
BRINK_MUST_CHECK brink_result brink_group_open_on(struct brink_group **group,
                                                  struct brink_arena arena,
                                                  const struct brink_upstream_options *options,
                                                  const struct brink_log *log, uint64_t seed);

/* group_options.c: frees the copies. */
void brink_group_free_options(struct brink_group *group);

/* group_update.c: the member with that address, of which `hash` is brink_maglev_hash; or NULL.
 * Under `changing` or `lock`. */
struct brink_target *brink_roster_entry_find(const struct brink_roster_entry *members, size_t count,
                                             uint64_t hash, const char *text);
/* A server that is UP, with one reference; `name` NULL: its address. NULL without memory. */
struct brink_target *brink_target_new(struct brink_group *group,
                                      const struct brink_address *address, const char *name,
                                      uint64_t now_ms);

/* group_health.c. Under `lock`; fills in the news. */
void brink_group_set_state(struct brink_group *group, struct brink_target *target,
                           enum brink_target_state state, uint64_t now_ms, struct brink_news *news);
void brink_group_find_return(struct brink_group *group); /* sets return_ms */
/* Without it: writes the log line, notifies, lets go of the target. */
void brink_group_tell(struct brink_group *group, struct brink_news *news);
/* Ends the ejections that are over. Without it. */
void brink_group_settle(struct brink_group *group, uint64_t now_ms);
/* Ends those that are more than max_percent, the oldest first. Without it. */
void brink_group_end_surplus(struct brink_group *group, uint64_t now_ms);

/* share.c: adds what workers have counted (under `lock`); gives the target's memory back. */
void brink_target_figures_add(const struct brink_target *target,
                              struct brink_target_figures *figures);
void brink_target_give(struct brink_group_memory *memory, struct brink_target *target);

/* group_watch.c: all watchers, or those that wait. Without `lock`. */
void brink_group_notify(struct brink_group *group, bool all);

/* Whether the invariants of target.h hold, and the sums are right; for tests. */
bool brink_group_check(struct brink_group *group);

static inline enum brink_target_state brink_target_state_of(const struct brink_target *target)
{
    return (enum brink_target_state)atomic_load_explicit(&target->state, memory_order_relaxed);
}

static inline bool brink_member_usable(const struct brink_roster_entry *member)
{
    return member->weight > 0 && !brink_target_is_drained(member->target) &&
           brink_target_state_of(member->target) == BRINK_TARGET_UP;
}

#endif
