#include "frame/position.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "frame/phase.h"

static enum brink_position_mode mode_of(const struct brink_decoder *decoder)
{
    switch ((enum brink_decoder_layout)decoder->layout) {
    case BRINK_FOLLOWS_FIRST:
        return BRINK_POSITION_FIRST;
    case BRINK_FOLLOWS_TLS:
        return BRINK_POSITION_TLS;
    case BRINK_FOLLOWS_GSS:
        return BRINK_POSITION_GSS;
    case BRINK_FOLLOWS_FRAME:
        break;
    }
    return BRINK_POSITION_FRAME;
}

bool brink_position_of(const struct brink_decoder *decoder, struct brink_position *position)
{
    switch ((enum brink_decoder_phase)decoder->phase) {
    case BRINK_PHASE_HEADER:
        if (decoder->have > 0)
            return false;
        *position = (struct brink_position){mode_of(decoder), decoder->raw_due, 0};
        return true;
    case BRINK_PHASE_RAW:
        *position = (struct brink_position){BRINK_POSITION_RAW, 0, 0};
        return true;
    case BRINK_PHASE_PREFACE:
        *position = (struct brink_position){BRINK_POSITION_PREFACE, 0, decoder->have};
        return true;
    case BRINK_PHASE_BODY:
    case BRINK_PHASE_BAD:
        break;
    }
    return false;
}

static void stand_before(struct brink_decoder *decoder, enum brink_decoder_layout layout,
                         uint8_t raw_due)
{
    *decoder = (struct brink_decoder){
        .phase = BRINK_PHASE_HEADER, .layout = (unsigned)layout & 3U, .raw_due = raw_due};
}

static brink_result restore_preface(uint16_t seen, const struct brink_direction *direction,
                                    struct brink_decoder *decoder)
{
    if (seen >= direction->preface)
        return brink_fail(EINVAL);
    brink_decoder_init(decoder, direction);
    decoder->have = seen;
    return brink_ok();
}

brink_result brink_position_restore(const struct brink_position *position,
                                    const struct brink_direction *direction,
                                    struct brink_decoder *decoder)
{
    bool framed = direction->frame.kind != BRINK_LENGTH_NONE;
    switch (position->mode) {
    case BRINK_POSITION_FRAME:
        if (!framed)
            return brink_fail(EINVAL);
        stand_before(decoder, BRINK_FOLLOWS_FRAME, position->raw_due);
        return brink_ok();
    case BRINK_POSITION_FIRST:
        if (!direction->has_first)
            return brink_fail(EINVAL);
        stand_before(decoder, BRINK_FOLLOWS_FIRST, position->raw_due);
        return brink_ok();
    case BRINK_POSITION_TLS:
        stand_before(decoder, BRINK_FOLLOWS_TLS, position->raw_due);
        return brink_ok();
    case BRINK_POSITION_GSS:
        stand_before(decoder, BRINK_FOLLOWS_GSS, position->raw_due);
        return brink_ok();
    case BRINK_POSITION_RAW:
        if (framed)
            return brink_fail(EINVAL);
        *decoder = (struct brink_decoder){.phase = BRINK_PHASE_RAW};
        return brink_ok();
    case BRINK_POSITION_PREFACE:
        return restore_preface(position->preface, direction, decoder);
    }
    return brink_fail(EINVAL);
}

static void forget_limits(struct brink_layout *layout)
{
    layout->min = 0;
    layout->max = BRINK_FRAME_MAX_DEFAULT;
}

/* By its text, which other versions write as well. */
uint64_t brink_spec_shape(const struct brink_spec *spec)
{
    char text[BRINK_SPEC_DESCRIBED_MAX];
    struct brink_spec plain = *spec;
    forget_limits(&plain.request.frame);
    forget_limits(&plain.request.first);
    forget_limits(&plain.reply.frame);
    forget_limits(&plain.reply.first);
    (void)brink_spec_describe(&plain, text, sizeof text);
    return brink_hash_bytes(text, strlen(text));
}
