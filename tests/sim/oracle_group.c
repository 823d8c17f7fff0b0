/* What must hold of those who look for a server, wait for one, or are to leave theirs. */
#include <inttypes.h>
#include <string.h>

#include "relay/waiting.h"
#include "sim/group_view.h"
#include "sim/oracle.h"

enum { TICK_MS = 1, LOOK_MS = 11, SLACK_MS = 60, PAUSED_MS = 20 };

static bool looks(const struct brink_session *session)
{
    return session->state == BRINK_SESSION_CONNECTING;
}

/* It waits for a place: it looks, has no server, and no connection is left to be reclaimed. */
static bool waits(struct brink_session *session)
{
    return looks(session) && brink_pair_of(session)->dialing != NULL &&
           brink_pair_of(session)->target == NULL &&
           !brink_stream_is_open(&brink_session_leg(session, 1)->stream) && session->legs_open == 1;
}

static struct sim_peer *client_of(struct sim_world *world, struct brink_session *session)
{
    const struct sim_socket *socket = sim_socket_of(world, &brink_session_leg(session, 0)->stream);
    return socket == NULL ? NULL : socket->owner;
}

/* --- each try --- */

static unsigned connections_of(const struct sim_world *world, unsigned server)
{
    unsigned count = 0;
    for (unsigned i = 0; i < world->kernel.conn_count; i++) {
        const struct sim_conn *conn = world->kernel.conns[i];
        count += conn->server == (int)server && conn->end[0].fd >= 0;
    }
    return count;
}

/* None that is down, or has no weight, or is full. */
void sim_oracle_connect(struct sim_world *world, unsigned index)
{
    struct sim_kernel *kernel = &world->kernel;
    const struct sim_server *server = &world->servers.all[index];
    sim_servers_look(world);
    bool up = false;
    for (unsigned i = 0; i < world->servers.count; i++) {
        const struct sim_sight *sight = &world->servers.all[i].now;
        up |= sight->listed && sight->state == BRINK_TARGET_UP && sight->weight > 0;
    }
    bool sure = world->threads.count == 0 && !kernel->local; /* one that was leased is redialled */
    bool may =
        server->now.state == BRINK_TARGET_UP || (server->now.state == BRINK_TARGET_EJECTED && !up);
    if (sure && (!server->now.listed || !may || server->now.weight == 0))
        sim_fail(kernel, "server %u is connected to, and its state is %d, its weight %u", index,
                 (int)server->now.state, (unsigned)server->now.weight);
    world->servers.all[index].taken = true;
    unsigned before = connections_of(world, index);
    if (!server->loose && server->now.max_connections != 0 && before >= server->now.max_connections)
        sim_fail(kernel, "server %u gets connection %u, and %u are allowed", index, before + 1,
                 (unsigned)server->now.max_connections);
}

static const struct sim_conn *conn_of(struct sim_world *world, struct brink_session *session)
{
    const struct sim_socket *socket = sim_socket_of(world, &brink_session_leg(session, 1)->stream);
    return socket == NULL ? NULL : socket->conn;
}

/* Nobody of the same worker's who came before waits for a place there. */
struct turn_of {
    const struct sim_peer *client;
    unsigned server;
};
static struct turn_of whose; /* of the check that is under way */

static void check_before(struct sim_world *world, struct brink_worker *worker,
                         struct brink_stream *stream)
{
    (void)worker;
    struct brink_session *session = brink_session_of(stream);
    if (stream->second || !waits(session))
        return;
    const struct sim_peer *other = client_of(world, session);
    if (other == NULL || !other->dial.waits || other->dial.tried != 0 ||
        other->dial.waits_turn >= whose.client->dial.came_turn)
        return;
    const struct sim_server *server = &world->servers.all[whose.server];
    unsigned any = sim_servers_any(world, other->dial.tried, true);
    if (server->changed || any == SIM_SERVERS ||
        (other->dial.tried & UINT32_C(1) << whose.server) ||
        world->servers.all[any].now.tier != server->now.tier)
        return;
    sim_fail(&world->kernel, "client %u is served by server %u before client %u, which waits",
             whose.client->id, whose.server, other->id);
}

