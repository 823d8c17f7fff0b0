/* The decoder of one direction: bytes in, verdict out.
 *
 *   PREFACE --all its bytes--> HEADER --complete, accepted--> BODY --all its bytes--> HEADER
 *                                |  ^-----(no body)-----------------------------------'
 *                                '--cannot be meant, too large--> BAD
 *   RAW: no frames at all
 *
 * A boundary is HEADER with no byte of it seen. The length is summed up as its bytes pass, so
 * nothing of a header is kept, and the frames are the same however the bytes are split. */
#include <string.h>

#include "base/check.h"
#include "frame/layout.h"
#include "frame/phase.h"

_Static_assert(sizeof(struct brink_decoder) == 16, "thousands of idle connections have two each");
_Static_assert(BRINK_HEADER_MAX <= UINT16_MAX, "what is had of a header, or a preface, fits");

static const struct brink_layout tls_record = {
    .kind = BRINK_LENGTH_FIXED,
    .endian = BRINK_BIG_ENDIAN,
    .offset = 3,
    .size = 2,
    .mask = UINT64_MAX,
    .unit = 1,
    .pad = 1,
    .max = 5 + 16384 + 2048,
};

static const struct brink_layout gss_packet = {
    .kind = BRINK_LENGTH_FIXED,
    .endian = BRINK_BIG_ENDIAN,
    .size = 4,
    .mask = UINT64_MAX,
    .unit = 1,
    .pad = 1,
    .max = BRINK_FRAME_MAX_DEFAULT,
};

static const struct brink_layout *layout_of(const struct brink_decoder *decoder,
                                            const struct brink_direction *direction)
{
    switch ((enum brink_decoder_layout)decoder->layout) {
    case BRINK_FOLLOWS_FIRST:
        return &direction->first;
    case BRINK_FOLLOWS_TLS:
        return &tls_record;
    case BRINK_FOLLOWS_GSS:
        return &gss_packet;
    case BRINK_FOLLOWS_FRAME:
        break;
    }
    return &direction->frame;
}

/* To the boundary before a frame of the layout. */
static void begin(struct brink_decoder *decoder, const struct brink_direction *direction,
                  enum brink_decoder_layout layout)
{
    decoder->layout = layout & 3U;
    decoder->count = 0;
    decoder->have = 0;
    bool framed = layout_of(decoder, direction)->kind != BRINK_LENGTH_NONE;
    decoder->phase = framed ? BRINK_PHASE_HEADER : BRINK_PHASE_RAW;
}

void brink_decoder_init(struct brink_decoder *decoder, const struct brink_direction *direction)
{
    memset(decoder, 0, sizeof *decoder);
    begin(decoder, direction, direction->has_first ? BRINK_FOLLOWS_FIRST : BRINK_FOLLOWS_FRAME);
    if (direction->preface > 0)
        decoder->phase = BRINK_PHASE_PREFACE;
}

static struct brink_decoded raw(size_t used)
{
    return (struct brink_decoded){.event = BRINK_DECODE_RAW, .used = used};
}

static struct brink_decoded take_preface(struct brink_decoder *decoder,
                                         const struct brink_direction *direction, size_t length)
{
    size_t left = direction->preface - decoder->have;
    size_t used = length < left ? length : left;
    decoder->have = (uint16_t)(decoder->have + used);
    if (used == left)
        begin(decoder, direction, (enum brink_decoder_layout)decoder->layout);
    return raw(used);
}

/* --- the length field, byte by byte --- */

enum field { FIELD_GOES_ON = 0, FIELD_ENDS, FIELD_BAD };

static enum field take_fixed(struct brink_decoder *decoder, const struct brink_layout *layout,
                             uint32_t index, uint8_t byte)
{
    if (layout->endian == BRINK_BIG_ENDIAN)
        decoder->count = decoder->count << 8 | byte;
    else
        decoder->count |= (uint64_t)byte << (8 * index);
    return index + 1 == layout->size ? FIELD_ENDS : FIELD_GOES_ON;
}

