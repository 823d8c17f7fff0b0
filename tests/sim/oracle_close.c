/* Every connection that ends has a reason that is true. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/oracle.h"

enum { FIRST_PORT = 1000, THREADS_SLACK_MS = 60 };

const struct sim_hooks sim_oracle_hooks = {
    .on_sent = sim_oracle_sent,
    .on_fin = sim_oracle_fin,
    .on_upstream = sim_world_upstream,
    .on_connect = sim_servers_answer,
    .on_sleep = sim_oracle_sleep,
    .on_call = sim_oracle_call,
};

static enum brink_reason reason_of(const char *line)
{
    const char *text = strstr(line, " reason=");
    for (int i = 1; text != NULL && i < BRINK_REASON_COUNT; i++) {
        const char *name = brink_reason_name((enum brink_reason)i);
        size_t length = strlen(name);
        if (strncmp(text + 8, name, length) == 0 && text[8 + length] == ' ')
            return (enum brink_reason)i;
    }
    return BRINK_REASON_NONE;
}

/* The client that the line is about; NULL if it cannot be told (unix sockets have no names). */
static struct sim_peer *client_of(struct sim_world *world, const char *line)
{
    const char *text = strstr(line, " peer=127.0.0.1:");
    if (text == NULL)
        return NULL;
    unsigned id = (unsigned)strtoul(text + 16, NULL, 10) - FIRST_PORT;
    for (unsigned i = 0; i < world->peer_count; i++)
        if (world->peers[i].id == id)
            return &world->peers[i];
    sim_fail(&world->kernel, "the log tells of a client that never was: %s", line);
}

/* The upstream's end of the client's session; NULL if it has none. */
static struct sim_peer *upstream_of(struct sim_peer *client)
{
    return client->partner == client ? NULL : client->partner;
}

static const struct sim_socket *program_end(const struct sim_peer *peer)
{
    return peer->socket->peer;
}

static bool broke(const struct sim_world *world, const struct sim_peer *peer)
{
    bool may = peer->misbehaved || world->kernel.faults.happened[SIM_BREAK] > 0 ||
               world->kernel.faults.happened[SIM_OPTION] > 0;
    return program_end(peer)->dead || (world->kernel.local && peer->socket->closed) || may;
}

/* Everything that had come from `from`, up to a boundary, was handed to the kernel for `to`. */
static bool delivered(const struct sim_world *world, struct sim_peer *from)
{
    const struct sim_peer *to = from->partner;
    const struct sim_socket *out = program_end(to);
    if (out->dead || out->abortive || broke(world, to) || to->sent_back == UINT64_MAX)
        return true; /* it could not be */
    if (sim_is_endpoint(world))
        return out->written == from->sent_back;
    return out->written + (size_t)to->shift == from->framing.at;
}

static void check_delivered(struct sim_world *world, struct sim_peer *from)
{
    if (from != NULL && from->partner != NULL && !delivered(world, from))
        sim_fail(&world->kernel, "of peer %u %zu bytes were to be passed on, and %zu were",
                 from->id, from->framing.at, program_end(from->partner)->written);
}

/* What comes later is discarded, and is no sign of life. */
void sim_oracle_closing(struct sim_world *world, struct sim_peer *client)
{
    const struct sim_peer *upstream = upstream_of(client);
    if (client->closing_ms != 0)
        return;
    uint64_t latest = program_end(client)->active_ms;
    if (upstream != NULL && program_end(upstream)->active_ms > latest)
        latest = program_end(upstream)->active_ms;
    client->closing_ms = sim_now_ms(&world->kernel);
    client->quiet_ms = client->closing_ms - latest;
    sim_trace(&world->kernel, "client %u closes after %d ms of quiet", client->id,
              (int)client->quiet_ms);
    sim_oracle_dial_ends(world, client);
}

