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
        visit.upstream = snapshot->upstream_count++;
        brink_server_each_upstream_server(server, visit.upstream, add_server, &visit);
    }
    return !visit.failed;
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
    while (snapshot->listener_count < BRINK_LISTENERS_MAX &&
           brink_server_listener_stats(server, snapshot->listener_count,
                                       &snapshot->listeners[snapshot->listener_count]))
        snapshot->listener_count++;
    for (uint32_t i = 0; i < snapshot->totals.workers && i < BRINK_ADMIN_WORKERS; i++)
        brink_server_worker_stats(server, i, &snapshot->workers[snapshot->worker_count++]);
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
