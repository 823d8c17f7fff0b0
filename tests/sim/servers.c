#include "sim/servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "relay/dialing.h"
#include "sim/group_view.h"
#include "sim/oracle.h"
#include "sim/world.h"

/* --- what is drawn --- */

static void text_of(const struct sim_world *world, unsigned i, char *text, size_t size)
{
    (void)snprintf(text, size, "%s%u", world->kernel.local ? "unix:@upstream" : "127.0.0.1:",
                   SIM_FIRST_SERVER_PORT + i);
}

unsigned sim_servers_find(const struct sim_world *world, const char *text)
{
    char own[32];
    for (unsigned i = 0; i < world->servers.count; i++) {
        text_of(world, i, own, sizeof own);
        size_t length = strlen(own);
        if (strncmp(text, own, length) == 0 && (text[length] == '\0' || text[length] == ' '))
            return i;
    }
    return SIM_SERVERS;
}

static void draw_server(struct sim_world *world, unsigned i)
{
    struct sim_tape *tape = world->tape;
    struct sim_server *server = &world->servers.all[i];
    struct brink_message why;
    char text[32];
    text_of(world, i, text, sizeof text);
    if (brink_failed(
            brink_address_parse(&server->entry.address, text, BRINK_ADDRESS_TO_CONNECT, &why)))
        sim_fail(&world->kernel, "the upstream's address: %s", why.text);
    server->entry.weight = 1 + sim_choose(tape, 3);
    server->listed = true;
    if (sim_choose(tape, 3) == 2)
        server->entry.max_connections = sim_between(tape, 1, 3);
    if (i > 0 && sim_choose(tape, 4) == 3)
        server->entry.tier = 1;
    if (sim_choose(tape, 5) == 4)
        server->mood = (enum sim_mood)sim_choose(tape, 4);
    server->moody = server->mood != SIM_SERVES;
}

static void draw_eject(struct sim_world *world, struct brink_eject_options *eject)
{
    struct sim_tape *tape = world->tape;
    eject->connect_failures = sim_choose(tape, 4);
    eject->resets = sim_choose(tape, 3);
    eject->reply_ms = sim_choose(tape, 3) == 2 ? sim_between(tape, 1, 2000) : 0;
    eject->base_ms = sim_between(tape, 1, UINT32_C(16) << sim_choose(tape, 8));
    eject->max_ms = 2 * eject->base_ms;
    eject->max_percent = sim_choose(tape, 2) ? 100 : 50;
}

/* Where the frames carry no state; see config/check.c. */
static bool may_rehome(const struct sim_world *world)
{
    return !brink_spec_raw(&world->options.spec) && !world->options.spec.pin &&
           world->options.spec.negotiate == 0;
}

void sim_servers_draw(struct sim_world *world)
{
    struct sim_tape *tape = world->tape;
    struct sim_servers *servers = &world->servers;
    struct brink_upstream_options *options = &servers->options;
    brink_upstream_options_init(options);
    options->name = "upstream";
    options->connect_ms = world->connect_ms;
    servers->count = 1;
    if (sim_choose(tape, 4) != 0) {
        servers->count = sim_between(tape, 1, SIM_SERVERS);
        options->balance = (enum brink_balance)sim_choose(tape, 4);
        options->tries = sim_between(tape, 1, 4);
        options->queue_max = sim_choose(tape, 4) == 3 ? sim_choose(tape, 4) : 1024;
        options->queue_ms = sim_choose(tape, 4) == 3
                                ? 0
                                : sim_between(tape, 1, UINT32_C(16) << sim_choose(tape, 9));
        options->when_down = (enum brink_when_down)sim_choose(tape, 3);
        options->rehome = sim_choose(tape, 2) && may_rehome(world);
        options->slow_start_ms = sim_choose(tape, 3) == 2 ? sim_between(tape, 1, 2000) : 0;
        options->health.rise = sim_between(tape, 1, 2);
        options->health.fall = sim_between(tape, 1, 2);
        draw_eject(world, &options->eject);
        for (unsigned i = 0; i < servers->count; i++)
            draw_server(world, i);
        return;
    }
    draw_server(world, 0);
    servers->all[0].entry.max_connections = 0;
    servers->all[0].mood = SIM_SERVES;
    servers->all[0].moody = false;
}