static bool mid_frame(const struct sim_peer *peer)
{
    return peer != NULL && peer->stream != NULL &&
           (peer->framing.at < sim_came(peer) || peer->framing.bad);
}

/* By how much a time may seem to be kept too short. A thread has read the clock when its turn
 * began; it may come to a session, in the name of that time, when other threads have had theirs. */
static uint64_t slack_ms(const struct sim_world *world)
{
    return world->threads.count > 0 ? THREADS_SLACK_MS : 0;
}

static bool frame_is_late(const struct sim_world *world, const struct sim_peer *peer,
                          uint64_t by_ms)
{
    return peer != NULL && peer->frame_begun_ms != UINT64_MAX &&
           by_ms + slack_ms(world) >= peer->frame_begun_ms + world->options.frame_ms + 1;
}

static bool any_fault(const struct sim_world *world, enum sim_fault first, enum sim_fault last)
{
    for (int i = (int)first; i <= (int)last; i++)
        if (world->kernel.faults.happened[i] > 0)
            return true;
    return false;
}

/* It may have done so before the program saw that it was connected. */
static bool an_upstream_resets(const struct sim_world *world)
{
    for (unsigned i = 0; i < world->peer_count; i++)
        if (world->peers[i].upstream && world->peers[i].misbehaved)
            return true;
    return false;
}

static bool connects_too_long(const struct sim_world *world, const struct sim_peer *client)
{
    return client->closing_ms + slack_ms(world) >
               program_end(client)->accepted_ms + world->connect_ms &&
           (client->dial.late || world->kernel.local);
}

static bool a_server_is_moody(const struct sim_world *world)
{
    for (unsigned i = 0; i < world->servers.count; i++)
        if (world->servers.all[i].moody)
            return true;
    return false;
}

/* What is ours to blame ends it at once. */
static bool lacked(const struct sim_world *world)
{
    return any_fault(world, SIM_SOCKET, SIM_CONNECT_REFUSED) ||
           any_fault(world, SIM_EPOLL_ADD, SIM_EPOLL_MOD) ||
           any_fault(world, SIM_OPTION, SIM_OPTION) || world->kernel.fd_limit < SIM_FDS ||
           any_fault(world, SIM_ALLOCATION, SIM_ALLOCATION);
}

static bool went_down(const struct sim_world *world)
{
    for (unsigned i = 0; i < world->servers.count; i++)
        if (world->servers.all[i].was_down)
            return true;
    return false;
}

/* At a boundary, where that is to be waited for. */
static bool left_server(const struct sim_world *world, const struct sim_peer *client,
                        const struct sim_peer *upstream)
{
    enum brink_when_down when_down = world->servers.options.when_down;
    if (when_down == BRINK_WHEN_DOWN_KEEP || !went_down(world))
        return false;
    return when_down == BRINK_WHEN_DOWN_NOW || (!mid_frame(client) && !mid_frame(upstream));
}

/* Something may have kept the upstream from answering in time. */
static bool may_be_slow(const struct sim_world *world)
{
    return any_fault(world, SIM_CONNECT_REFUSED, SIM_CONNECT_NEVER) ||
           any_fault(world, SIM_EPOLL_ADD, SIM_EPOLL_MOD) ||
           any_fault(world, SIM_CLOCK_STALLS, SIM_CLOCK_STALLS) || world->threads.count > 0 ||
           a_server_is_moody(world) || world->connect_ms < 100;
}

/* Whose server goes down is looked at when that is told, before what has come meanwhile is read. */
static bool may_look_early(const struct sim_world *world)
{
    return world->servers.options.when_down == BRINK_WHEN_DOWN_BOUNDARY && went_down(world);
}

