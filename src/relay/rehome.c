#include "relay/rehome.h"

#include "relay/dialing.h"
#include "relay/pair.h"

/* A server that takes connections and ends them at once would have its clients go round for ever:
 * who has neither been answered nor stayed for so long is not sent on. But a server that is killed
 * may take a last connection, as its kernel closes the listener behind the others, so a client that
 * has been answered before may get some such in a row. */
enum { STAYED_MS = 1000, IN_VAIN_MAX = 3, FRAMES_MASK = 0x3fffffff };

bool brink_rehome_idle(struct brink_session *session)
{
    const struct brink_leg *client = brink_session_leg(session, 0);
    const struct brink_leg *upstream = brink_session_leg(session, 1);
    return brink_flow_at_boundary(&client->flow) && brink_flow_at_boundary(&upstream->flow) &&
           brink_queue_bytes(&client->stream.out) == 0 &&
           brink_queue_bytes(&upstream->stream.out) == 0 &&
           client->flow.frames == upstream->flow.frames;
}

static bool has_stayed(struct brink_session *session)
{
    const struct brink_pair *pair = brink_pair_of(session);
    uint32_t now_ms = (uint32_t)brink_session_service(session)->io.loop->now_ms;
    return now_ms - pair->connected_ms >= STAYED_MS ||
           (pair->upstream.flow.frames & FRAMES_MASK) != pair->frames_before;
}

static bool has_tries_left(struct brink_session *session)
{
    const struct brink_pair *pair = brink_pair_of(session);
    return pair->upstream.flow.frames > 0 && pair->in_vain < IN_VAIN_MAX;
}

/* Such a server is not chosen again. */
static bool server_is_out(struct brink_session *session)
{
    const struct brink_target *target = brink_pair_of(session)->target;
    return target != NULL && (brink_target_is_out(target) || brink_target_is_drained(target));
}

static bool may_rehome(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_leg *client = brink_session_leg(session, 0);
    return brink_group_options(service->dialings.group)->rehome && !brink_service_drains(service) &&
           session->state == BRINK_SESSION_OPEN && !client->stream.eof &&
           client->stream.broken_errno == 0 && brink_rehome_idle(session) &&
           (has_stayed(session) || has_tries_left(session) || server_is_out(session));
}

bool brink_rehome(struct brink_session *session)
{
    struct brink_service *service = brink_session_service(session);
    if (!may_rehome(session))
        return false;
    struct brink_pair *pair = brink_pair_of(session);
    pair->in_vain = has_stayed(session) ? 0 : (pair->in_vain + 1U) & 3U;
    brink_counter_add(&service->stats.rehomed, 1);
    session->leaving = BRINK_LEAVING_NOT;
    pair->client.stream.last = false;
    session->kept = false;
    session->rehomed = true;
    brink_stream_pause(&pair->client.stream);
    brink_dialing_release(session);
    session->state = BRINK_SESSION_CONNECTING;
    brink_stream_close_now(&pair->upstream.stream);
    brink_dialing_begin(session); /* waits until that connection is reclaimed */
    return true;
}
