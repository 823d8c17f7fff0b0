#include "relay/standing.h"

#include "relay/couple.h"
#include "relay/reading.h"

static void stop_leg(struct brink_session *session, unsigned index, bool stops)
{
    struct brink_leg *leg = brink_session_leg(session, index);
    bool stopped = leg->stream.last;
    leg->stream.last = stops;
    if (!brink_couple_may_read(session, leg))
        brink_stream_pause(&leg->stream);
    else if (stopped && !stops)
        brink_stream_resume(&leg->stream);
}

void brink_standing_stop(struct brink_session *session, enum brink_leaving why, bool client,
                         bool upstream)
{
    brink_session_service(session)->io.read_limit = brink_reading_limit;
    session->leaving = (uint16_t)why & 3U;
    stop_leg(session, 0, client);
    if (brink_session_legs(session) == 2)
        stop_leg(session, 1, upstream);
}

void brink_standing_go_on(struct brink_session *session)
{
    session->leaving = BRINK_LEAVING_NOT;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        leg->stream.last = false;
        if (session->state == BRINK_SESSION_OPEN && brink_couple_may_read(session, leg))
            brink_stream_resume(&leg->stream);
    }
}

bool brink_standing_at_boundary(struct brink_session *session)
{
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (brink_queue_bytes(&leg->stream.out) > 0 || brink_flow_unfinished(&leg->flow))
            return false;
    }
    return true;
}

uint64_t brink_standing_unanswered(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    if (brink_spec_raw(&service->options->spec) || service->kind->replies == NULL)
        return 0;
    uint64_t requests = brink_session_leg(session, 0)->flow.frames;
    uint64_t replies = service->kind->replies(session);
    return replies < requests ? requests - replies : 0;
}

enum brink_owed brink_standing_owes(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_spec *spec = &service->options->spec;
    if (brink_spec_raw(spec))
        return BRINK_OWED_UNKNOWN;
    if (service->kind->replies == NULL)
        return BRINK_OWED_NOTHING;
    if (brink_standing_unanswered(session) > 0)
        return BRINK_OWED_REPLY;
    bool paired = service->kind->replies(session) == brink_session_leg(session, 0)->flow.frames;
    return paired && !spec->pin ? BRINK_OWED_NOTHING : BRINK_OWED_UNKNOWN;
}

uint64_t brink_standing_undelivered(struct brink_session *session, enum brink_side from)
{
    bool echo = brink_session_service(session)->kind->replies == NULL;
    bool two = brink_session_legs(session) == 2;
    if (!two && (from == BRINK_SIDE_CLIENT) != echo)
        return 0;
    unsigned to = two && from == BRINK_SIDE_CLIENT ? 1 : 0;
    return brink_queue_sendable(&brink_session_leg(session, to)->stream.out);
}
