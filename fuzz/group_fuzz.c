/* Targets: brink_group_open_on, _update, _lease, _release, _note, _checked, _hold, _drop, _advance,
 * _enter_queue, _leave_queue, _figures, _each, _close (src/upstream/group*.c, roster.c, eject.c,
 * pick.c, maglev.c).
 *
 * The input is a tape: options first, then operations on a group of up to ten servers from two
 * lists. A plain model knows who is listed, who is down by checks, and who holds what; after each
 * operation the group must agree, and each lease must go to one that could have it. */
#include <errno.h>

#include "fuzz_input.h"
#include "support/counting_source.h"
#include "upstream/group_inner.h"

enum { SERVERS = 10, LISTS = 2, LEASES = 64, OPERATIONS = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
    bool listed;
    uint32_t weight, max_connections, tier;
};

struct server {
    struct said said[LISTS];
    struct brink_target *target; /* NULL: not listed */
    enum brink_target_state state;
    uint32_t connections;
    bool down;
    uint32_t passed, failed; /* checks in a row */
    uint32_t bad;            /* outcomes since the last good one */
};

struct lease {
    struct brink_target *target;
    struct server *server; /* NULL: gone */
};

struct world {
    struct input input;
    struct counting_source memory;
    struct brink_upstream_options options;
    struct brink_group *group;
    struct server servers[SERVERS];
    struct lease leases[LEASES];
    size_t lease_count;
    struct brink_target *held; /* one, across operations */
    uint32_t queued;
    uint32_t listed;
    uint64_t now_ms;
};

static struct brink_address address_of(size_t server)
{
    struct brink_address address = {.kind = BRINK_ADDRESS_SOCKET, .length = sizeof address.sock.v4};
    address.sock.v4.sin_family = AF_INET;
    address.sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sock.v4.sin_port = htons((uint16_t)(server + 1));
    return address;
}

static struct server *server_of(struct world *world, const struct brink_target *target)
{
    return &world->servers[ntohs(target->address.sock.v4.sin_port) - 1];
}

/* What counts for it; NULL: nobody lists it. */
static const struct said *said_of(const struct server *server)
{
    for (size_t i = 0; i < LISTS; i++) {
        if (server->said[i].listed)
            return &server->said[i];
    }
    return NULL;
}

static bool usable(const struct server *server)
{
    const struct said *said = said_of(server);
    return said != NULL && said->weight > 0 && server->state == BRINK_TARGET_UP;
}

/* Looks at each server of the group, and compares it with the model. */
static void look_at(void *context, const struct brink_target *target,
                    const struct brink_target_figures *figures)
{
    struct world *world = context;
    struct server *server = server_of(world, target);
    const struct said *said = said_of(server);
    FUZZ_ASSERT(said != NULL && figures->weight == said->weight && figures->tier == said->tier);
    FUZZ_ASSERT(figures->max_connections == said->max_connections);
    FUZZ_ASSERT(figures->connections == server->connections);
    FUZZ_ASSERT(figures->state != BRINK_TARGET_GONE);
    FUZZ_ASSERT((figures->state == BRINK_TARGET_DOWN) == server->down);
    if (figures->state == BRINK_TARGET_EJECTED)
        FUZZ_ASSERT(server->bad > 0);
    server->state = figures->state;
    world->listed++;
}

static void compare(struct world *world)
{
    struct brink_group_figures figures;
    uint32_t ejected = 0, is_usable = 0, wanted = 0;
    FUZZ_ASSERT(brink_group_check(world->group));
    world->listed = 0;
    brink_group_each(world->group, look_at, world);
    for (size_t i = 0; i < SERVERS; i++) {
        const struct server *server = &world->servers[i];
        wanted += said_of(server) != NULL;
        is_usable += usable(server);
        ejected += said_of(server) != NULL && server->state == BRINK_TARGET_EJECTED;
    }
    brink_group_figures(world->group, &figures);
    FUZZ_ASSERT(world->listed == wanted && figures.servers == wanted);
    FUZZ_ASSERT(figures.usable == is_usable);
    FUZZ_ASSERT(figures.connections == world->lease_count);
    FUZZ_ASSERT(figures.queued == world->queued);
    FUZZ_ASSERT(ejected * 100 <= wanted * world->options.eject.max_percent);
}

static bool in(const struct brink_pick *pick, const struct server *server)
{
    for (size_t i = 0; i < pick->tried_count; i++) {
        if (pick->tried[i] == server->target)
            return true;
    }
    return false;
}

