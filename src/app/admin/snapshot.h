/* app/admin/snapshot.h - all figures of a server, taken at once, for who writes them as text.
 *
 * Taken by any thread, at any time before brink_server_free. */
#ifndef BRINK_APP_ADMIN_SNAPSHOT_H
#define BRINK_APP_ADMIN_SNAPSHOT_H

#include "app/admin/program.h"
#include "brink/figures.h"
#include "brink/server.h"

enum { BRINK_ADMIN_WORKERS = 64, BRINK_ADMIN_NAME_MAX = 128 };

/* A server of an upstream. Its own copies of name and address: those of `stats` are NULL. */
struct brink_admin_server {
    struct brink_upstream_server_stats stats;
    size_t upstream; /* index of its upstream */
    char name[BRINK_ADMIN_NAME_MAX];
    char address[BRINK_ADMIN_NAME_MAX];
};

struct brink_admin_pool {
    struct brink_server_pool_figures figures;
    size_t worker;
};

/* Invariant: the servers of an upstream stand together, in the order of the upstreams, and so do
 * the pools of a worker. */
struct brink_admin_snapshot {
    const struct brink_server *server;
    const struct brink_admin_program *program; /* NULL, as it is taken: nothing is told of it */
    uint64_t taken_ns;                         /* of the monotonic clock */
    uint64_t started_ns;                       /* of the wall clock: since 1970 */
    struct brink_server_stats totals;
    struct brink_server_listener_stats listeners[BRINK_LISTENERS_MAX];
    struct brink_server_listener_figures listener_figures[BRINK_LISTENERS_MAX];
    size_t listener_count;
    struct brink_server_upstream_stats upstreams[BRINK_UPSTREAMS_MAX];
    struct brink_server_upstream_figures upstream_figures[BRINK_UPSTREAMS_MAX];
    size_t upstream_count;
    struct brink_admin_server *servers;
    size_t server_count;
    size_t server_room;
    struct brink_server_worker_stats workers[BRINK_ADMIN_WORKERS];
    struct brink_server_worker_figures worker_figures[BRINK_ADMIN_WORKERS];
    size_t worker_count;
    struct brink_admin_pool pools[BRINK_ADMIN_WORKERS * BRINK_POOLS_MAX];
    size_t pool_count;
};

/* NULL if there is no memory for it. The caller ends it with brink_admin_snapshot_free. */
struct brink_admin_snapshot *brink_admin_snapshot_take(const struct brink_server *server,
                                                       uint64_t started_ns);

/* NULL is allowed. */
void brink_admin_snapshot_free(struct brink_admin_snapshot *snapshot);

#endif