/* Groups of 7 bits, the lowest first; the shortest form only. */
static enum field take_varint(struct brink_decoder *decoder, const struct brink_layout *layout,
                              uint32_t index, uint8_t byte, enum brink_frame_error *error)
{
    uint64_t bits = byte & 0x7f;
    bool last = !(byte & 0x80);
    bool too_long = !last && index + 1 == layout->size;
    bool padded = last && byte == 0 && index > 0;
    bool beyond_64 = index == BRINK_VARINT_MAX - 1 && bits > 1;
    if (too_long || padded || beyond_64) {
        *error = BRINK_FRAME_OVERLONG;
        return FIELD_BAD;
    }
    decoder->count |= bits << (7 * index);
    return last ? FIELD_ENDS : FIELD_GOES_ON;
}

/* The digit's value; 16 for what is none. */
static uint64_t digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - (uint64_t)'0';
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - (uint64_t)'a' + 10 : 16;
}

static enum field take_digit(struct brink_decoder *decoder, const struct brink_layout *layout,
                             uint32_t index, uint8_t byte, enum brink_frame_error *error)
{
    uint64_t base = layout->kind == BRINK_LENGTH_HEX ? 16 : 10;
    uint64_t digit = digit_of(byte);
    bool delimited = layout->delimiter != '\0';
    if (delimited && byte == (uint8_t)layout->delimiter && index > 0)
        return FIELD_ENDS;
    if (digit >= base || index >= layout->size) {
        *error = BRINK_FRAME_NOT_A_DIGIT;
        return FIELD_BAD;
    }
    if (__builtin_mul_overflow(decoder->count, base, &decoder->count) ||
        __builtin_add_overflow(decoder->count, digit, &decoder->count)) {
        decoder->count = UINT64_MAX;
        *error = BRINK_FRAME_TOO_LARGE;
        return FIELD_BAD;
    }
    return !delimited && index + 1 == layout->size ? FIELD_ENDS : FIELD_GOES_ON;
}

static enum field take_byte(struct brink_decoder *decoder, const struct brink_layout *layout,
                            uint32_t index, uint8_t byte, enum brink_frame_error *error)
{
    switch (layout->kind) {
    case BRINK_LENGTH_LEB128:
    case BRINK_LENGTH_MQTT:
        return take_varint(decoder, layout, index, byte, error);
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        return take_digit(decoder, layout, index, byte, error);
    case BRINK_LENGTH_NONE:
    case BRINK_LENGTH_FIXED:
        break;
    }
    return take_fixed(decoder, layout, index, byte);
}

/* --- headers and bodies --- */

static void refuse(struct brink_decoder *decoder, struct brink_decoded *decoded,
                   enum brink_frame_error error)
{
    decoded->first = decoder->layout == BRINK_FOLLOWS_FIRST;
    decoder->phase = BRINK_PHASE_BAD;
    decoded->event = BRINK_DECODE_BAD;
    decoded->error = error;
}

static void take_body(struct brink_decoder *decoder, const struct brink_direction *direction,
                      size_t length, struct brink_decoded *decoded)
{
    size_t left = length - decoded->used;
    if (decoder->count > left) {
        decoder->count -= left;
        decoded->used = length;
        decoded->event = BRINK_DECODE_BODY;
        return;
    }
    decoded->used += (size_t)decoder->count;
    decoded->event = BRINK_DECODE_FRAME;
    decoded->first = decoder->layout == BRINK_FOLLOWS_FIRST;
    begin(decoder, direction,
          decoded->first ? BRINK_FOLLOWS_FRAME : (enum brink_decoder_layout)decoder->layout);
}

