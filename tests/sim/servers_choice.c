/* Whom brink could choose, by what its group shows of the servers. */
#include "sim/world.h"

enum { THREADS_SLACK_US = 60000 };

static bool is_steady(const struct sim_world *world, const struct sim_server *server)
{
    if (world->threads.count > 0)
        return world->kernel.now_us - server->changed_us > THREADS_SLACK_US;
    return !server->changed;
}

static bool is_usable(const struct sim_server *server)
{
    return server->now.listed && server->now.weight > 0 && server->now.state == BRINK_TARGET_UP;
}

static enum brink_target_state wanted(const struct sim_world *world, bool *sure)
{
    enum brink_target_state state = BRINK_TARGET_EJECTED;
    *sure = true;
    for (unsigned i = 0; i < world->servers.count; i++) {
        if (is_usable(&world->servers.all[i]))
            state = BRINK_TARGET_UP;
        *sure &= is_steady(world, &world->servers.all[i]);
    }
    return state;
}

static bool has_room(const struct sim_server *server, bool steady)
{
    const struct sim_sight *now = &server->now;
    return now->max_connections == 0 ||
           (now->connections < now->max_connections &&
            (!steady || (!server->taken && server->before.connections < now->max_connections)));
}

/* Of the first tier that has anyone, anyone, or one with room. */
static unsigned find(const struct sim_world *world, uint32_t tried, bool steady, bool room)
{
    bool sure;
    enum brink_target_state state = wanted(world, &sure);
    uint32_t tier = UINT32_MAX;
    unsigned found = SIM_SERVERS;
    if (steady && !sure && (state == BRINK_TARGET_EJECTED || room))
        return SIM_SERVERS;
    for (unsigned i = 0; i < world->servers.count; i++) {
        const struct sim_server *server = &world->servers.all[i];
        if (!server->now.listed || server->now.weight == 0 || server->now.state != state ||
            (tried & UINT32_C(1) << i) || server->now.tier > tier)
            continue;
        if (server->now.tier < tier)
            found = SIM_SERVERS;
        tier = server->now.tier;
        if ((!steady || is_steady(world, server)) && (!room || has_room(server, steady)))
            found = i;
    }
    return found;
}

unsigned sim_servers_free(const struct sim_world *world, uint32_t tried, bool steady)
{
    return find(world, tried, steady, true);
}

unsigned sim_servers_any(const struct sim_world *world, uint32_t tried, bool steady)
{
    return find(world, tried, steady, false);
}
