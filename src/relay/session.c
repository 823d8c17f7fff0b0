#include "relay/session.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "relay/access.h"
#include "relay/deadline.h"
#include "relay/drain.h"
#include "relay/ending.h"
#include "relay/figures.h"
#include "relay/goodbye.h"
#include "relay/pair.h"
#include "relay/report.h"

_Static_assert(sizeof(struct brink_session) % _Alignof(struct brink_leg) == 0,
               "legs follow their session in memory");

enum { CLAIMED_RETRY_MS = 1 }; /* a timer that fires while another thread is at the session */

static void session_timer(void *arg, uint64_t now_ms)
{
    struct brink_session *session = arg;
    struct brink_loop *loop = brink_session_service(session)->io.loop;
    struct brink_source *head = &brink_session_leg(session, 0)->stream.source;
    if (!brink_loop_claim(loop, head)) {
        brink_timer_arm(&loop->wheel, session->timer, now_ms + CLAIMED_RETRY_MS);
        return;
    }
    brink_session_arm(session);
    brink_loop_release(loop, head);
}

brink_result brink_session_init(struct brink_session *session, struct brink_service *service,
                                const struct brink_peer *peer)
{
    brink_session_leg(session, 0)->stream.io = &service->io;
    session->opened_ms = service->io.loop->now_ms;
    session->peer = *peer;
    session->timer = brink_timer_new(&service->io.loop->wheel, session_timer, session);
    return session->timer == NULL ? brink_fail(ENOMEM) : brink_ok();
}

void brink_session_destroy(struct brink_session *session)
{
    brink_timer_free(&brink_session_service(session)->io.loop->wheel, session->timer);
}

void brink_session_init_leg(struct brink_session *session, unsigned index,
                            const struct brink_stream_ops *ops)
{
    struct brink_service *service = brink_session_service(session);
    struct brink_leg *leg = brink_session_leg(session, index);
    brink_stream_init(&leg->stream, &service->io, ops);
    leg->stream.second = index == 1;
    brink_flow_init(&leg->flow, &service->options->spec, brink_leg_side(leg));
    brink_flow_start(&leg->flow, (uint32_t)service->io.loop->now_ms);
    if (index == 0) /* nobody else has seen it yet, so nobody has claimed it */
        (void)brink_loop_claim(service->io.loop, &leg->stream.source);
}

struct brink_leg *brink_session_other(struct brink_session *session, struct brink_leg *leg)
{
    if (brink_session_legs(session) == 1)
        return leg;
    return brink_session_leg(session, leg->stream.second ? 0 : 1);
}

uint64_t brink_session_id(const struct brink_session *session)
{
    const struct brink_peer *peer = &session->peer;
    uint64_t address = brink_hash_bytes(peer->bytes, sizeof peer->bytes);
    uint64_t place = (uint64_t)(uintptr_t)session << 16 | peer->port;
    uint64_t seed = brink_session_service(session)->options->seed;
    return brink_hash_mix(address ^
                          brink_hash_mix(place ^ brink_hash_mix(session->opened_ms ^ seed)));
}

uint32_t brink_session_read_since_ms(struct brink_session *session)
{
    if (brink_session_legs(session) == 1)
        return (uint32_t)session->opened_ms;
    return brink_pair_of(session)->connected_ms;
}

void brink_session_arm(struct brink_session *session)
{
    struct brink_service *service = brink_session_service(session);
    struct brink_loop *loop = service->io.loop;
    uint64_t next = brink_session_deadline(session, loop->now_ms);
    brink_figures_settle(service);
    brink_timer_arm(&loop->wheel, session->timer, next);
}

void brink_session_blame(struct brink_session *session, enum brink_reason reason,
                         enum brink_side side, int sys_errno)
{
    if (session->reason != BRINK_REASON_NONE)
        return;
    session->reason = (uint16_t)reason & 63U;
    session->side = side == BRINK_SIDE_UPSTREAM;
    session->sys_errno = (uint16_t)sys_errno & 0xfffU;
}

static void blame_anew(struct brink_session *session, enum brink_reason reason,
                       enum brink_side side, int sys_errno)
{
    if (reason == BRINK_REASON_NONE)
        return;
    session->reason = BRINK_REASON_NONE;
    brink_session_blame(session, reason, side, sys_errno);
}

/* Whoever has received a part of a frame must not take its end for the frame's. Raw bytes have no
 * boundaries, so a reset is passed on as what it is. */
static enum brink_stream_end how_to_end(struct brink_session *session, struct brink_leg *leg)
{
    const struct brink_leg *from = brink_session_other(session, leg);
    if (brink_flow_mid_frame(&from->flow) || session->reason == BRINK_REASON_NO_MEMORY)
        return BRINK_END_RESET; /* without memory, bytes were lost that the flow has counted */
    if (from->stream.broken_errno != 0 &&
        brink_spec_raw(&brink_session_service(session)->options->spec))
        return BRINK_END_RESET;
    return BRINK_END_FIN;
}

