#include "relay/drain.h"

#include "relay/couple.h"
#include "relay/deadline.h"
#include "relay/reading.h"

enum { QUIET_MS = 1000 };

static void stop_at_boundary(struct brink_session *session, const void *arg)
{
    (void)arg;
    if (session->state != BRINK_SESSION_OPEN)
        return;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (!brink_couple_may_read(session, leg))
            brink_stream_pause(&leg->stream);
    }
}

void brink_drain_begin(struct brink_service *service)
{
    if (service->drain != BRINK_DRAIN_NOT)
        return;
    service->drain = BRINK_DRAIN_REPLIES;
    service->io.read_limit = brink_reading_limit;
    brink_service_each(service, stop_at_boundary, NULL);
}

struct drain_time {
    uint64_t all_ms;
    uint64_t now_ms;
};

/* How long the session must have been quiet to be done; UINT64_MAX: it is not, for now. */
static uint64_t quiet_needed(struct brink_session *session, const struct drain_time *time)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_spec *spec = &service->options->spec;
    uint64_t some = time->all_ms / 4 < QUIET_MS ? time->all_ms / 4 : QUIET_MS;
    if (brink_spec_raw(spec))
        return some;
    if (service->kind->replies == NULL)
        return 0;
    uint64_t requests = brink_session_leg(session, 0)->flow.frames;
    uint64_t replies = service->kind->replies(session);
    if (replies < requests)
        return time->all_ms / 2 > QUIET_MS ? time->all_ms / 2 : QUIET_MS;
    if ((replies == requests && !spec->pin) || service->drain == BRINK_DRAIN_BOUNDARY)
        return 0;
    return some;
}

static bool drained(struct brink_session *session, const struct drain_time *time)
{
    if (session->state != BRINK_SESSION_OPEN)
        return true; /* nothing is read from the client yet */
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (brink_queue_bytes(&leg->stream.out) > 0 || brink_flow_unfinished(&leg->flow))
            return false;
    }
    return brink_session_quiet_ms(session, time->now_ms) >= quiet_needed(session, time);
}

bool brink_drain_is_done(struct brink_session *session, uint64_t now_ms)
{
    struct drain_time time = {4 * QUIET_MS, now_ms};
    return drained(session, &time);
}

static void close_if_drained(struct brink_session *session, const void *arg)
{
    if (session->state != BRINK_SESSION_CLOSING && drained(session, arg))
        brink_session_close(session, BRINK_REASON_DRAINED, BRINK_SIDE_CLIENT, 0);
}

void brink_drain_sweep(struct brink_service *service, uint64_t drain_ms, uint64_t left_ms)
{
    struct drain_time time = {drain_ms, service->io.loop->now_ms};
    if (left_ms <= drain_ms / 4 && service->drain == BRINK_DRAIN_REPLIES) {
        service->drain = BRINK_DRAIN_BOUNDARY;
        brink_service_each(service, stop_at_boundary, NULL);
    }
    brink_service_each(service, close_if_drained, &time);
}

static void cut(struct brink_session *session, const void *arg)
{
    if (session->state == BRINK_SESSION_CLOSING) {
        brink_session_cut(session, BRINK_REASON_NONE);
    } else if (drained(session, arg)) {
        brink_session_cut(session, BRINK_REASON_DRAINED);
    } else {
        brink_counter_add(&brink_session_service(session)->stats.drain_cut, 1);
        brink_session_cut(session, BRINK_REASON_DRAIN_DEADLINE);
    }
}

void brink_drain_cut(struct brink_service *service, uint64_t drain_ms)
{
    struct drain_time time = {drain_ms, service->io.loop->now_ms};
    brink_service_each(service, cut, &time);
}
