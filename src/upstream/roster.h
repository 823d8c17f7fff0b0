/* upstream/roster.h - what a group's lists say together: its servers, in order, and the tables that
 * follow from them.
 *
 * A roster is made anew when a list changes, while the one before is in use, and takes its place;
 * but for the candidates' turns and connections it does not change. */
#ifndef BRINK_UPSTREAM_ROSTER_H
#define BRINK_UPSTREAM_ROSTER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/arena.h"
#include "upstream/pick.h"
#include "upstream/target.h"

/* A group's memory: an arena that all threads share. */
struct brink_group_memory {
    pthread_mutex_t lock;
    struct brink_arena arena;
};

BRINK_MUST_CHECK void *brink_group_take(struct brink_group_memory *memory, size_t size);
void brink_group_give(struct brink_group_memory *memory, void *block, size_t size); /* or NULL */

/* The tiers from this on share one table: which of its servers can be used, the pick says. */
enum { BRINK_ROSTER_TABLES = 8 };

struct brink_roster_entry {
    struct brink_target *target;
    uint32_t weight;
    uint32_t max_connections;
    uint32_t tier;
    uint32_t table; /* its tier's */
};

/* One source's list, each server once. */
struct brink_list {
    struct brink_roster_entry *members;
    size_t count;
    size_t room;
};

struct brink_roster {
    struct brink_roster_entry *members;
    struct brink_candidate *candidates; /* one for each member */
    struct brink_maglev *tables;        /* or NULL */
    size_t count;
    size_t room;
    size_t table_count;
};

/* Members for up to `room`; none at all is fine. Fails with ENOMEM. */
BRINK_MUST_CHECK brink_result brink_list_open(struct brink_group_memory *memory,
                                              struct brink_list *list, size_t room);
void brink_list_close(struct brink_group_memory *memory, struct brink_list *list);

/* The roster of lists, the first list's word counting for each server; all that are listed get
 * `round` as their `listed`. Fails with ENOMEM or, where there are more than
 * BRINK_UPSTREAM_SERVERS_MAX, with ENOSPC; nothing is held then. */
BRINK_MUST_CHECK brink_result brink_roster_open(struct brink_group_memory *memory,
                                                struct brink_roster *roster,
                                                const struct brink_list *lists, size_t list_count,
                                                uint64_t round);

/* Builds its tables. Fails with ENOMEM; it is without tables then. */
BRINK_MUST_CHECK brink_result brink_roster_tabulate(struct brink_group_memory *memory,
                                                    struct brink_roster *roster);

/* Whether the tables of one are right for the other. */
bool brink_roster_same_tables(const struct brink_roster *a, const struct brink_roster *b);

void brink_roster_close(struct brink_group_memory *memory, struct brink_roster *roster);

#endif
