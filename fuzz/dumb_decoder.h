/* dumb_decoder.h - a second opinion on where frames are, written only for the fuzz targets: it
 * looks at the whole input at once and does its sums in 128 bits, straight from the formula
 * frame = value * unit + adjust + offset + size. */
#ifndef BRINK_FUZZ_DUMB_DECODER_H
#define BRINK_FUZZ_DUMB_DECODER_H

#include "brink/frame.h"

enum dumb_verdict { DUMB_FRAME, DUMB_INCOMPLETE, DUMB_BAD };

typedef unsigned __int128 dumb_sum;
typedef __int128 dumb_difference;

/* The length field at `data`; its bytes in `used`. */
static inline enum dumb_verdict dumb_field(const struct brink_layout *layout, const uint8_t *data,
                                           size_t length, dumb_sum *value, size_t *used)
{
    bool varint = layout->kind == BRINK_LENGTH_LEB128 || layout->kind == BRINK_LENGTH_MQTT;
    unsigned base = layout->kind == BRINK_LENGTH_HEX ? 16 : 10;
    *value = 0;
    for (*used = 0;;) {
        if (*used >= length)
            return DUMB_INCOMPLETE;
        uint8_t byte = data[*used];
        if (layout->kind == BRINK_LENGTH_FIXED) {
            unsigned place = layout->endian == BRINK_BIG_ENDIAN
                                 ? layout->size - 1u - (unsigned)*used
                                 : (unsigned)*used;
            *value += (dumb_sum)byte << (8 * place);
            if (++*used == layout->size)
                return DUMB_FRAME;
            continue;
        }
        if (varint) {
            *value += (dumb_sum)(byte & 127) << (7 * *used);
            ++*used;
            if (byte & 128) {
                if (*used == layout->size)
                    return DUMB_BAD;
                continue;
            }
            return (byte == 0 && *used > 1) || *value > UINT64_MAX ? DUMB_BAD : DUMB_FRAME;
        }
        if (layout->delimiter != '\0' && byte == (uint8_t)layout->delimiter && *used > 0) {
            ++*used;
            return DUMB_FRAME;
        }
        unsigned digit = byte >= '0' && byte <= '9'   ? byte - (unsigned)'0'
                         : byte >= 'a' && byte <= 'f' ? byte - (unsigned)'a' + 10
                         : byte >= 'A' && byte <= 'F' ? byte - (unsigned)'A' + 10
                                                      : 99u;
        if (digit >= base || *used >= layout->size)
            return DUMB_BAD;
        *value = *value * base + digit;
        ++*used;
        if (*value > UINT64_MAX)
            return DUMB_BAD;
        if (layout->delimiter == '\0' && *used == layout->size)
            return DUMB_FRAME;
    }
}

/* The frame at the beginning of `data`, which is not empty. */
static inline enum dumb_verdict dumb_next(const struct brink_layout *layout, const uint8_t *data,
                                          size_t length, size_t *frame)
{
    dumb_sum value;
    size_t used;
    if (length < layout->offset)
        return DUMB_INCOMPLETE;
    enum dumb_verdict verdict =
        dumb_field(layout, data + layout->offset, length - layout->offset, &value, &used);
    if (verdict != DUMB_FRAME)
        return verdict;
    size_t header = layout->offset + used;
    bool negative = layout->has_sign && value >> (8 * layout->size - 1);
    value &= layout->mask;
    dumb_difference whole = (dumb_difference)header;
    if (negative ? layout->header_only == 0 : value >= layout->header_only) {
        if (negative)
            return DUMB_BAD;
        dumb_sum bytes = value * layout->unit; /* below 2^128 */
        if (bytes > UINT64_MAX)
            return DUMB_BAD;
        whole = (dumb_difference)bytes + layout->adjust + (dumb_difference)header;
        if (whole < 0)
            return DUMB_BAD;
        dumb_sum over = (dumb_sum)whole % layout->pad;
        if (over != 0)
            whole += (dumb_difference)(layout->pad - over);
        if (whole < (dumb_difference)header || whole < (dumb_difference)layout->min ||
            whole > (dumb_difference)layout->max)
            return DUMB_BAD;
    }
    *frame = whole > (dumb_difference)length ? 0 : (size_t)whole;
    return whole > (dumb_difference)length ? DUMB_INCOMPLETE : DUMB_FRAME;
}

#endif
