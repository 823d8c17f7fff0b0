/* No timer is late, by the clock of what happened and not by what the program has armed. That none
 * is early is seen when the session ends, from its reason: oracle_close.c. */
#include <inttypes.h>

#include "sim/oracle.h"

enum { TICK_MS = 1 };

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void check_quiet(struct sim_world *world, struct brink_session *session)
{
    uint32_t idle_ms = world->options.idle_ms;
    uint64_t latest = session->opened_ms;
    if (session->state != BRINK_SESSION_OPEN || idle_ms == 0)
        return;
    for (unsigned i = 0; i < world->kind.legs; i++) {
        struct sim_socket *socket = sim_socket_of(world, &brink_session_leg(session, i)->stream);
        if (socket == NULL)
            return;
        latest = later(latest, socket->active_ms);
    }
    uint64_t now_ms = sim_now_ms(&world->kernel);
    if (now_ms > latest + idle_ms + TICK_MS)
        sim_fail(&world->kernel, "a session is quiet for %" PRIu64 " ms, and %u are allowed",
                 now_ms - latest, (unsigned)idle_ms);
}

/* It was not read from for want of room: since the turn before, or, for want of memory, for a
 * moment within this one, when a timer looked. For that the program's word is taken while memory is
 * scarce. */
static bool blocked(const struct sim_world *world, struct sim_peer *peer)
{
    struct brink_stream *stream = peer->stream;
    const struct brink_worker *worker =
        BRINK_CONTAINER_OF(stream->io->loop, struct brink_worker, loop);
    bool before = peer->blocked;
    peer->blocked = stream->paused || stream->waits_memory;
    bool excused =
        brink_flow_started_ms(&brink_leg_of(stream)->flow) == (uint32_t)sim_now_ms(&world->kernel);
    return before || peer->blocked || (excused && sim_scarce(world, &world->seats[worker->index]));
}

/* Whoever is not read from, for want of room, is not to blame for a frame that takes long. */
static void check_frame(struct sim_world *world, struct sim_peer *peer)
{
    uint64_t now_ms = sim_now_ms(&world->kernel);
    uint32_t frame_ms = world->options.frame_ms;
    if (blocked(world, peer))
        peer->blocked_ms = now_ms;
    if (frame_ms == 0 || peer->frame_begun_ms == UINT64_MAX)
        return;
    uint64_t since = later(peer->frame_begun_ms, peer->blocked_ms);
    if (now_ms > since + frame_ms + TICK_MS)
        sim_fail(&world->kernel, "peer %u is %" PRIu64 " ms within a frame, and %u are allowed",
                 peer->id, now_ms - since, (unsigned)frame_ms);
}

void sim_oracle_times(struct sim_world *world, struct sim_peer *peer)
{
    struct brink_session *session = brink_session_of(peer->stream);
    if (session->state == BRINK_SESSION_CONNECTING && !peer->upstream)
        sim_oracle_dial_time(world, session);
    if (session->state != BRINK_SESSION_OPEN)
        return;
    check_frame(world, peer);
    check_quiet(world, session);
}