static void got_server(struct sim_world *world, struct brink_worker *worker,
                       struct sim_peer *client, const struct brink_target *target)
{
    client->dial.target = target;
    client->dial.waits = false; /* who has been refused may have other servers than who waits */
    if (world->threads.count > 0 || client->dial.tried != 0 || world->kernel.local)
        return;
    whose = (struct turn_of){client, sim_servers_find(world, target->text)};
    sim_for_each_leg(world, worker, check_before);
}

static void begin_to_wait(struct sim_world *world, struct sim_peer *client, uint64_t turn)
{
    client->dial.target = NULL;
    if (client->dial.waits)
        return;
    client->dial.waits = true;
    client->dial.waits_ms = sim_now_ms(&world->kernel);
    client->dial.waits_turn = turn;
}

/* After a turn, of one leg of each: how far it has come. */
void sim_oracle_dial(struct sim_world *world, struct brink_worker *worker,
                     struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    struct sim_peer *client = client_of(world, session);
    if (stream->second || client == NULL || world->servers.group == NULL)
        return;
    uint64_t turn = world->seats[worker - world->workers].turn;
    const struct sim_conn *conn = conn_of(world, session);
    const struct brink_target *target = brink_pair_of(session)->target;
    if (!client->dial.began) {
        client->dial.began = true;
        client->dial.came_turn = turn;
    }
    if (looks(session) && conn != NULL)
        client->dial.conn = conn;
    const struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (waits(session) && dialing->tried_count == 0)
        client->dial.tried = client->dial.tries = 0; /* it has had a server since, for a moment */
    if (looks(session) && waits(session))
        begin_to_wait(world, client, turn);
    else if (target != NULL && target != client->dial.target)
        got_server(world, worker, client, target);
    if (session->state == BRINK_SESSION_OPEN)
        client->dial = (struct sim_dial){.target = target};
}

static bool is_first_try(const struct sim_peer *client)
{
    struct brink_session *session = brink_session_of(client->stream);
    return session->state == BRINK_SESSION_CONNECTING &&
           brink_pair_of(session)->dialing->tried_count == 0;
}

void sim_oracle_connect_failed(struct sim_world *world, struct sim_peer *client, const char *line)
{
    struct sim_kernel *kernel = &world->kernel;
    struct sim_dial *dial = &client->dial;
    const char *text = strstr(line, " upstream=");
    unsigned server = text == NULL ? SIM_SERVERS : sim_servers_find(world, text + 10);
    if (server == SIM_SERVERS)
        sim_fail(kernel, "a server failed that never was: %s", line);
    const struct sim_conn *conn = dial->conn;
    if (client->stream != NULL && is_first_try(client)) { /* it had another server before */
        dial->tried = 0;
        dial->tries = 0;
    }
    bool anew = conn != NULL && conn->server == (int)server &&
                conn->generation != world->servers.all[server].generation;
    if (dial->tried & UINT32_C(1) << server)
        sim_fail(kernel, "server %u is tried twice for client %u", server, client->id);
    if (!anew) /* else it is not the one any more that was tried */
        dial->tried |= UINT32_C(1) << server;
    dial->waits = false;
    dial->target = NULL;
    dial->late = strstr(line, "error=\"Connection timed out\"") != NULL;
    if (++dial->tries > world->servers.options.tries)
        sim_fail(kernel, "%u servers are tried for client %u", dial->tries, client->id);
    uint64_t now_ms = sim_now_ms(kernel) + (world->threads.count > 0 ? SLACK_MS : 0);
    bool own =
        dial->late && conn != NULL && conn->server == (int)server && conn->connect_error <= 0;
    if (own && now_ms <= conn->began_ms + world->connect_ms)
        sim_fail(kernel, "client %u is %" PRIu64 " ms at server %u, and given up", client->id,
                 now_ms - conn->began_ms, server);
    dial->conn = NULL;
}

/* --- how looking ends --- */

void sim_oracle_queued(struct sim_world *world)
{
    uint32_t queued = sim_group_queued(world->servers.group);
    if (queued > world->servers.queued_peak)
        world->servers.queued_peak = queued;
}

