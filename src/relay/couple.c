#include "relay/couple.h"

#include <errno.h>

#include "relay/answers.h"
#include "relay/figures.h"
#include "relay/handover.h"
#include "relay/meter.h"
#include "relay/pair.h"

enum { HEADER_SHOWN = 64 }; /* bytes of a bad frame's header that a message may need */

/* Where there is more to look at than its receiver's queue. */
static bool may_read_on(const struct brink_service *service, const struct brink_session *session,
                        const struct brink_leg *leg)
{
    bool client = brink_leg_side(leg) == BRINK_SIDE_CLIENT;
    if (client && brink_meter_holds(session))
        return false;
    bool stops = leg->stream.last || brink_handover_stops(session);
    if (!stops || brink_spec_raw(&service->options->spec))
        return true;
    return !brink_flow_at_boundary(&leg->flow);
}

bool brink_couple_may_read(struct brink_session *session, struct brink_leg *leg)
{
    const struct brink_service *service = brink_session_service(session);
    if (brink_stream_full(&brink_session_other(session, leg)->stream))
        return false;
    bool careful = leg->stream.last || service->metered || service->handing_over;
    return BRINK_LIKELY(!careful) || may_read_on(service, session, leg);
}

/* The header's first bytes are held in the receiver's queue, the rest came just now. */
static void refuse(struct brink_session *session, struct brink_leg *leg,
                   const struct brink_flow_step *step, const uint8_t *data, size_t length)
{
    uint8_t header[HEADER_SHOWN];
    struct brink_leg *other = brink_session_other(session, leg);
    size_t shown = 0;
    if (step->accepted == 0)
        shown = brink_queue_copy_held(&other->stream.out, header, sizeof header);
    for (size_t at = step->accepted; at < length && shown < sizeof header; at++)
        header[shown++] = data[at];
    brink_session_bad_frame(session, leg, &step->why, header, shown);
}

/* Passes on what was accepted and holds back a header that is not complete. A receiver that takes
 * no more (its connection broke, or we have ended it) loses the bytes: it is told of by its own
 * on_error, or the session is closing. */
static brink_result pass_on(struct brink_leg *to, const struct brink_flow_step *step,
                            const uint8_t *data, size_t length)
{
    brink_result passed = brink_ok();
    if (step->accepted > 0)
        passed = brink_stream_write(&to->stream, data, step->accepted);
    if (!brink_failed(passed) && !step->bad && step->accepted < length)
        passed = brink_stream_hold(&to->stream, data + step->accepted, length - step->accepted);
    return passed;
}

/* Of a pair. */
static void measure_talk(struct brink_session *session, enum brink_side side, size_t length,
                         uint64_t frames)
{
    brink_figures_share(brink_pair_of(session)->share, side, length, frames);
    if (frames > 0)
        brink_figures_talk(session, side, frames);
}

/* If it is for the receiver's sake, that is counted. */
static void pause_reading(struct brink_session *session, struct brink_leg *leg)
{
    if (brink_stream_full(&brink_session_other(session, leg)->stream))
        brink_figures_pressed(session, leg);
    brink_stream_pause(&leg->stream);
}

