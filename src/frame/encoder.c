#include <errno.h>
#include <string.h>

#include "frame/layout.h"

/* The value whose frame has `payload` bytes after the header; false if none has. */
static bool value_for(const struct brink_layout *layout, uint64_t payload, uint64_t *value)
{
    uint64_t bytes = payload;
    if (layout->adjust >= 0) {
        if (bytes < (uint64_t)layout->adjust)
            return false;
        bytes -= (uint64_t)layout->adjust;
    } else if (__builtin_add_overflow(bytes, UINT64_C(0) - (uint64_t)layout->adjust, &bytes)) {
        return false;
    }
    if (bytes % layout->unit != 0)
        return false;
    *value = bytes / layout->unit;
    return true;
}

static size_t put_fixed(const struct brink_layout *layout, uint64_t value, uint8_t *field)
{
    for (unsigned i = 0; i < layout->size; i++) {
        unsigned shift = 8 * (layout->endian == BRINK_BIG_ENDIAN ? layout->size - 1u - i : i);
        field[i] = (uint8_t)(value >> shift);
    }
    return layout->size;
}

static size_t put_varint(uint64_t value, uint8_t *field)
{
    size_t length = 0;
    do {
        uint8_t more = value > 0x7f ? 0x80 : 0;
        field[length++] = (uint8_t)(value & 0x7f) | more;
        value >>= 7;
    } while (value > 0);
    return length;
}

static size_t put_digits(const struct brink_layout *layout, uint64_t value, uint8_t *field)
{
    uint8_t digits[BRINK_DIGITS_MAX];
    unsigned base = layout->kind == BRINK_LENGTH_HEX ? 16 : 10;
    size_t count = 0;
    do {
        digits[count++] = (uint8_t) "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    while (layout->delimiter == '\0' && count < layout->size)
        digits[count++] = '0';
    for (size_t i = 0; i < count; i++)
        field[i] = digits[count - 1 - i];
    if (layout->delimiter != '\0')
        field[count++] = (uint8_t)layout->delimiter;
    return count;
}

static size_t put(const struct brink_layout *layout, uint64_t value, uint8_t *field)
{
    switch (layout->kind) {
    case BRINK_LENGTH_LEB128:
    case BRINK_LENGTH_MQTT:
        return put_varint(value, field);
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        return put_digits(layout, value, field);
    case BRINK_LENGTH_NONE:
    case BRINK_LENGTH_FIXED:
        break;
    }
    return put_fixed(layout, value, field);
}

/* True if the field has room for the value. */
static bool fits(const struct brink_layout *layout, uint64_t value)
{
    uint64_t most = 1; /* values below this fit; 0: all do */
    unsigned base = 256;
    if (layout->kind == BRINK_LENGTH_LEB128 || layout->kind == BRINK_LENGTH_MQTT)
        base = 128;
    else if (layout->kind == BRINK_LENGTH_DECIMAL)
        base = 10;
    else if (layout->kind == BRINK_LENGTH_HEX)
        base = 16;
    for (unsigned i = 0; i < layout->size; i++)
        if (__builtin_mul_overflow(most, base, &most))
            return (value & layout->mask) == value;
    return value < most && (value & layout->mask) == value;
}

static bool is_negative(const struct brink_layout *layout, uint64_t value)
{
    return layout->has_sign && value >> (8 * layout->size - 1);
}

brink_result brink_frame_encode_header(const struct brink_layout *layout, uint64_t payload,
                                       uint8_t *header, size_t *length)
{
    uint8_t field[BRINK_DIGITS_MAX + 1];
    uint64_t value;
    uint64_t frame;
    if (layout->kind == BRINK_LENGTH_NONE)
        return brink_fail(EINVAL);
    if (!value_for(layout, payload, &value))
        return brink_fail(payload % layout->unit != 0 ? EINVAL : EMSGSIZE);
    if (value < layout->header_only || !fits(layout, value) || is_negative(layout, value))
        return brink_fail(EMSGSIZE);
    size_t size = put(layout, value, field);
    uint32_t whole = layout->offset + (uint32_t)size;
    if (brink_layout_measure(layout, value, false, whole, &frame) != BRINK_FRAME_OK)
        return brink_fail(EMSGSIZE);
    if (frame - whole != payload)
        return brink_fail(EINVAL); /* it would have to be padded */
    memset(header, 0, layout->offset);
    memcpy(header + layout->offset, field, size);
    *length = whole;
    return brink_ok();
}
