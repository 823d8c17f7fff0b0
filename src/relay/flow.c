#include "relay/flow.h"

#include "frame/skip.h"

const struct brink_direction *brink_flow_direction(const struct brink_spec *spec,
                                                   enum brink_side side)
{
    return side == BRINK_SIDE_CLIENT ? &spec->request : &spec->reply;
}

void brink_flow_init(struct brink_flow *flow, const struct brink_spec *spec, enum brink_side side)
{
    *flow = (struct brink_flow){0};
    brink_decoder_init(&flow->decoder, brink_flow_direction(spec, side));
}

/* A client's request to encrypt, of a size that no startup packet has, is answered by one byte
 * (PostgreSQL, "SSL Session Encryption" and "GSSAPI Session Encryption" in its protocol's message
 * flow). */
static void negotiate(struct brink_flow *flow, struct brink_flow *other,
                      const struct brink_spec *spec, enum brink_side side,
                      const struct brink_decoded *decoded, const uint8_t *end)
{
    if (decoded->frame != 0) /* its header is complete */
        flow->decoder.owner_mark = decoded->frame == spec->negotiate;
    if (side == BRINK_SIDE_CLIENT && decoded->event == BRINK_DECODE_FRAME && decoded->first &&
        flow->decoder.owner_mark) {
        brink_decoder_expect_first(&flow->decoder);
        brink_decoder_expect_raw(&other->decoder, 1);
    } else if (side == BRINK_SIDE_UPSTREAM && decoded->event == BRINK_DECODE_RAW) {
        char answer = (char)end[-1];
        if (answer != 'S' && answer != 'G')
            return;
        brink_decoder_switch(&flow->decoder, answer);
        /* A client that did not wait for the answer stays with what it has begun. */
        if (brink_flow_at_boundary(other))
            brink_decoder_switch(&other->decoder, answer);
    }
}

void brink_flow_count_size(struct brink_size_tally *sizes, const struct brink_decoded *decoded)
{
    bool accepted = decoded->event == BRINK_DECODE_FRAME || decoded->event == BRINK_DECODE_BODY;
    if (!accepted || decoded->frame == 0)
        return;
    brink_size_tally_count(sizes, decoded->frame);
    brink_size_tally_sum(sizes, decoded->frame);
}

struct brink_flow_step brink_flow_take(struct brink_flow *flow, struct brink_flow *other,
                                       const struct brink_spec *spec, enum brink_side side,
                                       const uint8_t *data, size_t length, uint32_t now_ms,
                                       struct brink_size_tally *sizes)
{
    const struct brink_direction *direction = brink_flow_direction(spec, side);
    struct brink_flow_step step = {0};
    bool negotiates = spec->negotiate != 0 && flow != other;
    bool begins = brink_flow_at_boundary(flow);
    bool goes_on = !begins && brink_flow_unfinished(flow);
    size_t at = 0;
    while (at < length) {
        if (!negotiates)
            at += brink_decoder_skip_sizes(&flow->decoder, direction, data + at, length - at,
                                           &step.frames, sizes);
        step.accepted = at;
        if (at == length)
            break;
        struct brink_decoded decoded =
            brink_decoder_next(&flow->decoder, direction, data + at, length - at);
        if (decoded.event == BRINK_DECODE_BAD) {
            step.bad = true;
            step.why = decoded;
            break;
        }
        at += decoded.used;
        brink_flow_count_size(sizes, &decoded);
        if (decoded.event != BRINK_DECODE_HEADER)
            step.accepted = at;
        if (decoded.event == BRINK_DECODE_FRAME) {
            step.frames++;
            begins = true;
        }
        if (negotiates)
            negotiate(flow, other, spec, side, &decoded, data + at);
    }
    flow->frames += step.frames;
    step.went_on = goes_on && step.frames > 0;
    step.began = begins && !brink_flow_at_boundary(flow);
    if (step.began)
        brink_flow_start(flow, now_ms);
    return step;
}
