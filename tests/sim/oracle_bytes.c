/* Each byte once, in order, unchanged. */
#include <inttypes.h>
#include <string.h>

#include "relay/endpoint.h"
#include "sim/oracle.h"

/* Where what goes out to `peer` came from; NULL if that cannot be. */
static struct sim_peer *source_of(struct sim_peer *peer)
{
    return peer->partner;
}

void sim_oracle_sent(struct sim_kernel *kernel, struct sim_socket *from, size_t before)
{
    struct sim_peer *to = from->owner;
    struct sim_peer *source = source_of(to);
    if (source == NULL)
        sim_fail(kernel, "bytes are sent to peer %u before it belongs to anyone", to->id);
    const struct sim_socket *in = source->socket;
    const uint8_t *truth = in->bytes + to->shift + before;
    if (from->written + (size_t)to->shift > in->taken)
        sim_fail(kernel, "peer %u is sent %zu bytes, but only %zu have come from peer %u", to->id,
                 from->written, in->taken, source->id);
    if (memcmp(from->bytes + before, truth, from->written - before) != 0)
        sim_fail(kernel, "peer %u is sent other bytes than peer %u sent, after byte %zu", to->id,
                 source->id, before);
}

/* Over a unix socket nothing but an end can be told. */
void sim_oracle_fin(struct sim_kernel *kernel, struct sim_socket *from)
{
    struct sim_world *world = sim_world_of(kernel);
    struct sim_peer *to = from->owner;
    struct sim_peer *source = source_of(to);
    if (source == NULL || kernel->local)
        return;
    struct sim_framing framing = {0};
    size_t shown = from->written + (size_t)to->shift;
    sim_framing_take(&framing, source->layout, source->socket->bytes, shown);
    if (framing.at != shown && !brink_spec_raw(&world->options.spec))
        sim_fail(kernel, "peer %u is shown an end %zu bytes into a frame", to->id,
                 shown - framing.at);
}

void sim_oracle_note_frames(struct sim_world *world, struct sim_peer *peer)
{
    size_t at = peer->framing.at;
    sim_framing_take(&peer->framing, peer->layout, peer->socket->bytes, (size_t)sim_came(peer));
    if (peer->framing.at != at || peer->frame_begun_ms == UINT64_MAX)
        peer->frame_begun_ms =
            sim_came(peer) > peer->framing.at ? sim_now_ms(&world->kernel) : UINT64_MAX;
}

void sim_oracle_frames(struct sim_world *world, struct sim_peer *peer)
{
    const struct brink_stream *stream = peer->stream;
    const struct sim_socket *in = peer->socket;
    struct sim_kernel *kernel = &world->kernel;
    if (sim_came(peer) > in->taken || (!stream->ending && sim_came(peer) < in->taken))
        sim_fail(kernel, "of peer %u %zu bytes were read and %" PRIu64 " counted", peer->id,
                 in->taken, sim_came(peer));
    sim_oracle_note_frames(world, peer);
    const struct brink_leg *leg = BRINK_CONTAINER_OF_CONST(stream, struct brink_leg, stream);
    bool closing = brink_session_of(peer->stream)->state == BRINK_SESSION_CLOSING;
    if (peer->framing.bad && !closing)
        sim_fail(kernel, "what peer %u sends is no frame, and is taken for one", peer->id);
    uint64_t frames = leg->flow.frames - peer->frames_before;
    if (frames > peer->framing.frames || (!closing && frames < peer->framing.frames))
        sim_fail(kernel, "of peer %u %" PRIu64 " frames were counted, and %" PRIu64 " came",
                 peer->id, frames, peer->framing.frames);
}
