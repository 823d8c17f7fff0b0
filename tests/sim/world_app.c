/* The application of a framed endpoint: sends each frame back, as whole as it came. When a send is
 * refused it closes, or keeps what it owes until it is told that it may go on; a moody one closes
 * or aborts just so. */
#include <errno.h>
#include <string.h>

#include "sim/framing.h"
#include "sim/world.h"

static struct sim_peer *peer_of(struct sim_world *world, const struct brink_stream *stream)
{
    for (unsigned i = 0; i < world->peer_count; i++)
        if (world->peers[i].stream == stream && world->peers[i].socket->peer->fd >= 0)
            return &world->peers[i];
    sim_fail(&world->kernel, "the application is told of a stream that nobody has opened");
}

static void on_open(struct brink_stream *stream, void *context)
{
    struct sim_world *world = context;
    struct sim_socket *socket = world->kernel.files[stream->source.fd].socket;
    struct sim_peer *peer = socket->owner;
    peer->stream = stream;
    peer->partner = peer;
    world->opened++;
}

static void give_up(struct brink_stream *stream, struct sim_peer *peer, bool at_once)
{
    peer->misbehaved = true; /* it sends faster than it reads, or is taken for one that does */
    peer->kept = 0;
    peer->sent_back = UINT64_MAX;
    if (at_once)
        brink_stream_abort(stream);
    else
        brink_stream_close(stream);
}

static bool send_back(struct brink_stream *stream, struct sim_world *world, struct sim_peer *peer,
                      size_t size)
{
    const uint8_t *bytes = peer->socket->bytes + peer->sent_back;
    brink_result sent = brink_stream_send_raw(stream, bytes, size);
    if (!brink_failed(sent)) {
        peer->sent_back += size;
        return true;
    }
    if (sent.err != ENOBUFS || world->manner != SIM_WAITS)
        give_up(stream, peer, false);
    return false;
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    struct sim_world *world = context;
    struct sim_peer *peer = peer_of(world, stream);
    if (peer->sent_back == UINT64_MAX)
        sim_fail(&world->kernel, "a frame from peer %u after its stream was closed", peer->id);
    if (frame->header == 0 || frame->header > frame->size)
        sim_fail(&world->kernel, "a frame of %zu bytes has a header of %zu", frame->size,
                 frame->header);
    if (memcmp(frame->bytes, peer->socket->bytes + peer->sent_back + peer->kept, frame->size) != 0)
        sim_fail(&world->kernel, "a frame from peer %u that it did not send", peer->id);
    if (frame->size > world->largest_frame)
        world->largest_frame = frame->size;
    if (world->manner == SIM_IS_MOODY && sim_choose(world->tape, 16) == 15)
        give_up(stream, peer, sim_choose(world->tape, 2));
    else if (peer->kept > 0 || !send_back(stream, world, peer, frame->size))
        peer->kept += peer->sent_back == UINT64_MAX ? 0 : frame->size;
}

static void on_writable(struct brink_stream *stream, void *context)
{
    struct sim_world *world = context;
    struct sim_peer *peer = peer_of(world, stream);
    size_t size = 0;
    while (peer->kept > 0) {
        const uint8_t *bytes = peer->socket->bytes + peer->sent_back;
        if (dumb_next(peer->layout, bytes, peer->kept, &size) != DUMB_FRAME)
            sim_fail(&world->kernel, "of peer %u, what was told of as frames is none", peer->id);
        if (!send_back(stream, world, peer, size))
            return;
        peer->kept -= size;
    }
}

static void on_close(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context)
{
    struct sim_world *world = context;
    world->let_go++;
    if (info->reason == BRINK_REASON_NONE || info->reason >= BRINK_REASON_COUNT)
        sim_fail(&world->kernel, "the application is told of an end without a reason");
    (void)stream;
}

const struct brink_stream_handler sim_world_app = {on_open, on_frame, on_writable, on_close};
