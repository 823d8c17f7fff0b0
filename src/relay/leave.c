#include "relay/leave.h"

#include "relay/deadline.h"
#include "relay/pair.h"
#include "relay/rehome.h"
#include "relay/standing.h"

enum {
    LOOK_MS = 10,
    QUIET_MS = 1000,
    REPLY_MS = 30000 /* without an idle timeout */
};

void brink_leave_begin(struct brink_session *session, enum brink_leaving why)
{
    if (session->leaving != BRINK_LEAVING_NOT || session->state != BRINK_SESSION_OPEN)
        return;
    brink_standing_stop(session, why, true, false);
}

/* How long it must have been quiet to owe its client nothing. There is no time by which it must
 * have left, so a reply is waited for until the connection would be idle for too long; but where
 * nothing ever came back, of more than one frame, none is awaited. */
static uint64_t quiet_needed_ms(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    uint64_t unanswered = brink_standing_unanswered(session);
    switch (brink_standing_owes(session)) {
    case BRINK_OWED_NOTHING:
        return 0;
    case BRINK_OWED_UNKNOWN:
        return QUIET_MS;
    case BRINK_OWED_REPLY:
        break;
    }
    if (unanswered > 1 && unanswered == brink_session_leg(session, 0)->flow.frames)
        return 2 * QUIET_MS;
    return service->options->idle_ms != 0 ? service->options->idle_ms : REPLY_MS;
}

/* Who has said all it will say owes nothing any more; its client, who is not read, could not tell
 * us that it has had enough. */
static bool upstream_has_ended(struct brink_session *session)
{
    return brink_session_legs(session) == 2 && brink_session_leg(session, 1)->stream.eof;
}

static bool is_done(struct brink_session *session, uint64_t now_ms)
{
    if (upstream_has_ended(session))
        return brink_standing_at_boundary(session);
    return brink_standing_at_boundary(session) &&
           brink_session_quiet_ms(session, now_ms) >= quiet_needed_ms(session);
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
    if (!is_done(session, now_ms))
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