/* The header is complete; `header` bytes long, its value summed up. */
static void accept_header(struct brink_decoder *decoder, const struct brink_direction *direction,
                          const struct brink_layout *layout, uint32_t header, size_t length,
                          struct brink_decoded *decoded)
{
    decoded->value = decoder->count & layout->mask;
    decoded->header = header;
    bool negative = layout->has_sign && decoder->count >> (8 * layout->size - 1);
    enum brink_frame_error error =
        brink_layout_measure(layout, decoded->value, negative, header, &decoded->frame);
    if (error != BRINK_FRAME_OK) {
        refuse(decoder, decoded, error);
        return;
    }
    decoder->phase = BRINK_PHASE_BODY;
    decoder->count = decoded->frame - header;
    take_body(decoder, direction, length, decoded);
}

static struct brink_decoded take_header(struct brink_decoder *decoder,
                                        const struct brink_direction *direction,
                                        const uint8_t *data, size_t length)
{
    const struct brink_layout *layout = layout_of(decoder, direction);
    struct brink_decoded decoded = {.event = BRINK_DECODE_HEADER};
    if (decoder->have < layout->offset) {
        size_t left = layout->offset - decoder->have;
        decoded.used = length < left ? length : left;
        decoder->have = (uint16_t)(decoder->have + decoded.used);
    }
    while (decoded.used < length) {
        enum brink_frame_error error = BRINK_FRAME_OK;
        uint32_t index = decoder->have - layout->offset;
        enum field field = take_byte(decoder, layout, index, data[decoded.used], &error);
        decoded.used++;
        decoder->have++;
        if (field == FIELD_GOES_ON)
            continue;
        if (field == FIELD_ENDS) {
            accept_header(decoder, direction, layout, decoder->have, length, &decoded);
        } else {
            decoded.value = decoder->count;
            decoded.header = decoder->have;
            refuse(decoder, &decoded, error);
        }
        break;
    }
    return decoded;
}

/* Exactly `count` raw bytes, announced by the other direction, before the next frame. */
static struct brink_decoded take_announced(struct brink_decoder *decoder, size_t length)
{
    size_t used = length < decoder->raw_due ? length : decoder->raw_due;
    decoder->raw_due = (uint8_t)(decoder->raw_due - used);
    return raw(used);
}

struct brink_decoded brink_decoder_next(struct brink_decoder *decoder,
                                        const struct brink_direction *direction,
                                        const uint8_t *data, size_t length)
{
    struct brink_decoded decoded = {.event = BRINK_DECODE_BAD};
    switch ((enum brink_decoder_phase)decoder->phase) {
    case BRINK_PHASE_BODY:
        take_body(decoder, direction, length, &decoded);
        return decoded;
    case BRINK_PHASE_HEADER:
        if (decoder->raw_due > 0 && decoder->have == 0)
            return take_announced(decoder, length);
        return take_header(decoder, direction, data, length);
    case BRINK_PHASE_PREFACE:
        return take_preface(decoder, direction, length);
    case BRINK_PHASE_RAW:
        return raw(length);
    case BRINK_PHASE_BAD:
        break;
    }
    return decoded;
}

/* --- where it stands --- */

bool brink_decoder_at_boundary(const struct brink_decoder *decoder)
{
    return decoder->phase == BRINK_PHASE_RAW ||
           (decoder->phase == BRINK_PHASE_HEADER && decoder->have == 0);
}

bool brink_decoder_in_header(const struct brink_decoder *decoder)
{
    return decoder->phase == BRINK_PHASE_HEADER && decoder->have > 0;
}

uint64_t brink_decoder_missing(const struct brink_decoder *decoder)
{
    return decoder->phase == BRINK_PHASE_BODY ? decoder->count : 0;
}

/* --- negotiation --- */

void brink_decoder_expect_raw(struct brink_decoder *decoder, uint8_t count)
{
    decoder->raw_due = count;
}

void brink_decoder_expect_first(struct brink_decoder *decoder)
{
    decoder->layout = BRINK_FOLLOWS_FIRST;
}

void brink_decoder_switch(struct brink_decoder *decoder, char to)
{
    decoder->layout = to == 'S' ? BRINK_FOLLOWS_TLS : BRINK_FOLLOWS_GSS;
}