/* Who waits for the last replies waits at least so long for one that does not come. */
static bool may_be_drained(const struct sim_world *world, const struct sim_peer *client,
                           const struct sim_peer *upstream)
{
    uint64_t all_ms = world->stop_by_ms - world->stop_at_ms;
    uint64_t needed_ms = all_ms / 2 < world->drain.quiet_ms ? world->drain.quiet_ms : all_ms / 2;
    if (world->drain.policy != BRINK_DRAIN_POLICY_IDLE || upstream == NULL ||
        brink_spec_raw(&world->options.spec))
        return true;
    bool owed = client->framing.frames > upstream->frames_before + upstream->framing.frames;
    return !owed || client->quiet_ms + slack_ms(world) >= needed_ms;
}

/* Bytes of whole frames that came from `from`, and that the kernel was not given for its partner.
 */
static bool is_lost(const struct sim_world *world, const struct sim_peer *from)
{
    const struct sim_peer *to = from->partner;
    if (to == NULL)
        return false;
    size_t written = program_end(to)->written;
    if (sim_is_endpoint(world))
        return written < from->sent_back;
    return written + (size_t)to->shift < from->framing.at;
}

/* True if the reason can be the real one. */
static bool plausible(const struct sim_world *world, enum brink_reason reason,
                      const struct sim_peer *client, const struct sim_peer *upstream)
{
    const struct sim_kernel *kernel = &world->kernel;
    const struct brink_service_options *options = &world->options;
    bool draining = world->stopping;
    switch (reason) {
    case BRINK_REASON_CLIENT_CLOSED:
        return client->socket->fin_arrived;
    case BRINK_REASON_UPSTREAM_CLOSED:
        return upstream != NULL && upstream->socket->fin_arrived;
    case BRINK_REASON_CLIENT_RESET:
        return broke(world, client);
    case BRINK_REASON_UPSTREAM_RESET:
        return upstream != NULL && broke(world, upstream);
    case BRINK_REASON_CLIENT_MID_FRAME:
        return mid_frame(client);
    case BRINK_REASON_UPSTREAM_MID_FRAME:
        return mid_frame(upstream);
    case BRINK_REASON_FRAME_TOO_LARGE:
    case BRINK_REASON_FRAME_CORRUPT:
        return client->framing.bad || (upstream != NULL && upstream->framing.bad);
    case BRINK_REASON_FRAME_TIMEOUT:
        return options->frame_ms != 0 && (frame_is_late(world, client, client->closing_ms) ||
                                          frame_is_late(world, upstream, client->closing_ms));
    case BRINK_REASON_IDLE_TIMEOUT:
        return options->idle_ms != 0 &&
               (may_look_early(world) || client->quiet_ms + slack_ms(world) > options->idle_ms);
    case BRINK_REASON_CONNECT_TIMEOUT:
        return connects_too_long(world, client) && may_be_slow(world) &&
               sim_oracle_has_tried(world, client);
    case BRINK_REASON_CONNECT_FAILED:
        if (!lacked(world) && !sim_oracle_has_tried(world, client))
            return false;
        return any_fault(world, SIM_SOCKET, SIM_CONNECT_LATE) || an_upstream_resets(world) ||
               kernel->conn_count == SIM_CONNS || any_fault(world, SIM_BREAK, SIM_BREAK) ||
               lacked(world) || a_server_is_moody(world);
    case BRINK_REASON_DRAINED:
        return draining && !mid_frame(client) && !mid_frame(upstream) &&
               may_be_drained(world, client, upstream);
    case BRINK_REASON_DRAIN_DEADLINE:
        return draining && (client->closing_ms >= world->stop_by_ms ||
                            world->drain.policy == BRINK_DRAIN_POLICY_NOW);
    case BRINK_REASON_LOCAL_CLOSED:
        return client->misbehaved;
    case BRINK_REASON_NO_MEMORY:
        return world->memory.refused > 0;
    case BRINK_REASON_OVER_RATE:
        return options->rates.over_rate == BRINK_OVER_RATE_CLOSE;
    case BRINK_REASON_NO_SERVER:
        return (client->dial.tries == 0 || world->servers.options.rehome) &&
               client->dial.left == SIM_SERVERS;
    case BRINK_REASON_QUEUE_FULL:
        return client->dial.queue_full;
    case BRINK_REASON_QUEUE_TIMEOUT:
        return world->kernel.local || sim_oracle_waited(world, client);
    case BRINK_REASON_SERVER_DOWN:
        return left_server(world, client, upstream);
    case BRINK_REASON_DENIED: /* this world gives no cause for what follows */
    case BRINK_REASON_SOURCE_LIMIT:
    case BRINK_REASON_PROXY_HEADER:
    case BRINK_REASON_FIRST_FRAME_TIMEOUT:
    case BRINK_REASON_HALF_CLOSED_TIMEOUT:
    case BRINK_REASON_MAX_AGE:
    case BRINK_REASON_HANDED_OVER:
    case BRINK_REASON_NONE:
    case BRINK_REASON_COUNT:
        break;
    }
    return false;
}

