/* Times are compared as differences of their low 32 bits, which is right up to 49 days apart. A
 * deadline is one millisecond after the time allowed, since the clock is rounded down: never early.
 */
#include "relay/deadline.h"

#include "net/options.h"
#include "relay/answers.h"
#include "relay/leave.h"
#include "relay/meter.h"
#include "relay/pair.h"

enum {
    PATIENCE_MS = 30000 /* for a peer to take what is queued, when there is no idle timeout */
};

static uint32_t since(uint32_t then_ms, uint64_t now_ms)
{
    return (uint32_t)now_ms - then_ms;
}

uint32_t brink_session_quiet_ms(struct brink_session *session, uint64_t now_ms)
{
    uint32_t quiet = UINT32_MAX;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        uint32_t one = since(brink_session_leg(session, i)->stream.active_ms, now_ms);
        quiet = one < quiet ? one : quiet;
    }
    return quiet;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Who lingers and who still takes what is queued; the others are closed. */
static uint64_t closing_deadline(struct brink_session *session, uint64_t now_ms)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    uint32_t patience = options->idle_ms != 0 ? options->idle_ms : PATIENCE_MS;
    if (session->reason == BRINK_REASON_IDLE_TIMEOUT)
        patience = 0;
    uint64_t next = BRINK_NEVER;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_stream *stream = &brink_session_leg(session, i)->stream;
        if (!brink_stream_is_open(stream))
            continue;
        uint32_t quiet = since(stream->active_ms, now_ms);
        /* something, or the end of it */
        bool owed = brink_queue_bytes(&stream->out) > 0 || stream->reset;
        if (owed && quiet <= patience)
            next = earlier(next, now_ms + (patience - quiet) + 1);
        else if (owed)
            brink_stream_reset_now(stream);
        else
            brink_stream_close_now(stream);
    }
    return next;
}

/* A sender who must wait because the receiver is slow is not to blame for it. */
static uint64_t frame_deadline(struct brink_leg *leg, uint32_t frame_ms, uint64_t now_ms)
{
    bool begun = !brink_flow_at_boundary(&leg->flow);
    if (!begun)
        return now_ms + frame_ms + 1; /* whatever begins later is due later */
    if (leg->stream.paused || leg->stream.waits_memory)
        brink_flow_start(&leg->flow, (uint32_t)now_ms);
    uint32_t taken = since(brink_flow_started_ms(&leg->flow), now_ms);
    return taken > frame_ms ? now_ms : now_ms + (frame_ms - taken) + 1;
}

static uint64_t frames_deadline(struct brink_session *session, uint64_t now_ms)
{
    uint32_t frame_ms = brink_session_service(session)->options->frame_ms;
    uint64_t next = BRINK_NEVER;
    if (frame_ms == 0 || brink_spec_raw(&brink_session_service(session)->options->spec))
        return next;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        uint64_t due = frame_deadline(leg, frame_ms, now_ms);
        if (due == now_ms) {
            brink_session_close(session, BRINK_REASON_FRAME_TIMEOUT, brink_leg_side(leg), 0);
            return brink_timer_deadline(session->timer);
        }
        next = earlier(next, due);
    }
    return next;
}

/* Once it has lasted for a while. An idle timeout that comes before keepalive would makes it
 * needless. */
static uint64_t keepalive_deadline(struct brink_session *session, uint64_t now_ms)
{
    const struct brink_service *service = brink_session_service(session);
    if (session->kept || brink_session_legs(session) == 1)
        return BRINK_NEVER;
    uint32_t idle_ms = service->options->idle_ms;
    uint32_t keepalive_ms = brink_group_options(service->dialings.group)->keepalive_ms;
    if (keepalive_ms == 0 || (idle_ms != 0 && idle_ms <= keepalive_ms))
        return BRINK_NEVER;
    uint64_t due = session->opened_ms + earlier(BRINK_KEEPALIVE_AFTER_MS, keepalive_ms / 2);
    if (now_ms < due)
        return due;
    session->kept = true;
    brink_options_keep_alive(service->io.loop->sys, brink_session_leg(session, 1)->stream.source.fd,
                             keepalive_ms);
    return BRINK_NEVER;
}