/* What is looked at when it begins to close. */
void sim_oracle_dial_ends(struct sim_world *world, struct sim_peer *client)
{
    struct sim_servers *servers = &world->servers;
    if (servers->group == NULL)
        return;
    sim_servers_look(world);
    sim_oracle_queued(world);
    client->dial.left = sim_servers_any(world, client->dial.tried, true);
    client->dial.room = sim_servers_free(world, client->dial.tried, true);
    sim_trace(&world->kernel, "client %u ends: tried %x (%u), left %u, room %u, of %u waited %u",
              client->id, (unsigned)client->dial.tried, client->dial.tries, client->dial.left,
              client->dial.room, (unsigned)servers->options.queue_max,
              (unsigned)servers->queued_peak);
    /* A place that is there may be another's, who has waited for longer. */
    client->dial.queue_full = servers->queued_peak >= servers->options.queue_max &&
                              (client->dial.room == SIM_SERVERS || servers->queued_peak > 0);
}

/* It has tried what it could. */
bool sim_oracle_has_tried(const struct sim_world *world, const struct sim_peer *client)
{
    const struct sim_dial *dial = &client->dial;
    if (world->kernel.local)
        return true; /* nobody tells whose tries they were */
    return dial->tries == world->servers.options.tries || dial->left == SIM_SERVERS;
}

bool sim_oracle_waited(const struct sim_world *world, const struct sim_peer *client)
{
    const struct sim_dial *dial = &client->dial;
    uint64_t slack_ms = world->threads.count > 0 ? SLACK_MS : 0;
    uint32_t queue_ms = world->servers.options.queue_ms;
    return queue_ms != 0 && dial->waits &&
           client->closing_ms + slack_ms > dial->waits_ms + queue_ms;
}

/* --- time --- */

void sim_oracle_dial_time(struct sim_world *world, struct brink_session *session)
{
    struct sim_kernel *kernel = &world->kernel;
    const struct sim_conn *conn = conn_of(world, session);
    const struct sim_peer *client = client_of(world, session);
    uint64_t now_ms = sim_now_ms(kernel);
    uint32_t queue_ms = world->servers.options.queue_ms;
    if (conn != NULL && world->connect_ms != 0 &&
        now_ms > conn->began_ms + world->connect_ms + TICK_MS)
        sim_fail(kernel, "connecting takes %" PRIu64 " ms, and %u are allowed",
                 now_ms - conn->began_ms, (unsigned)world->connect_ms);
    bool woken = waits(session) && brink_pair_of(session)->dialing->again_ms == 0;
    if (client != NULL && client->dial.waits && waits(session) && !woken && queue_ms != 0 &&
        !kernel->local && now_ms > client->dial.waits_ms + queue_ms + TICK_MS)
        sim_fail(kernel, "client %u waits for a server for %" PRIu64 " ms, and %u are allowed",
                 client->id, now_ms - client->dial.waits_ms, (unsigned)queue_ms);
}

/* --- who sleeps --- */

static void check_waiter(struct sim_world *world, struct brink_worker *worker,
                         struct brink_session *session)
{
    const struct sim_peer *client = client_of(world, session);
    const struct sim_seat *seat = &world->seats[worker - world->workers];
    if (client == NULL || (world->kernel.local && world->servers.failures > 0))
        return;
    unsigned free = sim_servers_free(world, client->dial.tried, false);
    if (free != SIM_SERVERS)
        sim_fail(&world->kernel, "lost wakeup: client %u waits, and server %u has room", client->id,
                 free);
    if (sim_servers_any(world, client->dial.tried, false) == SIM_SERVERS)
        sim_fail(&world->kernel, "lost wakeup: client %u waits, and no server is left", client->id);
    uint64_t back_ms = sim_group_return_ms(world->servers.group);
    uint64_t delay_us = world->kernel.now_us - seat->turned_us;
    uint64_t slack_ms = TICK_MS + (world->threads.count > 0 ? PAUSED_MS : 0);
    if (back_ms != UINT64_MAX && seat->wake_us > (back_ms + slack_ms) * 1000 + delay_us)
        sim_fail(&world->kernel,
                 "lost wakeup: client %u waits, and a server comes back at %" PRIu64, client->id,
                 back_ms);
}