/* A frame that was begun and not finished is told of, and no other. What an application has closed
 * over, or memory was lacking for, may not have been looked at any more. */
static void check_cut(struct sim_world *world, const struct sim_peer *client,
                      const struct sim_peer *peer, enum brink_reason reason)
{
    if (peer == NULL || peer->stream == NULL || peer->framing.bad ||
        (sim_is_endpoint(world) &&
         (reason == BRINK_REASON_LOCAL_CLOSED || reason == BRINK_REASON_NO_MEMORY)))
        return;
    unsigned cut = mid_frame(peer);
    if (reason == BRINK_REASON_DRAIN_DEADLINE && client->cuts[peer->upstream] == 1 &&
        is_lost(world, peer))
        cut = 1;
    if (client->cuts[peer->upstream] != cut)
        sim_fail(&world->kernel, "of peer %u %u frames are cut, and %u are told of", peer->id, cut,
                 client->cuts[peer->upstream]);
}

static void check_close(struct sim_world *world, struct sim_peer *client, const char *line)
{
    enum brink_reason reason = reason_of(line);
    struct sim_peer *upstream = upstream_of(client);
    if (client->stream != NULL)
        sim_oracle_frames(world, client);
    if (upstream != NULL && upstream->stream != NULL)
        sim_oracle_frames(world, upstream);
    sim_oracle_closing(world, client);
    if (!plausible(world, reason, client, upstream))
        sim_fail(&world->kernel, "no cause for: %s", line);
    if (reason == BRINK_REASON_CLIENT_CLOSED || reason == BRINK_REASON_UPSTREAM_CLOSED ||
        reason == BRINK_REASON_DRAINED ||
        (reason == BRINK_REASON_SERVER_DOWN &&
         world->servers.options.when_down == BRINK_WHEN_DOWN_BOUNDARY)) {
        check_delivered(world, client);
        check_delivered(world, upstream);
    }
    check_cut(world, client, client, reason);
    check_cut(world, client, upstream, reason);
    client->stream = NULL;
    if (upstream != NULL)
        upstream->stream = NULL;
}

void sim_oracle_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)level;
    (void)length;
    struct sim_kernel *kernel = context;
    struct sim_world *world = sim_world_of(kernel);
    sim_trace(kernel, "log: %s", line);
    sim_oracle_told(world, line, reason_of(line));
    bool cut = strncmp(line, "event=frame-cut ", 16) == 0;
    bool failed = strncmp(line, "event=connect-failed ", 21) == 0;
    world->servers.failures += failed;
    if (!cut && !failed && strncmp(line, "event=close ", 12) != 0)
        return;
    struct sim_peer *client = client_of(world, line);
    if (client != NULL && failed)
        sim_oracle_connect_failed(world, client, line);
    else if (client != NULL && cut)
        client->cuts[strstr(line, " side=upstream ") != NULL]++;
    else if (client != NULL)
        check_close(world, client, line);
}
