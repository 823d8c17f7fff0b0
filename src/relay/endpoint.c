#include "relay/endpoint.h"

#include <errno.h>
#include <string.h>

#include "relay/couple.h"
#include "relay/figures.h"
#include "relay/meter.h"

enum { PARTIAL_AT_FIRST = 4096, HEADER_SHOWN = 64 };

_Static_assert(offsetof(struct brink_endpoint, client) == sizeof(struct brink_session),
               "the leg follows its session in memory");

static struct brink_io *io_of(const struct brink_endpoint *endpoint)
{
    return endpoint->client.stream.io;
}

static void drop_partial(struct brink_endpoint *endpoint)
{
    if (endpoint->partial == NULL)
        return;
    struct brink_io *io = io_of(endpoint);
    brink_arena_release(io->loop->arena, endpoint->partial, endpoint->room, 1);
    brink_counter_subtract(&io->buffers->segments.in_use, endpoint->room);
    endpoint->partial = NULL;
    endpoint->have = 0;
    endpoint->room = 0;
    if (io->buffers->favoured == &endpoint->client.stream) {
        io->buffers->favoured = NULL;
        brink_buffers_wake_starved(io->buffers); /* another may have it */
    }
    brink_buffers_freed(io->buffers);
}

static brink_result grow_partial(struct brink_endpoint *endpoint, size_t needed)
{
    struct brink_io *io = io_of(endpoint);
    size_t room = endpoint->room == 0 ? PARTIAL_AT_FIRST : endpoint->room;
    while (room < needed)
        room *= 2;
    if (room > UINT32_MAX)
        return brink_fail(EMSGSIZE);
    uint8_t *bytes = brink_arena_alloc(io->loop->arena, room, 1);
    if (bytes == NULL)
        return brink_fail(ENOMEM);
    if (endpoint->have > 0)
        memcpy(bytes, endpoint->partial, endpoint->have);
    brink_arena_release(io->loop->arena, endpoint->partial, endpoint->room, 1);
    brink_counter_add(&io->buffers->segments.in_use, room - endpoint->room);
    endpoint->partial = bytes;
    endpoint->room = (uint32_t)room;
    return brink_ok();
}

static brink_result keep(struct brink_endpoint *endpoint, const uint8_t *data, size_t length)
{
    size_t needed = endpoint->have + length;
    if (needed > endpoint->room) {
        brink_result grown = grow_partial(endpoint, needed);
        if (brink_failed(grown))
            return grown;
    }
    memcpy(endpoint->partial + endpoint->have, data, length);
    endpoint->have += (uint32_t)length;
    return brink_ok();
}

static void hand_over(struct brink_endpoint *endpoint, const uint8_t *bytes, size_t size)
{
    struct brink_stream *stream = &endpoint->client.stream;
    struct brink_service *service = brink_service_of(stream);
    const struct brink_service_options *options = service->options;
    struct brink_frame frame = {.bytes = bytes, .size = size, .header = endpoint->header};
    endpoint->client.flow.frames++;
    brink_session_count(service, BRINK_SIDE_CLIENT, 0, 1);
    if (bytes == endpoint->partial) /* some of it had come before */
        brink_figures_ended(service, &endpoint->client,
                            brink_flow_started_ms(&endpoint->client.flow));
    else
        brink_time_tally_add_instant(&service->stats.frame_us[BRINK_SIDE_CLIENT], 1);
    if (options->handler->on_frame != NULL)
        options->handler->on_frame(stream, &frame, options->context);
}

/* `data`, `length`: the bytes of the step, from the end of the one before. */
static brink_result take_frame(struct brink_endpoint *endpoint, const uint8_t *data, size_t length)
{
    brink_result kept = brink_ok();
    if (endpoint->have == 0) {
        hand_over(endpoint, data, length);
    } else {
        kept = keep(endpoint, data, length);
        if (!brink_failed(kept))
            hand_over(endpoint, endpoint->partial, endpoint->have);
        drop_partial(endpoint);
    }
    endpoint->header = 0;
    return kept;
}

static void refuse(struct brink_endpoint *endpoint, const struct brink_decoded *bad,
                   const uint8_t *data, size_t length)
{
    uint8_t header[HEADER_SHOWN];
    size_t shown = endpoint->have < sizeof header ? endpoint->have : sizeof header;
    if (shown > 0)
        memcpy(header, endpoint->partial, shown);
    for (size_t i = 0; i < length && shown < sizeof header; i++)
        header[shown++] = data[i];
    brink_session_bad_frame(&endpoint->session, &endpoint->client, bad, header, shown);
}

/* One step of the decoder; true while there is more to do. */
static bool take_step(struct brink_endpoint *endpoint, const uint8_t *data, size_t length,
                      size_t *used)
{
    struct brink_flow *flow = &endpoint->client.flow;
    struct brink_service *service = brink_service_of(&endpoint->client.stream);
    bool begins = brink_flow_at_boundary(flow);
    struct brink_decoded step =
        brink_decoder_next(&flow->decoder, &service->options->spec.request, data, length);
    *used = step.used;
    if (begins) {
        brink_flow_start(flow, (uint32_t)service->io.loop->now_ms);
        brink_figures_began(service, &endpoint->client);
    }
    brink_flow_count_size(&service->stats.frame_bytes[BRINK_SIDE_CLIENT], &step);
    if (step.header != 0)
        endpoint->header = step.header;
    brink_result taken = brink_ok();
    if (step.event == BRINK_DECODE_BAD) {
        refuse(endpoint, &step, data, length);
        return false;
    }
    if (step.event == BRINK_DECODE_FRAME)
        taken = take_frame(endpoint, data, step.used);
    else if (step.event != BRINK_DECODE_RAW) /* a preface is not the application's affair */
        taken = keep(endpoint, data, step.used);
    if (brink_failed(taken))
        brink_session_close(&endpoint->session, BRINK_REASON_NO_MEMORY, BRINK_SIDE_CLIENT,
                            taken.err);
    return endpoint->session.state == BRINK_SESSION_OPEN;
}