/* --- the group --- */

static void list_them(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    struct brink_target_entry entries[SIM_SERVERS];
    size_t count = 0;
    for (unsigned i = 0; i < servers->count; i++)
        if (servers->all[i].listed)
            entries[count++] = servers->all[i].entry;
    if (brink_failed(
            brink_group_update(servers->group, 0, entries, count, sim_now_ms(&world->kernel))))
        sim_fail(&world->kernel, "no memory for the group's servers");
}

void sim_servers_open(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    uint64_t seed = sim_choose(world->tape, 256);
    if (brink_failed(
            brink_group_open(&servers->group, &servers->options, &world->options.log, seed)))
        sim_fail(&world->kernel, "no memory for the group");
    world->options.group = servers->group;
    list_them(world);
    sim_servers_before_turn(world);
}

void sim_servers_close(struct sim_world *world)
{
    brink_group_close(world->servers.group);
    world->servers.group = NULL;
}

/* --- how they meet who connects --- */

static unsigned server_of(const struct sim_kernel *kernel, const struct sockaddr *address)
{
    if (kernel->local)
        return (unsigned)strtoul(((const struct sockaddr_un *)(const void *)address)->sun_path + 9,
                                 NULL, 10) -
               SIM_FIRST_SERVER_PORT;
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    return ntohs(in.sin_port) - (unsigned)SIM_FIRST_SERVER_PORT;
}

struct sim_welcome sim_servers_answer(struct sim_kernel *kernel, const struct sockaddr *address)
{
    struct sim_world *world = sim_world_of(kernel);
    struct sim_welcome welcome = {.server = server_of(kernel, address)};
    if (welcome.server >= world->servers.count)
        sim_fail(kernel, "connects to a server that never was");
    const struct sim_server *server = &world->servers.all[welcome.server];
    welcome.generation = server->generation;
    sim_oracle_connect(world, welcome.server);
    switch (server->mood) {
    case SIM_REFUSES:
        welcome.answer = SIM_ANSWER_REFUSES;
        break;
    case SIM_IS_SILENT:
        welcome.answer = SIM_ANSWER_NEVER;
        break;
    case SIM_IS_LATE:
        welcome.answers_us = kernel->now_us + 1000 * (uint64_t)sim_choose(kernel->tape, 6000);
        break;
    case SIM_SERVES:
        break;
    }
    return welcome;
}

/* --- what happens to them --- */

static void end_connection(struct sim_world *world, struct sim_peer *peer, bool reset)
{
    struct sim_socket *socket = peer->socket;
    if (peer->over || socket->closed || socket->connecting)
        return;
    socket->abortive = reset;
    peer->misbehaved = true;
    peer->over = true;
    sim_socket_close(&world->kernel, socket);
}

/* It falls over, perhaps with all its connections; or comes back. */
static void change_mood(struct sim_world *world, unsigned i)
{
    struct sim_tape *tape = world->tape;
    struct sim_server *server = &world->servers.all[i];
    server->mood = sim_choose(tape, 2) ? (enum sim_mood)sim_choose(tape, 4) : SIM_SERVES;
    server->moody |= server->mood != SIM_SERVES;
    sim_trace(&world->kernel, "server %u: mood %d", i, (int)server->mood);
    if (server->mood == SIM_SERVES || sim_choose(tape, 2))
        return;
    bool reset = sim_choose(tape, 2);
    for (unsigned p = 0; p < world->peer_count; p++)
        if (world->peers[p].upstream && world->peers[p].socket->conn->server == (int)i)
            end_connection(world, &world->peers[p], reset);
}

/* One or more checks of one of those that brink has. */
static void check_one(struct sim_world *world)
{
    struct brink_target *targets[SIM_SERVERS];
    struct brink_group *group = world->servers.group;
    size_t count = brink_group_hold(group, targets, SIM_SERVERS);
    unsigned which = count > 0 ? sim_choose(world->tape, (uint32_t)count) : 0;
    bool passed = sim_choose(world->tape, 2);
    for (uint32_t times = sim_between(world->tape, 1, 2); count > 0 && times > 0; times--)
        brink_group_checked(group, targets[which], passed, "unwell", sim_now_ms(&world->kernel));
    if (count > 0)
        sim_trace(&world->kernel, "a check of %s %s", targets[which]->text,
                  passed ? "passes" : "fails");
    for (size_t i = 0; i < count; i++)
        brink_group_drop(group, targets[i]);
}

