#include "relay/goodbye.h"

enum goodbye { NONE = 0, REFUSED, DRAINED, OVERSIZE };

static enum goodbye goodbye_for(const struct brink_session *session)
{
    static const uint8_t goodbyes[BRINK_REASON_COUNT] = {
        [BRINK_REASON_DENIED] = REFUSED,         [BRINK_REASON_SOURCE_LIMIT] = REFUSED,
        [BRINK_REASON_OVER_RATE] = REFUSED,      [BRINK_REASON_NO_SERVER] = REFUSED,
        [BRINK_REASON_QUEUE_FULL] = REFUSED,     [BRINK_REASON_QUEUE_TIMEOUT] = REFUSED,
        [BRINK_REASON_CONNECT_FAILED] = REFUSED, [BRINK_REASON_CONNECT_TIMEOUT] = REFUSED,
        [BRINK_REASON_DRAINED] = DRAINED,        [BRINK_REASON_SERVER_DOWN] = DRAINED,
        [BRINK_REASON_MAX_AGE] = DRAINED,        [BRINK_REASON_FRAME_TOO_LARGE] = OVERSIZE,
    };
    enum goodbye goodbye = goodbyes[session->reason];
    if (goodbye == OVERSIZE && session->side == BRINK_SIDE_UPSTREAM)
        return NONE; /* the client's frame was not the one */
    return goodbye;
}

static const struct brink_bytes *bytes_of(const struct brink_service_options *options,
                                          enum goodbye goodbye)
{
    if (goodbye == REFUSED)
        return &options->goodbye_refused;
    return goodbye == DRAINED ? &options->goodbye_drained : &options->goodbye_oversize;
}

void brink_goodbye_say(struct brink_session *session)
{
    struct brink_leg *client = brink_session_leg(session, 0);
    enum goodbye goodbye = goodbye_for(session);
    if (goodbye == NONE || brink_flow_mid_frame(&brink_session_other(session, client)->flow))
        return;
    const struct brink_bytes *bytes = bytes_of(brink_session_service(session)->options, goodbye);
    if (bytes->size == 0)
        return;
    brink_stream_drop_held(&client->stream);
    brink_result sent = brink_stream_write(&client->stream, bytes->data, bytes->size);
    (void)sent.err; /* that it cannot be sent changes nothing: the connection ends */
}