static size_t on_data(struct brink_stream *stream, const uint8_t *data, size_t length)
{
    struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    struct brink_service *service = brink_service_of(stream);
    uint64_t frames_before = endpoint->client.flow.frames;
    brink_session_count(service, BRINK_SIDE_CLIENT, length, 0);
    size_t at = 0;
    bool more = true;
    while (more && at < length) {
        size_t used;
        more = take_step(endpoint, data + at, length - at, &used);
        at += used;
    }
    uint64_t frames = endpoint->client.flow.frames - frames_before;
    if (more && BRINK_UNLIKELY(service->metered))
        brink_meter_take(&endpoint->session, length, frames);
    if (more && !brink_couple_may_read(&endpoint->session, &endpoint->client)) {
        if (brink_stream_full(stream))
            brink_figures_pressed(&endpoint->session, &endpoint->client);
        brink_stream_pause(stream);
    }
    return frames * BRINK_FRAME_CHARGE;
}

static void on_eof(struct brink_stream *stream)
{
    struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    enum brink_reason reason = brink_flow_unfinished(&endpoint->client.flow)
                                   ? BRINK_REASON_CLIENT_MID_FRAME
                                   : BRINK_REASON_CLIENT_CLOSED;
    brink_session_close(&endpoint->session, reason, BRINK_SIDE_CLIENT, 0);
}

static void on_error(struct brink_stream *stream, int sys_errno)
{
    struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    enum brink_reason reason = brink_flow_unfinished(&endpoint->client.flow)
                                   ? BRINK_REASON_CLIENT_MID_FRAME
                                   : BRINK_REASON_CLIENT_RESET;
    brink_session_close(&endpoint->session, reason, BRINK_SIDE_CLIENT, sys_errno);
}

static void on_low(struct brink_stream *stream)
{
    struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    const struct brink_service_options *options = brink_service_of(stream)->options;
    brink_figures_relieved(&endpoint->session, &endpoint->client);
    if (brink_couple_may_read(&endpoint->session, &endpoint->client))
        brink_stream_resume(stream);
    if (!endpoint->wants_room)
        return;
    endpoint->wants_room = false;
    if (options->handler->on_writable != NULL)
        options->handler->on_writable(stream, options->context);
}

/* A frame that is being put together goes on within the room that it has. Beyond that one stream at
 * a time may exceed the budget: else all who hold a part of one might wait for each other. */
static size_t when_scarce(struct brink_stream *stream)
{
    const struct brink_endpoint *endpoint = brink_endpoint_of(stream);
    struct brink_io *io = stream->io;
    if (endpoint->partial == NULL)
        return PARTIAL_AT_FIRST;
    if (endpoint->have < endpoint->room)
        return endpoint->room - endpoint->have;
    if (io->buffers->favoured == NULL)
        io->buffers->favoured = stream;
    return io->buffers->favoured == stream ? BRINK_SCRATCH_SIZE : 0;
}

/* Streams of the application's are finished only by closing. */
static void on_finished(struct brink_stream *stream)
{
    (void)stream;
}

static const struct brink_stream_ops endpoint_ops = {
    .source = {brink_stream_source_run, brink_leg_reclaim, brink_leg_head},
    .on_data = on_data,
    .on_eof = on_eof,
    .on_low = on_low,
    .on_error = on_error,
    .on_finished = on_finished,
    .when_scarce = when_scarce,
};

static struct brink_endpoint *endpoint_of_session(struct brink_session *session)
{
    return BRINK_CONTAINER_OF(session, struct brink_endpoint, session);
}

static brink_result open_endpoint(struct brink_session *session, int fd)
{
    struct brink_endpoint *endpoint = endpoint_of_session(session);
    const struct brink_service_options *options = brink_session_service(session)->options;
    struct brink_stream *stream = &endpoint->client.stream;
    brink_session_init_leg(session, 0, &endpoint_ops);
    stream->exact = session->peer.family == AF_UNIX;
    brink_result opened = brink_stream_open(stream, fd, options->arming);
    if (brink_failed(opened))
        return opened;
    session->legs_open = 1;
    brink_session_arm(session);
    endpoint->opened = true;
    if (options->handler->on_open != NULL)
        options->handler->on_open(stream, options->context);
    return brink_ok();
}

static void on_gone(struct brink_session *session)
{
    struct brink_endpoint *endpoint = endpoint_of_session(session);
    const struct brink_service_options *options = brink_session_service(session)->options;
    struct brink_close_info info = {.reason = (enum brink_reason)session->reason,
                                    .side = session->side ? BRINK_SIDE_UPSTREAM : BRINK_SIDE_CLIENT,
                                    .sys_errno = session->sys_errno};
    if (options->handler->on_close != NULL)
        options->handler->on_close(&endpoint->client.stream, &info, options->context);
    drop_partial(endpoint);
}

static uint64_t replies(struct brink_session *session)
{
    return endpoint_of_session(session)->sent;
}

const struct brink_service_kind brink_endpoint_kind = {
    .name = "frames",
    .session_size = sizeof(struct brink_endpoint),
    .legs = 1,
    .open = open_endpoint,
    .replies = replies,
    .on_gone = on_gone,
};
