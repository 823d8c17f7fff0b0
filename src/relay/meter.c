#include "relay/meter.h"

#include "relay/couple.h"
#include "relay/pair.h"

enum { PARTS_OF_SECOND = 32 };

static struct brink_meter *meter_of(const struct brink_session *session)
{
    uint8_t *start = (uint8_t *)(uintptr_t)session;
    return (struct brink_meter *)(void *)(start +
                                          brink_session_service(session)->kind->session_size);
}

bool brink_meter_holds(const struct brink_session *session)
{
    return brink_session_service(session)->metered && meter_of(session)->until_ms != 0;
}

/* --- taking --- */

/* It has sent more than was left to it. */
static bool is_beyond(const struct brink_meter *meter, const struct brink_rates *rates,
                      size_t bytes, uint64_t frames, uint64_t now_ms)
{
    return bytes > brink_bucket_left(&meter->bytes, &rates->client_bytes, now_ms) ||
           frames > brink_bucket_left(&meter->frames, &rates->client_frames, now_ms);
}

static uint64_t take_some(struct brink_bucket *bucket, const struct brink_rate *rate,
                          uint64_t tokens, uint64_t now_ms)
{
    if (rate->per_second == 0)
        return 0;
    brink_bucket_take(bucket, rate, tokens, now_ms);
    return brink_bucket_wait_ms(bucket, rate, now_ms);
}

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* From its own; returns how long it must wait. */
static uint64_t take_own(struct brink_meter *meter, const struct brink_rates *rates, size_t bytes,
                         uint64_t frames, uint64_t now_ms)
{
    uint64_t wait_ms = take_some(&meter->bytes, &rates->client_bytes, bytes, now_ms);
    return longer(wait_ms, take_some(&meter->frames, &rates->client_frames, frames, now_ms));
}

/* From what is everybody's. Who has ended no frame need not wait for those of others. */
static uint64_t take_common(const struct brink_rates *rates, size_t bytes, uint64_t frames,
                            uint64_t now_ms)
{
    if (rates->paces == NULL)
        return 0;
    uint64_t wait_ms = brink_pace_take(&rates->paces->bytes, &rates->bytes, bytes, now_ms);
    if (frames > 0)
        wait_ms =
            longer(wait_ms, brink_pace_take(&rates->paces->frames, &rates->frames, frames, now_ms));
    return wait_ms;
}

static void hold_until(struct brink_session *session, uint64_t until_ms)
{
    struct brink_service *service = brink_session_service(session);
    meter_of(session)->until_ms = until_ms;
    brink_counter_add(&service->stats.slowed, 1);
    if (until_ms < brink_timer_deadline(session->timer))
        brink_timer_arm(&service->io.loop->wheel, session->timer, until_ms);
}

void brink_meter_begin(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_rates *rates = &service->options->rates;
    uint64_t now_ms = service->io.loop->now_ms;
    if (!service->metered || rates->paces == NULL || brink_meter_holds(session))
        return;
    uint64_t wait_ms = longer(brink_pace_wait_ms(&rates->paces->bytes, &rates->bytes, now_ms),
                              brink_pace_wait_ms(&rates->paces->frames, &rates->frames, now_ms));
    if (wait_ms > 0)
        hold_until(session, now_ms + wait_ms);
}

void brink_meter_take(struct brink_session *session, size_t bytes, uint64_t frames)
{
    const struct brink_rates *rates = &brink_session_service(session)->options->rates;
    struct brink_meter *meter = meter_of(session);
    uint64_t now_ms = brink_session_service(session)->io.loop->now_ms;
    bool closes = rates->over_rate == BRINK_OVER_RATE_CLOSE;
    bool beyond = closes && is_beyond(meter, rates, bytes, frames, now_ms);
    uint64_t own_ms = take_own(meter, rates, bytes, frames, now_ms);
    uint64_t wait_ms = take_common(rates, bytes, frames, now_ms);
    if (!closes)
        wait_ms = longer(wait_ms, own_ms);
    if (beyond)
        brink_session_close(session, BRINK_REASON_OVER_RATE, BRINK_SIDE_CLIENT, 0);
    else if (wait_ms > 0)
        hold_until(session, now_ms + wait_ms);
}

