#include "relay/pair.h"

#include <errno.h>

#include "net/dialer.h"
#include "relay/couple.h"

enum { REDIAL_MS = 10 }; /* a unix socket's queue was full */

struct brink_pair {
    struct brink_session session;
    struct brink_leg client;
    struct brink_leg upstream;
};
_Static_assert(offsetof(struct brink_pair, upstream) ==
                   sizeof(struct brink_session) + sizeof(struct brink_leg),
               "legs follow each other in memory");

static void fail_connect(struct brink_session *session, enum brink_reason reason, int sys_errno)
{
    brink_session_close(session, reason, BRINK_SIDE_UPSTREAM, sys_errno);
}

static void connected(struct brink_session *session)
{
    struct brink_stream *upstream = &brink_session_leg(session, 1)->stream;
    session->state = BRINK_SESSION_OPEN;
    brink_stream_adopt(upstream, &brink_couple_ops);
    brink_session_arm(session);
    struct brink_leg *client = brink_session_leg(session, 0);
    if (brink_couple_may_read(session, client))
        brink_stream_resume(&client->stream);
}

static void dialing_run(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_session *session = brink_session_of(brink_stream_of_source(source));
    brink_result result = brink_dial_result(loop, source);
    if (result.err == EINPROGRESS)
        return;
    if (brink_failed(result))
        fail_connect(session, BRINK_REASON_CONNECT_FAILED, result.err);
    else
        connected(session);
}

static const struct brink_stream_ops dialing_ops = {
    .source = {dialing_run, brink_leg_reclaim, brink_leg_head},
};

/* EAGAIN is not the end: the timer dials again. */
static brink_result dial(struct brink_session *session)
{
    struct brink_service *service = brink_session_service(session);
    struct brink_stream *upstream = &brink_session_leg(session, 1)->stream;
    brink_result dialed = brink_dial(service->io.loop, &upstream->source,
                                     &service->options->upstream, service->options->arming);
    if (!brink_failed(dialed))
        session->legs_open++;
    return dialed;
}

static uint64_t connect_deadline(struct brink_session *session)
{
    uint32_t connect_ms = brink_session_service(session)->options->connect_ms;
    return connect_ms == 0 ? BRINK_NEVER : session->opened_ms + connect_ms + 1;
}

static uint64_t on_timer(struct brink_session *session, uint64_t now_ms)
{
    uint64_t deadline = connect_deadline(session);
    if (now_ms >= deadline) {
        fail_connect(session, BRINK_REASON_CONNECT_TIMEOUT, ETIMEDOUT);
        return brink_timer_deadline(session->timer);
    }
    if (brink_stream_is_open(&brink_session_leg(session, 1)->stream))
        return deadline;
    brink_result dialed = dial(session);
    if (dialed.err == EAGAIN)
        return now_ms + REDIAL_MS < deadline ? now_ms + REDIAL_MS : deadline;
    if (brink_failed(dialed)) {
        fail_connect(session, BRINK_REASON_CONNECT_FAILED, dialed.err);
        return brink_timer_deadline(session->timer);
    }
    return deadline;
}

/* Once the client's connection is in the loop the session ends as all do: by closing. */
static brink_result open_pair(struct brink_session *session, int fd)
{
    struct brink_leg *client = brink_session_leg(session, 0);
    struct brink_leg *upstream = brink_session_leg(session, 1);
    brink_session_init_leg(session, 0, &brink_couple_ops);
    brink_session_init_leg(session, 1, &dialing_ops);
    client->stream.exact = session->peer.family == AF_UNIX;
    upstream->stream.exact =
        brink_session_service(session)->options->upstream.sock.any.sa_family == AF_UNIX;
    client->stream.paused = true;
    brink_result opened =
        brink_stream_open(&client->stream, fd, brink_session_service(session)->options->arming);
    if (brink_failed(opened))
        return opened;
    session->legs_open = 1;
    session->state = BRINK_SESSION_CONNECTING;
    brink_session_arm(session);
    return brink_ok();
}

static uint64_t replies(struct brink_session *session)
{
    return brink_session_leg(session, 1)->flow.frames;
}

const struct brink_service_kind brink_pair_kind = {
    .name = "relay",
    .session_size = sizeof(struct brink_pair),
    .legs = 2,
    .open = open_pair,
    .on_timer = on_timer,
    .replies = replies,
};