/* Whether it could be the one, if it has room. */
static bool could_be(const struct world *world, const struct brink_pick *pick,
                     const struct server *server)
{
    enum brink_target_state wanted = BRINK_TARGET_EJECTED;
    const struct said *said = said_of(server);
    for (size_t i = 0; i < SERVERS; i++) {
        if (usable(&world->servers[i]))
            wanted = BRINK_TARGET_UP;
    }
    return said != NULL && said->weight > 0 && server->state == wanted && !in(pick, server);
}

static void check_lease(const struct world *world, const struct brink_pick *pick, int err,
                        const struct server *picked)
{
    uint64_t tier = UINT64_MAX;
    size_t rooms = 0;
    for (size_t i = 0; i < SERVERS; i++) {
        const struct server *server = &world->servers[i];
        if (could_be(world, pick, server) && said_of(server)->tier < tier)
            tier = said_of(server)->tier;
    }
    for (size_t i = 0; i < SERVERS; i++) {
        const struct server *server = &world->servers[i];
        if (!could_be(world, pick, server) || said_of(server)->tier != tier)
            continue;
        uint32_t most = said_of(server)->max_connections;
        bool room = most == 0 || server->connections < most;
        rooms += room;
        FUZZ_ASSERT(room || server != picked);
    }
    if (err == 0)
        FUZZ_ASSERT(could_be(world, pick, picked) && said_of(picked)->tier == tier);
    else
        FUZZ_ASSERT(rooms == 0 && err == (tier == UINT64_MAX ? EHOSTUNREACH : EAGAIN));
}

static void lease(struct world *world)
{
    struct brink_target *tried[SERVERS];
    struct brink_pick pick = {.now_ms = world->now_ms,
                              .source = input_number(&world->input, 2),
                              .random = input_number(&world->input, 8),
                              .tried = tried};
    uint64_t mask = input_number(&world->input, 2);
    if (world->lease_count == LEASES)
        return;
    for (size_t i = 0; i < SERVERS; i++) {
        if ((mask >> i & 1) && (mask >> 12 & 1) && world->servers[i].target != NULL)
            tried[pick.tried_count++] = world->servers[i].target;
    }
    struct lease *made = &world->leases[world->lease_count];
    (void)brink_group_advance(world->group, world->now_ms);
    compare(world); /* learns who came back */
    int err = brink_group_lease(world->group, &pick, &made->target).err;
    made->server = err == 0 ? server_of(world, made->target) : NULL;
    check_lease(world, &pick, err, made->server);
    if (err != 0)
        return;
    FUZZ_ASSERT(made->target == made->server->target);
    made->server->connections++;
    world->lease_count++;
}

static void release(struct world *world)
{
    size_t which = input_byte(&world->input);
    if (world->lease_count == 0)
        return;
    struct lease *ended = &world->leases[which % world->lease_count];
    if (ended->server != NULL)
        ended->server->connections--;
    brink_group_release(world->group, ended->target);
    *ended = world->leases[--world->lease_count];
}

static void note(struct world *world)
{
    uint8_t byte = input_byte(&world->input);
    if (world->lease_count == 0)
        return;
    struct lease *of = &world->leases[(byte >> 3) % world->lease_count];
    enum brink_outcome outcome = (enum brink_outcome)(byte % 5);
    if (of->server != NULL && outcome == BRINK_OUTCOME_ANSWERED)
        of->server->bad = 0;
    else if (of->server != NULL && outcome != BRINK_OUTCOME_CONNECTED)
        of->server->bad++;
    brink_group_note(world->group, of->target, outcome, world->now_ms);
}

static void check(struct world *world)
{
    uint8_t byte = input_byte(&world->input);
    struct server *server = &world->servers[(byte >> 1) % SERVERS];
    bool passed = byte & 1;
    if (server->target == NULL)
        return;
    server->passed = passed ? server->passed + 1 : 0;
    server->failed = passed ? 0 : server->failed + 1;
    if (server->passed >= world->options.health.rise)
        server->down = false;
    if (server->failed >= world->options.health.fall)
        server->down = true;
    brink_group_checked(world->group, server->target, passed, NULL, world->now_ms);
}