/* --- how much at once --- */

/* A part of a second's worth goes into debt rather than that less and less is read at a time. */
static uint64_t some_of(const struct brink_rate *rate, uint64_t left)
{
    uint64_t part = rate->per_second / PARTS_OF_SECOND;
    if (rate->burst != 0 && part > rate->burst)
        part = rate->burst;
    part = part == 0 ? 1 : part;
    return left > part ? left : part;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Not more than holds so many frames, the present one's rest besides, however small they are. */
static uint64_t room_for(const struct brink_session *session, uint64_t frames)
{
    const struct brink_spec *spec = &brink_session_service(session)->options->spec;
    const struct brink_leg *client =
        brink_session_leg((struct brink_session *)(uintptr_t)session, 0);
    uint64_t missing = brink_decoder_missing(&client->flow.decoder);
    uint64_t each = brink_layout_header_min(&spec->request.frame);
    if (brink_spec_raw(spec) || missing >= BRINK_SCRATCH_SIZE || frames >= BRINK_SCRATCH_SIZE)
        return BRINK_SCRATCH_SIZE;
    return lesser(BRINK_SCRATCH_SIZE, missing + frames * (each == 0 ? 1 : each));
}

size_t brink_meter_room(const struct brink_session *session)
{
    const struct brink_rates *rates = &brink_session_service(session)->options->rates;
    const struct brink_meter *meter = meter_of(session);
    uint64_t now_ms = brink_session_service(session)->io.loop->now_ms;
    uint64_t bytes = UINT64_MAX;
    uint64_t frames = UINT64_MAX;
    if (rates->over_rate == BRINK_OVER_RATE_SLOW) {
        bytes = some_of(&rates->client_bytes,
                        brink_bucket_left(&meter->bytes, &rates->client_bytes, now_ms));
        frames = some_of(&rates->client_frames,
                         brink_bucket_left(&meter->frames, &rates->client_frames, now_ms));
    }
    if (rates->paces != NULL) {
        uint64_t left = brink_pace_left(&rates->paces->bytes, &rates->bytes, now_ms);
        bytes = lesser(bytes, some_of(&rates->bytes, left));
        left = brink_pace_left(&rates->paces->frames, &rates->frames, now_ms);
        frames = lesser(frames, some_of(&rates->frames, left));
    }
    return (size_t)lesser(room_for(session, frames), bytes);
}

/* --- going on --- */

/* A client that has sent nothing yet has from now on time for its first frame; see deadline.c. */
static void begin_anew(struct brink_session *session, uint64_t now_ms)
{
    const struct brink_flow *flow = &brink_session_leg(session, 0)->flow;
    if (brink_session_legs(session) == 2 && flow->frames == 0 && brink_flow_at_boundary(flow))
        brink_pair_of(session)->connected_ms = (uint32_t)now_ms;
}

/* The time that it had to wait counts neither for its frame nor for its being idle. */
uint64_t brink_meter_deadline(struct brink_session *session, uint64_t now_ms)
{
    if (!brink_meter_holds(session))
        return BRINK_NEVER;
    struct brink_meter *meter = meter_of(session);
    struct brink_leg *client = brink_session_leg(session, 0);
    if (now_ms < meter->until_ms)
        return meter->until_ms;
    meter->until_ms = 0;
    begin_anew(session, now_ms);
    client->stream.active_ms = (uint32_t)now_ms;
    if (!client->stream.eof) /* else it is when that came; see deadline.c */
        brink_flow_start(&client->flow, (uint32_t)now_ms);
    if (brink_couple_may_read(session, client))
        brink_stream_resume(&client->stream);
    return BRINK_NEVER;
}
