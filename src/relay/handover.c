#include "relay/handover.h"

#include <stdio.h>
#include <string.h>

#include "relay/couple.h"
#include "relay/figures.h"
#include "relay/greeting.h"
#include "relay/pair.h"
#include "relay/reading.h"
#include "relay/report.h"

static bool is_whole(const struct brink_stream *stream)
{
    return !stream->eof && !stream->finish && !stream->ending;
}

/* Both its directions are open; else what is still to come comes here. */
static bool are_whole(const struct brink_session *session)
{
    const struct brink_leg *first = (const struct brink_leg *)(const void *)(session + 1);
    bool pair = brink_session_service(session)->kind->legs == 2;
    return is_whole(&first->stream) && (!pair || is_whole(&first[1].stream));
}

bool brink_handover_stops(const struct brink_session *session)
{
    return brink_session_service(session)->handing_over && session->leaving == BRINK_LEAVING_NOT &&
           are_whole(session);
}

static void stop_or_go_on(struct brink_session *session, const void *arg)
{
    (void)arg;
    if (session->state != BRINK_SESSION_OPEN)
        return;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (brink_couple_may_read(session, leg))
            brink_stream_resume(&leg->stream);
        else
            brink_stream_pause(&leg->stream);
    }
}

void brink_handover_begin(struct brink_service *service)
{
    if (service->handing_over)
        return;
    service->handing_over = true;
    service->io.read_limit = brink_reading_limit;
    brink_service_each(service, stop_or_go_on, NULL);
}

void brink_handover_end(struct brink_service *service)
{
    if (!service->handing_over)
        return;
    service->handing_over = false;
    brink_service_each(service, stop_or_go_on, NULL);
}

/* --- taking --- */

static bool leg_is_ready(const struct brink_leg *leg)
{
    struct brink_position position;
    return brink_stream_is_at_rest(&leg->stream) &&
           brink_position_of(&leg->flow.decoder, &position);
}

static bool fits(const struct brink_service *service)
{
    return strlen(service->options->name) < BRINK_PARCEL_NAME_MAX;
}

bool brink_handover_is_ready(struct brink_session *session)
{
    if (session->state != BRINK_SESSION_OPEN || session->leaving != BRINK_LEAVING_NOT)
        return false;
    if (!are_whole(session)) {
        stop_or_go_on(session, NULL); /* it was stopped before a side of it ended */
        return false;
    }
    for (unsigned i = 0; i < brink_session_legs(session); i++)
        if (!leg_is_ready(brink_session_leg(session, i)))
            return false;
    bool pair = brink_session_legs(session) == 2;
    return fits(brink_session_service(session)) &&
           (!pair || (brink_pair_of(session)->target != NULL && brink_greeting_is_over(session)));
}

static void describe_leg(struct brink_leg *leg, uint64_t now_ms, struct brink_parcel_leg *described)
{
    const struct brink_stream *stream = &leg->stream;
    *described = (struct brink_parcel_leg){
        .bytes_in = stream->bytes_in,
        .bytes_out = stream->bytes_out,
        .frames = leg->flow.frames,
        .quiet_ms = (uint32_t)now_ms - stream->active_ms,
        .exact = stream->exact,
    };
    bool known = brink_position_of(&leg->flow.decoder, &described->position);
    BRINK_ASSERT(known);
    (void)known;
}

static void describe_pair(struct brink_session *session, uint64_t now_ms,
                          struct brink_parcel *parcel)
{
    const struct brink_pair *pair = brink_pair_of(session);
    (void)snprintf(parcel->server, sizeof parcel->server, "%s", pair->target->text);
    (void)snprintf(parcel->server_name, sizeof parcel->server_name, "%s", pair->target->name);
    parcel->connected_ms = (uint32_t)now_ms - pair->connected_ms;
    parcel->frames_before = pair->frames_before;
    parcel->in_vain = pair->in_vain;
    brink_greeting_save(session, parcel);
}

static void describe(struct brink_session *session, struct brink_parcel *parcel)
{
    const struct brink_service_options *options = brink_session_service(session)->options;
    uint64_t now_ms = brink_session_service(session)->io.loop->now_ms;
    memset(parcel, 0, sizeof *parcel);
    (void)snprintf(parcel->listener, sizeof parcel->listener, "%s", options->name);
    parcel->shape = brink_spec_shape(&options->spec);
    parcel->peer = session->peer;
    parcel->age_ms = now_ms - session->opened_ms;
    parcel->kept = session->kept;
    parcel->answered = session->answered;
    parcel->rehomed = session->rehomed;
    parcel->legs = brink_session_legs(session);
    parcel->fds[1] = -1;
    for (unsigned i = 0; i < parcel->legs; i++)
        describe_leg(brink_session_leg(session, i), now_ms, &parcel->leg[i]);
    if (parcel->legs == 2)
        describe_pair(session, now_ms, parcel);
}

void brink_handover_take(struct brink_session *session, struct brink_parcel *parcel)
{
    describe(session, parcel);
    brink_session_blame(session, BRINK_REASON_HANDED_OVER, BRINK_SIDE_CLIENT, 0);
    brink_report_close(session);
    session->state = BRINK_SESSION_CLOSING;
    for (unsigned i = 0; i < parcel->legs; i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        brink_figures_relieved(session, leg);
        parcel->fds[i] = brink_stream_detach(&leg->stream);
    }
}

void brink_handover_confirm(struct brink_service *service)
{
    brink_counter_add(&service->stats.closed[BRINK_REASON_HANDED_OVER], 1);
    brink_counter_subtract(&service->stats.sessions, 1);
    service->on_session_gone(service);
}