/* Who is in no list now is forgotten; who is in one for the first time gets its target. */
static void adopt(struct world *world)
{
    struct brink_target *held[SERVERS];
    for (size_t i = 0; i < SERVERS; i++) {
        struct server *server = &world->servers[i];
        if (said_of(server) != NULL)
            continue;
        for (size_t k = 0; k < world->lease_count; k++) {
            if (world->leases[k].server == server)
                world->leases[k].server = NULL;
        }
        *server = (struct server){0};
    }
    size_t count = brink_group_hold(world->group, held, SERVERS);
    for (size_t i = 0; i < count; i++) {
        struct server *server = server_of(world, held[i]);
        FUZZ_ASSERT(server->target == NULL || server->target == held[i]);
        server->target = held[i];
        brink_group_drop(world->group, held[i]);
    }
    for (size_t k = 0; k < world->lease_count; k++) {
        bool gone = atomic_load(&world->leases[k].target->state) == BRINK_TARGET_GONE;
        FUZZ_ASSERT(gone == (world->leases[k].server == NULL));
    }
}

static void update(struct world *world)
{
    struct brink_target_entry entries[SERVERS];
    struct said said[SERVERS] = {{0}};
    uint8_t byte = input_byte(&world->input);
    size_t count = byte >> 4 > SERVERS ? SERVERS : byte >> 4;
    size_t source = byte % LISTS;
    for (size_t i = 0; i < count; i++) {
        uint8_t who = input_byte(&world->input), what = input_byte(&world->input);
        size_t server = who % SERVERS;
        struct said says = {true, what % 5, what / 5 % 4, what / 20 % 13};
        entries[i] = (struct brink_target_entry){.address = address_of(server),
                                                 .weight = says.weight,
                                                 .max_connections = says.max_connections,
                                                 .tier = says.tier};
        if (!said[server].listed)
            said[server] = says;
    }
    if (byte & 2)
        world->memory.fail_at = world->memory.calls + 1 + (byte >> 2 & 3);
    int err = brink_group_update(world->group, (unsigned)source, entries, count, world->now_ms).err;
    world->memory.fail_at = 0;
    FUZZ_ASSERT(err == 0 || (err == ENOMEM && (byte & 2)));
    for (size_t i = 0; i < SERVERS && err == 0; i++)
        world->servers[i].said[source] = said[i];
    adopt(world);
}

static void pass_time(struct world *world)
{
    world->now_ms += input_number(&world->input, 2);
    FUZZ_ASSERT(brink_group_advance(world->group, world->now_ms) > world->now_ms);
}

static void queue(struct world *world)
{
    if (input_byte(&world->input) & 1) {
        bool entered = brink_group_enter_queue(world->group);
        FUZZ_ASSERT(entered == (world->queued < world->options.queue_max));
        world->queued += entered;
    } else if (world->queued > 0) {
        brink_group_leave_queue(world->group);
        world->queued--;
    }
}

static void hold(struct world *world)
{
    if (world->held != NULL) {
        (void)server_of(world, world->held); /* still there to be read */
        brink_group_drop(world->group, world->held);
        world->held = NULL;
    } else if (brink_group_hold(world->group, &world->held, 1) == 0) {
        world->held = NULL;
    }
}

static void open_world(struct world *world)
{
    struct brink_arena arena;
    struct brink_log quiet = {0};
    uint8_t byte = input_byte(&world->input);
    brink_upstream_options_init(&world->options);
    world->options.balance = (enum brink_balance)(byte & 3);
    world->options.slow_start_ms = byte & 4 ? 20000 : 0;
    world->options.eject.resets = byte >> 3 & 3;
    world->options.eject.reply_ms = byte & 32;
    world->options.eject.connect_failures = 2;
    world->options.eject.max_percent = byte & 64 ? 100 : 50;
    world->options.queue_max = 3;
    world->now_ms = 1000;
    counting_open(&arena, &world->memory);
    FUZZ_ASSERT(!brink_failed(
        brink_group_open_on(&world->group, arena, &world->options, &quiet, byte >> 7)));
}

static void close_world(struct world *world)
{
    while (world->lease_count > 0)
        release(world);
    while (world->queued > 0) {
        brink_group_leave_queue(world->group);
        world->queued--;
    }
    if (world->held != NULL)
        hold(world);
    compare(world);
    brink_group_close(world->group);
    FUZZ_ASSERT(world->memory.blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const operations[])(struct world *) = {lease, lease,  release,   note,  note,
                                                         check, update, pass_time, queue, hold};
    struct world world = {.input = {data, size}};
    open_world(&world);
    for (int i = 0; i < OPERATIONS && world.input.size > 0; i++) {
        size_t operation = input_byte(&world.input) % (sizeof operations / sizeof operations[0]);
        operations[operation](&world);
        compare(&world);
    }
    close_world(&world);
    return 0;
}