static void count_cuts(struct brink_session *session)
{
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (!brink_flow_unfinished(&leg->flow))
            continue;
        brink_figures_cut(session, brink_leg_side(leg));
        brink_report_cut(session, leg);
    }
}

static void begin_to_close(struct brink_session *session)
{
    const struct brink_service_kind *kind = brink_session_service(session)->kind;
    brink_ending_note(session);
    session->state = BRINK_SESSION_CLOSING;
    count_cuts(session);
    for (unsigned i = 0; i < kind->legs; i++)
        brink_figures_relieved(session, brink_session_leg(session, i));
    if (kind->on_closing != NULL)
        kind->on_closing(session);
}

void brink_session_close(struct brink_session *session, enum brink_reason reason,
                         enum brink_side side, int sys_errno)
{
    if (session->state == BRINK_SESSION_CLOSING)
        return;
    blame_anew(session, reason, side, sys_errno);
    if (session->state == BRINK_SESSION_CONNECTING) /* nothing to flush there, nor to wait for */
        brink_stream_close_now(&brink_session_leg(session, 1)->stream);
    begin_to_close(session);
    brink_goodbye_say(session);
    enum brink_stream_end how[2];
    for (unsigned i = 0; i < brink_session_legs(session); i++)
        how[i] = how_to_end(session, brink_session_leg(session, i));
    for (unsigned i = 0; i < brink_session_legs(session); i++)
        brink_stream_end(&brink_session_leg(session, i)->stream, how[i]);
    struct brink_loop *loop = brink_session_service(session)->io.loop;
    brink_timer_arm(&loop->wheel, session->timer, loop->now_ms + BRINK_LINGER_MS);
}

void brink_session_cut(struct brink_session *session, enum brink_reason reason)
{
    if (session->state != BRINK_SESSION_CLOSING) {
        bool server = reason == BRINK_REASON_SERVER_DOWN;
        blame_anew(session, reason, server ? BRINK_SIDE_UPSTREAM : BRINK_SIDE_CLIENT, 0);
        begin_to_close(session);
    }
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (brink_queue_bytes(&leg->stream.out) > 0 || how_to_end(session, leg) == BRINK_END_RESET)
            brink_stream_reset_now(&leg->stream);
        else
            brink_stream_close_now(&leg->stream);
    }
}

void brink_session_close_if_done(struct brink_session *session)
{
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        const struct brink_stream *stream = &brink_session_leg(session, i)->stream;
        if (!stream->eof || !stream->finished)
            return;
    }
    brink_session_close(session, BRINK_REASON_NONE, BRINK_SIDE_CLIENT, 0);
}

void brink_session_bad_frame(struct brink_session *session, struct brink_leg *leg,
                             const struct brink_decoded *bad, const uint8_t *header, size_t length)
{
    struct brink_service_stats *stats = &brink_session_service(session)->stats;
    brink_counter_add(&stats->bad_frames[brink_leg_side(leg)][bad->error], 1);
    brink_report_bad_frame(session, leg, bad, header, length);
    enum brink_reason reason = bad->error == BRINK_FRAME_TOO_LARGE ? BRINK_REASON_FRAME_TOO_LARGE
                                                                   : BRINK_REASON_FRAME_CORRUPT;
    brink_session_close(session, reason, brink_leg_side(leg), 0);
}

struct brink_source *brink_leg_head(struct brink_source *source)
{
    struct brink_session *session = brink_session_of(brink_stream_of_source(source));
    return &brink_session_leg(session, 0)->stream.source;
}

/* Other balancers' probes connect and leave. */
static void count_end(struct brink_session *session)
{
    struct brink_service_stats *stats = &brink_session_service(session)->stats;
    const struct brink_stream *client = &brink_session_leg(session, 0)->stream;
    bool left = session->reason == BRINK_REASON_CLIENT_CLOSED ||
                session->reason == BRINK_REASON_CLIENT_RESET;
    brink_counter_add(&stats->closed[session->reason], 1);
    if (left && client->bytes_in == 0 && client->bytes_out == 0)
        brink_counter_add(&stats->probes, 1);
}

void brink_leg_reclaim(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_session *session = brink_session_of(brink_stream_of_source(source));
    struct brink_service *service = brink_session_service(session);
    session->legs_open--;
    if (session->legs_open > 0) {
        if (service->kind->on_leg_gone != NULL)
            service->kind->on_leg_gone(session);
        brink_loop_release(loop, source);
        return;
    }
    brink_access_leave(session);
    brink_drain_forget(session);
    bool ended = session->reason != BRINK_REASON_HANDED_OVER; /* else see relay/handover.h */
    if (ended) {
        count_end(session);
        brink_report_close(session);
    }
    if (service->kind->on_gone != NULL)
        service->kind->on_gone(session);
    brink_session_destroy(session);
    brink_slab_free(&service->sessions, session);
    if (!ended)
        return;
    brink_counter_subtract(&service->stats.sessions, 1);
    service->on_session_gone(service);
}
