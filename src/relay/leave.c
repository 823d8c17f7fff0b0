#include "relay/leave.h"

#include "relay/couple.h"
#include "relay/drain.h"
#include "relay/pair.h"
#include "relay/reading.h"
#include "relay/rehome.h"

enum { LOOK_MS = 10 };

void brink_leave_begin(struct brink_session *session, enum brink_leaving why)
{
    if (session->leaving != BRINK_LEAVING_NOT || session->state != BRINK_SESSION_OPEN)
        return;
    struct brink_service *service = brink_session_service(session);
    session->leaving = (uint16_t)why & 3U;
    service->io.read_limit = brink_reading_limit;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (!brink_couple_may_read(session, leg))
            brink_stream_pause(&leg->stream);
    }
}

static enum brink_reason reason_of(enum brink_leaving why)
{
    return why == BRINK_LEAVING_SERVER ? BRINK_REASON_SERVER_DOWN : BRINK_REASON_MAX_AGE;
}

/* Another server if it may have one, else the end. */
static void leave_now(struct brink_session *session)
{
    enum brink_leaving why = session->leaving;
    const struct brink_service_kind *kind = brink_session_service(session)->kind;
    bool rehomed = why == BRINK_LEAVING_SERVER && kind->on_lost != NULL && kind->on_lost(session);
    if (!rehomed)
        brink_session_close(session, reason_of(why), BRINK_SIDE_UPSTREAM, 0);
}

uint64_t brink_leave_deadline(struct brink_session *session, uint64_t now_ms)
{
    if (!brink_drain_is_done(session, now_ms))
        return now_ms + LOOK_MS;
    leave_now(session);
    return brink_timer_deadline(session->timer);
}

static const struct brink_upstream_options *options_of(struct brink_session *session)
{
    return brink_group_options(brink_session_service(session)->dialings.group);
}

bool brink_leave_is_due(struct brink_session *session)
{
    const struct brink_target *target = brink_pair_of(session)->target;
    if (target == NULL || options_of(session)->when_down == BRINK_WHEN_DOWN_KEEP)
        return false;
    return brink_target_is_out(target);
}

/* Who is being connected is looked at when that is done: see dialing.c. */
static void leave_server(struct brink_session *session, const void *arg)
{
    const struct brink_upstream_options *options = arg;
    if (session->state != BRINK_SESSION_OPEN || !brink_leave_is_due(session))
        return;
    if (options->when_down == BRINK_WHEN_DOWN_BOUNDARY) {
        brink_leave_begin(session, BRINK_LEAVING_SERVER);
        brink_session_arm(session);
        return;
    }
    if (!brink_rehome(session))
        brink_session_cut(session, BRINK_REASON_SERVER_DOWN);
}

void brink_leave_servers(struct brink_service *service)
{
    const struct brink_upstream_options *options = brink_group_options(service->dialings.group);
    if (options->when_down != BRINK_WHEN_DOWN_KEEP)
        brink_service_each(service, leave_server, options);
}
