/* server/front.h - a server's listeners, as people know them by their names, over all editions of
 * their options.
 *
 * When a listener's options change it gets another edition. Clients that come are the new one's;
 * those that have come stay with theirs until they leave, and then it is freed. What spans them all
 * is the front's: places, sources and paces, and what has been counted.
 *
 * All functions: who changes the server (server.h); what readers see, under the lock. */
#ifndef BRINK_SERVER_FRONT_H
#define BRINK_SERVER_FRONT_H

#include "brink/figures.h"
#include "server/branch.h"
#include "server/names.h"
#include "server/services.h"

/* Readers look at `branches` once it is in its front's list. */
struct brink_edition {
    struct brink_link link; /* in front.editions, once it has been in force or been given up */
    struct brink_front *front;
    struct brink_service_options
        options; /* sources and paces are the front's once it is in force */
    struct brink_branch *branches[BRINK_WORKERS_MAX]; /* NULL: none, or not any more */
    struct brink_branch *leaving[BRINK_WORKERS_MAX]; /* that are counted already, and closed soon */
};

struct brink_front {
    struct brink_link link; /* in brink_server.fronts */
    const char *name;       /* these three are kept as long as the server */
    const char *service;
    const char *upstream;
    struct brink_gate gate;
    struct brink_sources *sources; /* NULL: no edition had need of them; likewise the next */
    struct brink_paces *paces;
    struct brink_link editions;              /* the oldest first */
    struct brink_edition *present;           /* NULL: it is not in the options (any more) */
    struct brink_server_listener_stats past; /* of editions and addresses that are gone */
    struct brink_server_listener_figures past_figures;
};

/* Without editions. NULL without memory. `name` is kept. */
BRINK_MUST_CHECK struct brink_front *brink_front_open(struct brink_arena *arena, const char *name);

/* It has no editions. */
void brink_front_free(struct brink_front *front, struct brink_arena *arena);

/* An edition that is not in force yet, with the options of service `index`, which it takes over.
 * NULL without memory. */
BRINK_MUST_CHECK struct brink_edition *brink_edition_open(struct brink_front *front,
                                                          struct brink_arena *arena,
                                                          struct brink_services *services,
                                                          size_t index);

/* Puts it into its front's list. */
void brink_edition_enter(struct brink_edition *edition);

/* From now on it is the present one. */
void brink_edition_enforce(struct brink_edition *edition, struct brink_arena *arena);

/* It has no branches. */
void brink_edition_free(struct brink_edition *edition, struct brink_arena *arena);

/* Adds what its branches have counted. */
void brink_service_count(const struct brink_service_stats *service,
                         struct brink_server_listener_stats *stats);
void brink_service_figures(const struct brink_service_stats *stats,
                           struct brink_server_listener_figures *figures);
void brink_upstream_figures(const struct brink_service_stats *stats,
                            struct brink_server_upstream_figures *figures);
void brink_edition_count(const struct brink_edition *edition,
                         struct brink_server_listener_stats *stats);
void brink_stats_add(struct brink_server_listener_stats *sum,
                     const struct brink_server_listener_stats *stats);

#endif