static size_t on_data(struct brink_stream *stream, const uint8_t *data, size_t length)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_service *service = brink_service_of(stream);
    struct brink_leg *leg = brink_leg_of(stream);
    struct brink_leg *other = brink_session_other(session, leg);
    enum brink_side side = brink_leg_side(leg);
    uint32_t began_ms = brink_flow_started_ms(&leg->flow);
    struct brink_flow_step step =
        brink_flow_take(&leg->flow, &other->flow, &service->options->spec, side, data, length,
                        (uint32_t)service->io.loop->now_ms, &service->stats.frame_bytes[side]);
    brink_session_count(service, side, length, step.frames);
    brink_time_tally_add_instant(&service->stats.frame_us[side], step.frames - step.went_on);
    if (BRINK_UNLIKELY(step.went_on))
        brink_figures_ended(service, leg, began_ms);
    if (BRINK_UNLIKELY(step.began))
        brink_figures_began(service, leg);
    if (other != leg)
        measure_talk(session, side, length, step.frames);
    if (BRINK_UNLIKELY(!session->answered) && side == BRINK_SIDE_UPSTREAM)
        brink_answers_first(session);
    brink_result passed = pass_on(other, &step, data, length);
    if (passed.err == ENOMEM || passed.err == EMSGSIZE) {
        brink_session_close(session, BRINK_REASON_NO_MEMORY, side, ENOMEM);
    } else if (step.bad) {
        refuse(session, leg, &step, data, length);
    } else {
        if (BRINK_UNLIKELY(service->metered) && side == BRINK_SIDE_CLIENT)
            brink_meter_take(session, length, step.frames);
        if (!brink_couple_may_read(session, leg))
            pause_reading(session, leg);
    }
    return step.frames * BRINK_FRAME_CHARGE;
}

/* The session goes on although its upstream has ended the connection. */
static bool is_rehomed(struct brink_session *session, enum brink_side side)
{
    const struct brink_service_kind *kind = brink_session_service(session)->kind;
    return side == BRINK_SIDE_UPSTREAM && kind->on_lost != NULL && kind->on_lost(session);
}

static void on_eof(struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_leg *leg = brink_leg_of(stream);
    enum brink_side side = brink_leg_side(leg);
    bool client = side == BRINK_SIDE_CLIENT;
    if (is_rehomed(session, side))
        return;
    brink_flow_start(&leg->flow, (uint32_t)stream->io->loop->now_ms); /* see deadline.c */
    if (brink_flow_unfinished(&leg->flow))
        brink_session_blame(
            session, client ? BRINK_REASON_CLIENT_MID_FRAME : BRINK_REASON_UPSTREAM_MID_FRAME, side,
            0);
    if (brink_flow_mid_frame(&leg->flow)) {
        brink_session_close(session, BRINK_REASON_NONE, side, 0);
        return;
    }
    brink_session_blame(session, client ? BRINK_REASON_CLIENT_CLOSED : BRINK_REASON_UPSTREAM_CLOSED,
                        side, 0);
    brink_stream_finish(&brink_session_other(session, leg)->stream);
    brink_session_close_if_done(session);
}

static void on_finished(struct brink_stream *stream)
{
    brink_session_close_if_done(brink_session_of(stream));
}

static void on_low(struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_leg *from = brink_session_other(session, brink_leg_of(stream));
    brink_figures_relieved(session, from);
    if (brink_couple_may_read(session, from))
        brink_stream_resume(&from->stream);
}

static size_t when_scarce(struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    return brink_stream_scarce_room(&brink_session_other(session, brink_leg_of(stream))->stream);
}

static void on_error(struct brink_stream *stream, int sys_errno)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_leg *leg = brink_leg_of(stream);
    enum brink_side side = brink_leg_side(leg);
    bool client = side == BRINK_SIDE_CLIENT;
    enum brink_reason reason = client ? BRINK_REASON_CLIENT_RESET : BRINK_REASON_UPSTREAM_RESET;
    if (brink_flow_unfinished(&leg->flow))
        reason = client ? BRINK_REASON_CLIENT_MID_FRAME : BRINK_REASON_UPSTREAM_MID_FRAME;
    brink_answers_reset(session, side);
    if (!is_rehomed(session, side))
        brink_session_close(session, reason, side, sys_errno);
}

const struct brink_stream_ops brink_couple_ops = {
    .source = {brink_stream_source_run, brink_leg_reclaim, brink_leg_head},
    .on_data = on_data,
    .on_eof = on_eof,
    .on_low = on_low,
    .on_error = on_error,
    .on_finished = on_finished,
    .when_scarce = when_scarce,
};
