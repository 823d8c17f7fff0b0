/* relay/session.h - one client and what belongs to it, from accept to the line in the log.
 *
 *   OPEN --close--> CLOSING (queues are flushed, FIN or reset sent) --all legs gone--> logged,
 * freed
 *
 * A session has one leg (echo, endpoint) or two (pair: the client's and the upstream's). What comes
 * in by a leg is framed by the leg's flow. It has one timer, for every deadline it has: activity
 * only writes down the time, and the timer, when it fires, looks whether a deadline has passed,
 * and is armed for the next. The worker's thread. */
#ifndef BRINK_RELAY_SESSION_H
#define BRINK_RELAY_SESSION_H

#include "net/address.h"
#include "net/stream.h"
#include "relay/flow.h"
#include "relay/service.h"

enum brink_session_state {
    BRINK_SESSION_OPEN = 0,
    BRINK_SESSION_CONNECTING, /* the upstream's leg is being dialled */
    BRINK_SESSION_GREETING,   /* the client's PROXY header is being read */
    BRINK_SESSION_CLOSING
};

/* Why it ends at its next boundary: see relay/leave.h, and for the last relay/drain.h. */
enum brink_leaving {
    BRINK_LEAVING_NOT = 0,
    BRINK_LEAVING_SERVER,
    BRINK_LEAVING_AGE,
    BRINK_LEAVING_DRAIN
};

/* How far a pair had come when it began to close. */
enum brink_search {
    BRINK_SEARCH_OVER = 0, /* it had a server */
    BRINK_SEARCH_DIALED,
    BRINK_SEARCH_QUEUED,
    BRINK_SEARCH_GREETING
};

struct brink_leg {
    struct brink_stream stream;
    struct brink_flow flow; /* of what comes from this leg's peer */
};

_Static_assert(BRINK_REASON_COUNT <= 64, "a session keeps its reason in 6 bits");

/* Followed in memory by its legs: see the kinds, each a struct of a session and legs. */
struct brink_session {
    struct brink_timer *timer;
    uint64_t opened_ms;
    struct brink_peer peer;
    uint16_t sys_errno : 12; /* for the reasons that have one; errno(3) ends far below */
    uint16_t search : 2;     /* enum brink_search, from when it begins to close */
    uint16_t rehomed : 1;    /* it has had another server before */
    uint16_t reason : 6;     /* enum brink_reason */
    uint16_t side : 1;       /* enum brink_side: whose doing */
    uint16_t state : 2;      /* enum brink_session_state */
    uint16_t leaving : 2;    /* enum brink_leaving */
    uint16_t legs_open : 2;  /* legs whose source is in the loop */
    uint16_t kept : 1;     /* its upstream's connection has keepalive, as its client's always has */
    uint16_t counted : 1;  /* among those of its source; see relay/access.h */
    uint16_t answered : 1; /* its upstream has sent something */
};

static inline struct brink_leg *brink_session_leg(struct brink_session *session, unsigned index)
{
    return (struct brink_leg *)(void *)(session + 1) + index;
}

/* Its first leg's stream knows it. */
static inline struct brink_service *brink_session_service(const struct brink_session *session)
{
    const struct brink_leg *first = (const struct brink_leg *)(const void *)(session + 1);
    return brink_service_of(&first->stream);
}

/* One or two. */
static inline unsigned brink_session_legs(struct brink_session *session)
{
    return brink_session_service(session)->kind->legs;
}

static inline struct brink_leg *brink_leg_of(struct brink_stream *stream)
{
    return BRINK_CONTAINER_OF(stream, struct brink_leg, stream);
}

static inline struct brink_session *brink_session_of(struct brink_stream *stream)
{
    struct brink_leg *first = brink_leg_of(stream) - (stream->second ? 1 : 0);
    return (struct brink_session *)(void *)first - 1;
}

static inline const struct brink_session *brink_leg_session(const struct brink_leg *leg)
{
    const struct brink_leg *first = leg - (leg->stream.second ? 1 : 0);
    return (const struct brink_session *)(const void *)first - 1;
}

static inline enum brink_side brink_leg_side(const struct brink_leg *leg)
{
    return leg->stream.second ? BRINK_SIDE_UPSTREAM : BRINK_SIDE_CLIENT;
}

/* The leg that gets what comes by `leg`: the other one, or itself where there is one. */
struct brink_leg *brink_session_other(struct brink_session *session, struct brink_leg *leg);

/* Sets up the head, the timer and who the service is. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_session_init(struct brink_session *session,
                                                 struct brink_service *service,
                                                 const struct brink_peer *peer);
void brink_session_destroy(struct brink_session *session);

/* Sets up leg `index`, not open yet. With the first the session is claimed. */
void brink_session_init_leg(struct brink_session *session, unsigned index,
                            const struct brink_stream_ops *ops);

/* A number that tells the session from others, here and elsewhere, with high probability. */
uint64_t brink_session_id(const struct brink_session *session);

/* From when on its client has been read: one of a pair is not while it has no server. The low 32
 * bits of the time. */
uint32_t brink_session_read_since_ms(struct brink_session *session);

/* Looks at the deadlines now, and arms the timer for the next. */
void brink_session_arm(struct brink_session *session);

/* Notes why the session will end, unless that is known already. */
void brink_session_blame(struct brink_session *session, enum brink_reason reason,
                         enum brink_side side, int sys_errno);

/* Ends the session, for `reason`, whatever was noted before (NONE: for what was noted): flushes
 * what is queued, then ends each leg by FIN, or by a reset where a frame was begun and will not be
 * finished. Frames cut thereby are counted and logged. Harmless when closing already. */
void brink_session_close(struct brink_session *session, enum brink_reason reason,
                         enum brink_side side, int sys_errno);

/* The same without waiting for anything: what is queued is lost, and then the leg is reset. */
void brink_session_cut(struct brink_session *session, enum brink_reason reason);

/* Closes it if both directions have ended and all has been delivered. */
void brink_session_close_if_done(struct brink_session *session);

/* Closes it for a frame that cannot be accepted, and says why in the log. `header`: the frame's
 * first bytes. */
void brink_session_bad_frame(struct brink_session *session, struct brink_leg *leg,
                             const struct brink_decoded *bad, const uint8_t *header, size_t length);

/* For brink_stream_ops.source of every leg: reclaim; and head, by which all of a session is
 * claimed.
 */
void brink_leg_reclaim(struct brink_loop *loop, struct brink_source *source);
struct brink_source *brink_leg_head(struct brink_source *source);

/* Counts bytes and frames that have come by a leg. */
static inline void brink_session_count(struct brink_service *service, enum brink_side side,
                                       size_t bytes, uint64_t frames)
{
    brink_counter_add(&service->stats.bytes[side], bytes);
    brink_counter_add(&service->stats.frames[side], frames);
}

#endif
