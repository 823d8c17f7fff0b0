/* What the application calls on its streams: brink/stream.h. */
#include <errno.h>

#include "relay/endpoint.h"

/* Above the high watermark, or with the worker's memory spent, the reader is too slow. */
static brink_result room_for_more(struct brink_endpoint *endpoint)
{
    struct brink_stream *stream = &endpoint->client.stream;
    if (endpoint->session.state != BRINK_SESSION_OPEN)
        return brink_fail(EPIPE);
    if (brink_stream_full(stream)) {
        endpoint->wants_room = true;
        return brink_fail(ENOBUFS);
    }
    if (brink_segments_spent(&stream->io->buffers->segments))
        return brink_fail(ENOMEM);
    return brink_ok();
}

static brink_result send_parts(struct brink_stream *stream, const void *header,
                               size_t header_length, const void *data, size_t length)
{
    struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    brink_result queued = room_for_more(endpoint);
    if (!brink_failed(queued))
        queued = brink_stream_queue(stream, header, header_length, data, length);
    if (brink_failed(queued))
        return queued.err == ENOMEM || queued.err == ENOBUFS || queued.err == EMSGSIZE
                   ? queued
                   : brink_fail(EPIPE);
    endpoint->sent++;
    return brink_ok();
}

brink_result brink_stream_send(struct brink_stream *stream, const void *payload, size_t length)
{
    uint8_t header[BRINK_HEADER_MAX];
    size_t header_length;
    const struct brink_spec *spec = &brink_service_of(stream)->options->spec;
    brink_result encoded =
        brink_frame_encode_header(&spec->reply.frame, length, header, &header_length);
    if (brink_failed(encoded))
        return brink_fail(EMSGSIZE);
    return send_parts(stream, header, header_length, payload, length);
}

brink_result brink_stream_send_raw(struct brink_stream *stream, const void *bytes, size_t length)
{
    return send_parts(stream, NULL, 0, bytes, length);
}

void brink_stream_close(struct brink_stream *stream)
{
    brink_session_close(brink_session_of(stream), BRINK_REASON_LOCAL_CLOSED, BRINK_SIDE_CLIENT, 0);
}

void brink_stream_abort(struct brink_stream *stream)
{
    brink_session_blame(brink_session_of(stream), BRINK_REASON_LOCAL_CLOSED, BRINK_SIDE_CLIENT, 0);
    brink_session_cut(brink_session_of(stream), BRINK_REASON_LOCAL_CLOSED);
}

size_t brink_stream_queued(const struct brink_stream *stream)
{
    return brink_queue_sendable(&stream->out);
}

void brink_stream_set_user(struct brink_stream *stream, void *user)
{
    brink_endpoint_of(stream)->user = user;
}

void *brink_stream_user(const struct brink_stream *stream)
{
    const struct brink_leg *leg = BRINK_CONTAINER_OF_CONST(stream, struct brink_leg, stream);
    return BRINK_CONTAINER_OF_CONST(leg, struct brink_endpoint, client)->user;
}

const char *brink_stream_peer(const struct brink_stream *stream, char *text, size_t size)
{
    const struct brink_leg *leg = BRINK_CONTAINER_OF_CONST(stream, struct brink_leg, stream);
    return brink_peer_format(
        &BRINK_CONTAINER_OF_CONST(leg, struct brink_endpoint, client)->session.peer, text, size);
}