/* A client that says nothing, or not enough. */
static uint64_t first_frame_deadline(struct brink_session *session, uint64_t now_ms)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    const struct brink_leg *client = brink_session_leg(session, 0);
    if (options->first_frame_ms == 0 || client->flow.frames > 0 || brink_spec_raw(&options->spec) ||
        brink_meter_holds(session))
        return BRINK_NEVER;
    uint32_t passed = since(brink_session_read_since_ms(session), now_ms);
    if (passed > options->first_frame_ms) {
        brink_session_close(session, BRINK_REASON_FIRST_FRAME_TIMEOUT, BRINK_SIDE_CLIENT, 0);
        return BRINK_NEVER;
    }
    return now_ms + (options->first_frame_ms - passed) + 1;
}

/* A side has ended, and the other one has had its time. When it ended stands where a flow keeps
 * when its frame began. */
static uint64_t half_closed_deadline(struct brink_session *session, uint64_t now_ms)
{
    uint32_t half_closed_ms = brink_session_service(session)->options->half_closed_ms;
    uint64_t next = BRINK_NEVER;
    if (half_closed_ms == 0)
        return next;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        const struct brink_leg *leg = brink_session_leg(session, i);
        if (!leg->stream.eof) {
            next =
                earlier(next, now_ms + half_closed_ms + 1); /* whatever ends later is due later */
            continue;
        }
        uint32_t passed = since(brink_flow_started_ms(&leg->flow), now_ms);
        if (passed > half_closed_ms) {
            brink_session_close(
                session, BRINK_REASON_HALF_CLOSED_TIMEOUT,
                brink_leg_side(brink_session_other(session, brink_session_leg(session, i))), 0);
            return next;
        }
        next = earlier(next, now_ms + (half_closed_ms - passed) + 1);
    }
    return next;
}

/* A tenth less, by chance, so that clients who came together do not leave together. */
static uint64_t age_deadline(struct brink_session *session, uint64_t now_ms)
{
    uint32_t max_age_ms = brink_session_service(session)->options->max_age_ms;
    if (session->leaving == BRINK_LEAVING_DRAIN)
        return BRINK_NEVER; /* that has its own deadline */
    if (session->leaving != BRINK_LEAVING_NOT)
        return brink_leave_deadline(session, now_ms);
    if (max_age_ms == 0)
        return BRINK_NEVER;
    uint64_t less_ms = brink_session_id(session) % (max_age_ms / 10 + 1);
    uint64_t due = session->opened_ms + max_age_ms - less_ms + 1;
    if (now_ms < due)
        return due;
    brink_leave_begin(session, BRINK_LEAVING_AGE);
    return now_ms;
}

static uint64_t open_deadline(struct brink_session *session, uint64_t now_ms)
{
    static uint64_t (*const deadlines[])(struct brink_session * session, uint64_t now_ms) = {
        brink_meter_deadline, frames_deadline,    first_frame_deadline,   half_closed_deadline,
        age_deadline,         keepalive_deadline, brink_answers_deadline,
    };
    uint32_t idle_ms = brink_session_service(session)->options->idle_ms;
    uint64_t next = BRINK_NEVER;
    for (size_t i = 0; i < sizeof deadlines / sizeof deadlines[0]; i++) {
        uint64_t due = deadlines[i](session, now_ms);
        if (session->state != BRINK_SESSION_OPEN)
            return brink_timer_deadline(session->timer);
        next = earlier(next, due);
    }
    if (idle_ms == 0 || brink_meter_holds(session))
        return next;
    uint32_t quiet = brink_session_quiet_ms(session, now_ms);
    if (quiet > idle_ms) {
        brink_session_close(session, BRINK_REASON_IDLE_TIMEOUT, BRINK_SIDE_CLIENT, 0);
        return brink_timer_deadline(session->timer);
    }
    return earlier(next, now_ms + (idle_ms - quiet) + 1);
}

uint64_t brink_session_deadline(struct brink_session *session, uint64_t now_ms)
{
    if (session->state == BRINK_SESSION_CLOSING)
        return closing_deadline(session, now_ms);
    if (session->state != BRINK_SESSION_OPEN)
        return brink_session_service(session)->kind->on_timer(session, now_ms);
    return open_deadline(session, now_ms);
}