/* Whose server is down is on its way away from it. */
static void check_leaver(struct sim_world *world, struct brink_session *session)
{
    const struct brink_target *target = brink_pair_of(session)->target;
    if (session->state != BRINK_SESSION_OPEN || target == NULL ||
        world->servers.options.when_down == BRINK_WHEN_DOWN_KEEP)
        return;
    uint8_t state = atomic_load(&target->state);
    bool lost = state == BRINK_TARGET_DOWN || state == BRINK_TARGET_GONE;
    if (lost && session->leaving == BRINK_LEAVING_NOT)
        sim_fail(&world->kernel, "lost wakeup: a session stays at %s, which is down", target->text);
}

static void check_sleeper(struct sim_world *world, struct brink_worker *worker,
                          struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    if (stream->second)
        return;
    if (waits(session))
        check_waiter(world, worker, session);
    check_leaver(world, session);
}

void sim_oracle_group_sleep(struct sim_world *world, struct brink_worker *worker)
{
    if (world->servers.group == NULL)
        return;
    sim_servers_look(world);
    sim_for_each_leg(world, worker, check_sleeper);
}

/* --- another server for a client --- */

/* Nothing was under way: each request was passed on and answered, each answer was delivered. */
void sim_oracle_rehomed(struct sim_world *world, struct sim_peer *client, struct sim_peer *next)
{
    struct sim_kernel *kernel = &world->kernel;
    struct sim_peer *last = client->partner;
    const struct sim_socket *to_client = client->socket->peer;
    const struct sim_socket *to_last = last->socket->peer;
    size_t asked = client->socket->taken;
    if (!world->servers.options.rehome)
        sim_fail(kernel, "connection %u is coupled anew", client->id);
    sim_framing_take(&client->framing, client->layout, client->socket->bytes, asked);
    sim_framing_take(&last->framing, last->layout, last->socket->bytes, last->socket->taken);
    if (client->framing.at != asked || last->framing.at != last->socket->taken)
        sim_fail(kernel, "client %u gets another server within a frame", client->id);
    if (to_last->written + (size_t)last->shift != asked ||
        to_client->written + (size_t)client->shift != last->socket->taken)
        sim_fail(kernel, "client %u gets another server before all is delivered", client->id);
    if (client->framing.frames != last->frames_before + last->framing.frames)
        sim_fail(kernel,
                 "client %u gets another server, and %" PRIu64 " of %" PRIu64
                 " requests are answered",
                 client->id, last->frames_before + last->framing.frames, client->framing.frames);
    last->stream = NULL;
    next->shift = (ptrdiff_t)asked;
    next->bytes_before = last->bytes_before + last->socket->taken;
    next->frames_before = last->frames_before + last->framing.frames;
    client->shift = -(ptrdiff_t)to_client->written;
    next->stands = true; /* it is as quiet as its client was */
    next->socket->peer->active_ms = to_client->active_ms;
    world->servers.rehomed++;
}

/* --- leases --- */

static uint32_t leased;

static void count_leased(struct sim_world *world, struct brink_worker *worker,
                         struct brink_stream *stream)
{
    (void)world;
    (void)worker;
    struct brink_session *session = brink_session_of(stream);
    bool first = !stream->second || !brink_stream_is_open(&brink_session_leg(session, 0)->stream);
    leased += first && brink_pair_of(session)->target != NULL;
}

/* As many as sessions that have a server. */
void sim_oracle_leases(struct sim_world *world)
{
    struct brink_group *group = world->servers.group;
    if (group == NULL)
        return;
    if (!sim_group_check(group))
        sim_fail(&world->kernel, "brink_group_check fails");
    leased = 0;
    for (unsigned i = 0; i < world->worker_count; i++)
        sim_for_each_leg(world, &world->workers[i], count_leased);
    uint32_t counted = sim_group_connections(group);
    if (leased != counted)
        sim_fail(&world->kernel, "%u servers are leased, and %u sessions have one",
                 (unsigned)counted, (unsigned)leased);
}

void sim_oracle_group_end(struct sim_world *world)
{
    struct brink_group *group = world->servers.group;
    if (group == NULL)
        return;
    sim_oracle_leases(world);
    if (!sim_group_rests(group))
        sim_fail(&world->kernel, "a server is still referred to at the end");
    if (sim_group_queued(group) != 0)
        sim_fail(&world->kernel, "%u places in the queue are still taken",
                 (unsigned)sim_group_queued(group));
}
