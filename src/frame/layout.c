#include "frame/layout.h"

/* value * unit + adjust + header, rounded up to a multiple of pad. */
static enum brink_frame_error sum_up(const struct brink_layout *layout, uint64_t value,
                                     uint32_t header, uint64_t *frame)
{
    uint64_t bytes;
    uint64_t less = 0; /* than value * unit, the header not counted */
    uint64_t more = header;
    if (__builtin_mul_overflow(value, layout->unit, &bytes))
        return BRINK_FRAME_TOO_LARGE;
    if (layout->adjust < 0)
        less = UINT64_C(0) - (uint64_t)layout->adjust;
    else
        more += (uint64_t)layout->adjust;      /* at most 2^63 + 2^32 */
    uint64_t both = less < more ? less : more; /* what cancels out is never added */
    less -= both;
    more -= both;
    if (bytes < less)
        return BRINK_FRAME_TOO_SMALL;
    if (__builtin_add_overflow(bytes - less, more, &bytes))
        return BRINK_FRAME_TOO_LARGE;
    uint64_t over = layout->pad > 1 ? bytes % layout->pad : 0; /* a division is a frame's dearest */
    if (over != 0 && __builtin_add_overflow(bytes, layout->pad - over, &bytes))
        return BRINK_FRAME_TOO_LARGE;
    *frame = bytes;
    return BRINK_FRAME_OK;
}

enum brink_frame_error brink_layout_measure(const struct brink_layout *layout, uint64_t value,
                                            bool negative, uint32_t header, uint64_t *frame)
{
    *frame = 0;
    if (negative ? layout->header_only > 0 : value < layout->header_only) {
        *frame = header;
        return BRINK_FRAME_OK;
    }
    if (negative)
        return BRINK_FRAME_TOO_SMALL;
    enum brink_frame_error error = sum_up(layout, value, header, frame);
    if (error != BRINK_FRAME_OK)
        return error;
    if (*frame < header || *frame < layout->min)
        return BRINK_FRAME_TOO_SMALL;
    return *frame > layout->max ? BRINK_FRAME_TOO_LARGE : BRINK_FRAME_OK;
}

uint32_t brink_layout_header_min(const struct brink_layout *layout)
{
    switch (layout->kind) {
    case BRINK_LENGTH_NONE:
        return 0;
    case BRINK_LENGTH_LEB128:
    case BRINK_LENGTH_MQTT:
        return layout->offset + 1;
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        if (layout->delimiter != '\0')
            return layout->offset + 2; /* a digit and the delimiter */
        break;
    case BRINK_LENGTH_FIXED:
        break;
    }
    return layout->offset + layout->size;
}

uint32_t brink_layout_header_max(const struct brink_layout *layout)
{
    if (layout->kind == BRINK_LENGTH_NONE)
        return 0;
    return layout->offset + layout->size + (layout->delimiter != '\0' ? 1 : 0);
}
