/* Whole frames, at a glance: for who counts frames and looks at none of them. */
#include "frame/skip.h"

#include <endian.h>
#include <string.h>

#include "base/check.h"
#include "frame/layout.h"
#include "frame/phase.h"

/* The fixed field that begins at `bytes`, of which there are eight at least: one load instead of a
 * step for each byte. */
static uint64_t field_at(const struct brink_layout *layout, const uint8_t *bytes)
{
    uint64_t eight;
    unsigned beyond = 64 - 8 * (unsigned)layout->size; /* bits of them behind the field */
    memcpy(&eight, bytes, sizeof eight);
    if (layout->endian == BRINK_BIG_ENDIAN)
        return be64toh(eight) >> beyond;
    return le64toh(eight) << beyond >> beyond;
}

/* What most layouts come to: a value from `low` to `high` means a frame of value + base bytes, and
 * no other value means any. */
struct plain {
    int64_t base;
    uint64_t low;
    uint64_t high;
};

/* False if the layout is not as simple as that, or its numbers are so large that sums of them might
 * not fit. */
static inline bool is_plain(const struct brink_layout *layout, struct plain *plain)
{
    bool counts_bytes = layout->unit == 1 && layout->pad <= 1 && layout->mask == UINT64_MAX;
    bool special = layout->has_sign || layout->header_only > 0;
    bool small = layout->max <= INT64_MAX / 2 && layout->min <= layout->max &&
                 layout->adjust >= INT32_MIN && layout->adjust <= INT32_MAX;
    if (!counts_bytes || special || !small)
        return false;
    int64_t header = layout->offset + layout->size;
    int64_t least = (int64_t)layout->min > header ? (int64_t)layout->min : header;
    plain->base = header + layout->adjust;
    plain->low = least > plain->base ? (uint64_t)(least - plain->base) : 0;
    plain->high = (uint64_t)((int64_t)layout->max - plain->base);
    return (int64_t)layout->max >= plain->base;
}

static bool measure_at(const struct brink_layout *layout, const uint8_t *bytes, uint64_t *frame)
{
    uint64_t value = field_at(layout, bytes);
    bool negative = layout->has_sign && value >> (8 * layout->size - 1);
    return brink_layout_measure(layout, value & layout->mask, negative,
                                layout->offset + layout->size, frame) == BRINK_FRAME_OK;
}

/* Invariant: `at` is a boundary, so the decoder, which stands at one, need not be touched. Made
 * twice of this: with and without `sizes`. */
static inline size_t skip(const struct brink_decoder *decoder,
                          const struct brink_direction *direction, const uint8_t *data,
                          size_t length, uint64_t *frames, struct brink_size_tally *sizes)
{
    const struct brink_layout *layout = &direction->frame;
    struct plain plain;
    size_t at = 0;
    if (decoder->phase != BRINK_PHASE_HEADER || decoder->have > 0 || decoder->raw_due > 0 ||
        decoder->layout != BRINK_FOLLOWS_FRAME || layout->kind != BRINK_LENGTH_FIXED)
        return 0;
    bool simple = is_plain(layout, &plain);
    while (length - at >= layout->offset + sizeof(uint64_t)) {
        const uint8_t *bytes = data + at + layout->offset;
        uint64_t frame;
        if (BRINK_LIKELY(simple)) {
            uint64_t value = field_at(layout, bytes);
            if (value < plain.low || value > plain.high)
                break;
            frame = value + (uint64_t)plain.base;
        } else if (!measure_at(layout, bytes, &frame)) {
            break;
        }
        if (frame > length - at)
            break;
        at += (size_t)frame;
        ++*frames;
        if (sizes != NULL)
            brink_size_tally_count(sizes, frame);
    }
    if (sizes != NULL && at > 0)
        brink_size_tally_sum(sizes, at);
    return at;
}

size_t brink_decoder_skip(const struct brink_decoder *decoder,
                          const struct brink_direction *direction, const uint8_t *data,
                          size_t length, uint64_t *frames)
{
    return skip(decoder, direction, data, length, frames, NULL);
}

size_t brink_decoder_skip_sizes(const struct brink_decoder *decoder,
                                const struct brink_direction *direction, const uint8_t *data,
                                size_t length, uint64_t *frames, struct brink_size_tally *sizes)
{
    return skip(decoder, direction, data, length, frames, sizes);
}
