/* The application of a framed endpoint: sends each frame back, as whole as it came. */
#include <errno.h>

#include "sim/world.h"

static struct sim_peer *peer_of(struct sim_world *world, const struct brink_stream *stream)
{
    for (unsigned i = 0; i < world->peer_count; i++)
        if (world->peers[i].stream == stream && world->peers[i].socket->peer->fd >= 0)
            return &world->peers[i];
    return NULL;
}

static void on_open(struct brink_stream *stream, void *context)
{
    struct sim_world *world = context;
    struct sim_socket *socket = world->kernel.files[stream->source.fd].socket;
    struct sim_peer *peer = socket->owner;
    peer->stream = stream;
    peer->partner = peer;
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    struct sim_world *world = context;
    struct sim_peer *peer = peer_of(world, stream);
    if (peer == NULL)
        sim_fail(&world->kernel, "a frame from a stream that nobody has opened");
    if (peer->sent_back == UINT64_MAX)
        return; /* one was refused: it is closing */
    brink_result sent = frame->header == 0
                            ? brink_fail(EINVAL)
                            : brink_stream_send_raw(stream, frame->bytes, frame->size);
    if (!brink_failed(sent)) {
        peer->sent_back += frame->size;
        return;
    }
    peer->misbehaved = true; /* it sends faster than it reads */
    brink_stream_close(stream);
}

const struct brink_stream_handler sim_world_app = {.on_open = on_open, .on_frame = on_frame};
