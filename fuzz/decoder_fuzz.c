/* Targets: brink_decoder_init, brink_decoder_next, brink_decoder_at_boundary,
 * brink_decoder_in_header, brink_decoder_missing, brink_frame_encode_header, brink_spec_check.
 *
 * Any spec that passes the check, any bytes in any pieces: each step keeps to what brink/frame.h
 * says of it, and a frame that was decoded can be encoded to a header that decodes to the same. */
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const struct brink_decoder *decoder,
                        const struct brink_direction *direction, const struct brink_decoded *step,
                        size_t length)
{
    FUZZ_ASSERT(step->used <= length);
    FUZZ_ASSERT(step->used > 0 || step->event == BRINK_DECODE_BAD);
    FUZZ_ASSERT((step->event == BRINK_DECODE_BAD) || step->error == BRINK_FRAME_OK);
    switch (step->event) {
    case BRINK_DECODE_FRAME:
        FUZZ_ASSERT(brink_decoder_at_boundary(decoder));
        FUZZ_ASSERT(brink_decoder_missing(decoder) == 0);
        break;
    case BRINK_DECODE_BODY:
        FUZZ_ASSERT(step->used == length && brink_decoder_missing(decoder) > 0);
        FUZZ_ASSERT(!brink_decoder_at_boundary(decoder) && !brink_decoder_in_header(decoder));
        break;
    case BRINK_DECODE_HEADER:
        FUZZ_ASSERT(step->used == length && brink_decoder_in_header(decoder));
        FUZZ_ASSERT(!brink_decoder_at_boundary(decoder));
        break;
    case BRINK_DECODE_BAD:
        FUZZ_ASSERT(!brink_decoder_at_boundary(decoder));
        break;
    case BRINK_DECODE_RAW:
        break;
    }
    if (step->frame != 0 && step->event != BRINK_DECODE_BAD) {
        uint64_t most = direction->frame.max;
        if (direction->has_first && direction->first.max > most)
            most = direction->first.max;
        bool header_only = step->frame == step->header;
        FUZZ_ASSERT(step->frame <= most || header_only);
        FUZZ_ASSERT(step->frame >= step->header);
    }
}

static void check_encoder(const struct brink_layout *layout, const struct brink_decoded *step)
{
    uint8_t header[BRINK_HEADER_MAX];
    size_t length = 0;
    uint64_t payload = step->frame - step->header;
    if (brink_failed(brink_frame_encode_header(layout, payload, header, &length)))
        return; /* padding, masked bits: not every payload can be said */
    struct brink_direction direction = {.frame = *layout};
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &direction);
    struct brink_decoded again = brink_decoder_next(&decoder, &direction, header, length);
    FUZZ_ASSERT(again.event == BRINK_DECODE_FRAME || again.event == BRINK_DECODE_BODY);
    FUZZ_ASSERT(again.frame == length + payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct brink_spec spec = {.request = input_direction(&input)};
    spec.reply = spec.request;
    if (brink_failed(brink_spec_check(&spec, NULL)))
        return 0;
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    bool bad = false;
    while (input.size > 0) {
        size_t piece = 1 + input_byte(&input) % 64u;
        piece = piece < input.size ? piece : input.size;
        const uint8_t *bytes = input.data;
        input.data += piece;
        input.size -= piece;
        for (size_t at = 0; at < piece;) {
            struct brink_decoded step =
                brink_decoder_next(&decoder, &spec.request, bytes + at, piece - at);
            check_event(&decoder, &spec.request, &step, piece - at);
            FUZZ_ASSERT(!bad || step.event == BRINK_DECODE_BAD);
            bad = step.event == BRINK_DECODE_BAD;
            if (bad)
                break;
            if (step.event == BRINK_DECODE_FRAME && step.frame != 0 && !step.first)
                check_encoder(&spec.request.frame, &step);
            at += step.used;
        }
    }
    return 0;
}
