#include "relay/pair.h"

#include "relay/couple.h"
#include "relay/dialing.h"
#include "relay/greeting.h"
#include "relay/rehome.h"

_Static_assert(offsetof(struct brink_pair, upstream) ==
                   sizeof(struct brink_session) + sizeof(struct brink_leg),
               "legs follow each other in memory");

/* Once the client's connection is in the loop the session ends as all do: by closing. */
static brink_result open_pair(struct brink_session *session, int fd)
{
    struct brink_leg *client = brink_session_leg(session, 0);
    const struct brink_service_options *options = brink_session_service(session)->options;
    brink_session_init_leg(session, 0, &brink_couple_ops);
    brink_session_init_leg(session, 1, &brink_couple_ops);
    client->stream.exact = session->peer.family == AF_UNIX;
    client->stream.paused = true;
    brink_result opened = brink_stream_open(&client->stream, fd, options->arming);
    if (brink_failed(opened))
        return opened;
    session->legs_open = 1;
    if (brink_greeting_expected(session))
        brink_greeting_begin(session);
    else
        brink_dialing_begin(session);
    return brink_ok();
}

static uint64_t on_timer(struct brink_session *session, uint64_t now_ms)
{
    if (session->state == BRINK_SESSION_GREETING)
        return brink_greeting_deadline(session, now_ms);
    return brink_dialing_deadline(session, now_ms);
}

static uint64_t replies(struct brink_session *session)
{
    return brink_session_leg(session, 1)->flow.frames;
}

static void on_gone(struct brink_session *session)
{
    brink_dialing_release(session);
    brink_greeting_end(session);
}

const struct brink_service_kind brink_pair_kind = {
    .name = "relay",
    .session_size = sizeof(struct brink_pair),
    .legs = 2,
    .open = open_pair,
    .on_timer = on_timer,
    .replies = replies,
    .on_lost = brink_rehome,
    .on_leg_gone = brink_dialing_leg_gone,
    .on_closing = brink_dialing_end,
    .on_gone = on_gone,
};
