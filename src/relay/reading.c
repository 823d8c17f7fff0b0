#include "relay/reading.h"

#include "relay/greeting.h"
#include "relay/handover.h"
#include "relay/meter.h"

static bool stops(const struct brink_service *service, const struct brink_session *session)
{
    bool leaves = session->leaving != BRINK_LEAVING_NOT || brink_handover_stops(session);
    return leaves && !brink_spec_raw(&service->options->spec);
}

/* To the end of the present frame; of a header that is not complete, byte by byte. */
static size_t to_boundary(const struct brink_leg *leg)
{
    uint64_t missing = brink_decoder_missing(&leg->flow.decoder);
    if (missing == 0)
        return 1;
    return missing < BRINK_SCRATCH_SIZE ? (size_t)missing : BRINK_SCRATCH_SIZE;
}

size_t brink_reading_limit(const struct brink_stream *stream)
{
    const struct brink_leg *leg = BRINK_CONTAINER_OF_CONST(stream, struct brink_leg, stream);
    const struct brink_session *session = brink_leg_session(leg);
    const struct brink_service *service = brink_service_of(stream);
    if (session->state == BRINK_SESSION_GREETING)
        return brink_greeting_wanted(session);
    size_t limit = stops(service, session) ? to_boundary(leg) : BRINK_SCRATCH_SIZE;
    if (service->metered && brink_leg_side(leg) == BRINK_SIDE_CLIENT) {
        size_t room = brink_meter_room(session);
        limit = room < limit ? room : limit;
    }
    return limit;
}
