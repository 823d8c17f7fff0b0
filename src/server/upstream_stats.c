#include "server/server.h"

/* Ejections that are over by now are ended first, so that no figure is of an earlier time. Under
 * the server's lock. */
static struct brink_group *group_now(const struct brink_server *server, size_t index,
                                     uint64_t *now_ms)
{
    if (index >= server->groups.count)
        return NULL;
    *now_ms = server->sys->ops->now_ms(server->sys->context);
    (void)brink_group_advance(server->groups.all[index], *now_ms);
    return server->groups.all[index];
}

bool brink_server_upstream_stats(const struct brink_server *server, size_t index,
                                 struct brink_server_upstream_stats *stats)
{
    uint64_t now_ms;
    struct brink_group_figures figures;
    *stats = (struct brink_server_upstream_stats){0};
    brink_server_lock(server);
    struct brink_group *group = group_now(server, index, &now_ms);
    const char *name = group != NULL ? server->group_names[index] : NULL;
    if (group != NULL)
        brink_group_figures(group, &figures);
    brink_server_unlock(server);
    if (group == NULL)
        return false;
    *stats = (struct brink_server_upstream_stats){
        .name = name,
        .servers = figures.servers,
        .usable = figures.usable,
        .connections = figures.connections,
        .queued = figures.queued,
        .connect_failures = figures.connect_failures,
        .ejections = figures.ejections,
    };
    return true;
}

const char *brink_upstream_server_state_name(enum brink_upstream_server_state state)
{
    static const char *const names[BRINK_UPSTREAM_SERVER_STATES] = {
        [BRINK_UPSTREAM_SERVER_UP] = "up",
        [BRINK_UPSTREAM_SERVER_DOWN] = "down",
        [BRINK_UPSTREAM_SERVER_EJECTED] = "ejected",
        [BRINK_UPSTREAM_SERVER_DRAINED] = "drained",
    };
    return (unsigned)state < BRINK_UPSTREAM_SERVER_STATES ? names[state] : "unknown";
}

/* One that is GONE is not visited, unless it went since: no connection goes there then. */
static enum brink_upstream_server_state state_of(enum brink_target_state state)
{
    switch (state) {
    case BRINK_TARGET_UP:
        return BRINK_UPSTREAM_SERVER_UP;
    case BRINK_TARGET_EJECTED:
        return BRINK_UPSTREAM_SERVER_EJECTED;
    case BRINK_TARGET_DOWN:
    case BRINK_TARGET_GONE:
        break;
    }
    return BRINK_UPSTREAM_SERVER_DOWN;
}

struct visit {
    void (*visit)(void *context, const struct brink_upstream_server_stats *stats);
    void *context;
    uint64_t now_ms;
};

static void visit_target(void *context, const struct brink_target *target,
                         const struct brink_target_figures *figures)
{
    const struct visit *visit = context;
    struct brink_upstream_server_stats stats = {
        .name = target->name,
        .address = target->text,
        .state = figures->drained ? BRINK_UPSTREAM_SERVER_DRAINED : state_of(figures->state),
        /* it may have changed since the clock was read */
        .state_ms = figures->since_ms < visit->now_ms ? visit->now_ms - figures->since_ms : 0,
        .weight = figures->weight,
        .max_connections = figures->max_connections,
        .tier = figures->tier,
        .connections = figures->connections,
        .total_connections = figures->total_connections,
        .connect_failures = figures->connect_failures,
        .unanswered = figures->unanswered,
        .resets = figures->resets,
        .ejections = figures->ejections,
        .frames = {figures->frames[0], figures->frames[1]},
        .bytes = {figures->bytes[0], figures->bytes[1]},
        .replies = figures->replies,
        .reply_us = figures->reply_us,
    };
    visit->visit(visit->context, &stats);
}

void brink_server_each_upstream_server(
    const struct brink_server *server, size_t index,
    void (*visit)(void *context, const struct brink_upstream_server_stats *stats), void *context)
{
    struct visit all = {.visit = visit, .context = context};
    brink_server_lock(server); /* the group stays while it is visited */
    struct brink_group *group = group_now(server, index, &all.now_ms);
    if (group != NULL)
        brink_group_each(group, visit_target, &all);
    brink_server_unlock(server);
}
