#include "app/admin/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/clock.h"

enum { FIRST_ROOM = 16 };

/* Makes room for one more; false if there is no memory for it. */
static bool grow(struct brink_admin_snapshot *snapshot)
{
    size_t room = snapshot->server_room > 0 ? 2 * snapshot->server_room : FIRST_ROOM;
    if (snapshot->server_count < snapshot->server_room)
        return true;
    struct brink_admin_server *servers = realloc(snapshot->servers, room * sizeof *servers);
    if (servers == NULL)
        return false;
    snapshot->servers = servers;
    snapshot->server_room = room;
    return true;
}

struct visit {
    struct brink_admin_snapshot *snapshot;
    size_t upstream;
    bool failed;
};

static void add_server(void *context, const struct brink_upstream_server_stats *stats)
{
    struct visit *visit = context;
    struct brink_admin_snapshot *snapshot = visit->snapshot;
    if (visit->failed || !grow(snapshot)) {
        visit->failed = true;
        return;
    }
    struct brink_admin_server *server = &snapshot->servers[snapshot->server_count++];
    server->stats = *stats;
    server->stats.name = NULL;
    server->stats.address = NULL;
    server->upstream = visit->upstream;
    (void)snprintf(server->name, sizeof server->name, "%s", stats->name);
    (void)snprintf(server->address, sizeof server->address, "%s", stats->address);
}

static bool take_upstreams(struct brink_admin_snapshot *snapshot)
{
    struct visit visit = {.snapshot = snapshot};
    const struct brink_server *server = snapshot->server;
    while (snapshot->upstream_count < BRINK_UPSTREAMS_MAX && !visit.failed &&
           brink_server_upstream_stats(server, snapshot->upstream_count,
                                       &snapshot->upstreams[snapshot->upstream_count])) {
        (void)brink_server_upstream_figures(server, snapshot->upstream_count,
                                            &snapshot->upstream_figures[snapshot->upstream_count]);
        visit.upstream = snapshot->upstream_count++;
        brink_server_each_upstream_server(server, visit.upstream, add_server, &visit);
    }
    return !visit.failed;
}

static void take_listeners(struct brink_admin_snapshot *snapshot)
{
    size_t count = 0;
    while (count < BRINK_LISTENERS_MAX &&
           brink_server_listener_stats(snapshot->server, count, &snapshot->listeners[count])) {
        (void)brink_server_listener_figures(snapshot->server, count,
                                            &snapshot->listener_figures[count]);
        count++;
    }
    snapshot->listener_count = count;
}

static void take_worker(struct brink_admin_snapshot *snapshot, uint32_t index)
{
    struct brink_server_pool_figures pools[BRINK_POOLS_MAX];
    brink_server_worker_stats(snapshot->server, index, &snapshot->workers[index]);
    (void)brink_server_worker_figures(snapshot->server, index, &snapshot->worker_figures[index]);
    size_t count = brink_server_pool_figures(snapshot->server, index, pools);
    for (size_t i = 0; i < count; i++)
        snapshot->pools[snapshot->pool_count++] =
            (struct brink_admin_pool){.figures = pools[i], .worker = index};
    snapshot->worker_count = index + 1;
}

struct brink_admin_snapshot *brink_admin_snapshot_take(const struct brink_server *server,
                                                       uint64_t started_ns)
{
    struct brink_admin_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL)
        return NULL;
    snapshot->server = server;
    snapshot->taken_ns = brink_clock_now_ns();
    snapshot->started_ns = started_ns;
    brink_server_stats(server, &snapshot->totals);
    take_listeners(snapshot);
    for (uint32_t i = 0; i < snapshot->totals.workers && i < BRINK_ADMIN_WORKERS; i++)
        take_worker(snapshot, i);
    if (!take_upstreams(snapshot)) {
        brink_admin_snapshot_free(snapshot);
        return NULL;
    }
    return snapshot;
}

void brink_admin_snapshot_free(struct brink_admin_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    free(snapshot->servers);
    free(snapshot);
}