static void forget_tried(struct sim_world *world, unsigned i)
{
    for (unsigned p = 0; p < world->peer_count; p++)
        world->peers[p].dial.tried &= ~(UINT32_C(1) << i);
}

static void update_one(struct sim_world *world, unsigned i)
{
    struct sim_tape *tape = world->tape;
    struct sim_server *server = &world->servers.all[i];
    uint32_t max;
    switch (sim_choose(tape, 4)) {
    case 0:
        server->entry.weight = sim_choose(tape, 4);
        break;
    case 1:
        max = sim_choose(tape, 2) ? sim_between(tape, 1, 3) : 0;
        server->loose |= max != 0;
        server->entry.max_connections = max;
        break;
    default:
        server->listed = !server->listed;
        server->loose |= server->listed;
        server->generation += server->listed;
        if (server->listed)
            forget_tried(world, i); /* it is another one now */
        break;
    }
    sim_trace(&world->kernel, "an update: server %u is %s, weight %u, at most %u", i,
              server->listed ? "listed" : "not listed", (unsigned)server->entry.weight,
              (unsigned)server->entry.max_connections);
    list_them(world);
}

void sim_servers_step(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    if (servers->group == NULL || servers->count == 0)
        return;
    unsigned i = sim_choose(world->tape, servers->count);
    switch (sim_choose(world->tape, 4)) {
    case 0:
        (void)brink_group_advance(servers->group, sim_now_ms(&world->kernel));
        break;
    case 1:
        change_mood(world, i);
        break;
    case 2:
        check_one(world);
        break;
    default:
        update_one(world, i);
        break;
    }
    sim_servers_look(world);
}

void sim_servers_recover(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    for (unsigned i = 0; i < servers->count; i++)
        servers->all[i].mood = SIM_SERVES;
}

/* --- how brink sees them --- */

static void see(void *context, const struct brink_target *target,
                const struct brink_target_figures *figures)
{
    struct sim_world *world = context;
    unsigned i = sim_servers_find(world, target->text);
    if (i == SIM_SERVERS)
        sim_fail(&world->kernel, "the group has %s, which never was listed", target->text);
    world->servers.all[i].now = (struct sim_sight){
        .listed = true,
        .state = figures->state,
        .weight = figures->weight,
        .max_connections = figures->max_connections,
        .tier = figures->tier,
        .connections = figures->connections,
    };
}

static bool differs(const struct sim_sight *a, const struct sim_sight *b)
{
    return a->listed != b->listed || a->state != b->state || a->weight != b->weight ||
           a->max_connections != b->max_connections || a->tier != b->tier;
}

void sim_servers_look(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    struct sim_sight before[SIM_SERVERS];
    if (servers->group == NULL)
        return;
    for (unsigned i = 0; i < servers->count; i++) {
        before[i] = servers->all[i].now;
        servers->all[i].now = (struct sim_sight){.state = BRINK_TARGET_GONE};
    }
    brink_group_each(servers->group, see, world);
    for (unsigned i = 0; i < servers->count; i++) {
        struct sim_server *server = &servers->all[i];
        server->was_down |=
            server->now.state == BRINK_TARGET_DOWN || server->now.state == BRINK_TARGET_GONE;
        if (!differs(&server->now, &before[i]))
            continue;
        server->changed = true;
        server->changed_us = world->kernel.now_us;
    }
}

void sim_servers_before_turn(struct sim_world *world)
{
    struct sim_servers *servers = &world->servers;
    sim_servers_look(world);
    for (unsigned i = 0; i < servers->count; i++) {
        servers->all[i].changed = false;
        servers->all[i].taken = false;
        servers->all[i].before = servers->all[i].now;
    }
    servers->queued_peak = sim_group_queued(servers->group);
}
