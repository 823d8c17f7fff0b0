#include "app/request.h"

#include <string.h>

static const struct brink_layout *layout_of(const struct brink_direction *direction, bool opening)
{
    return opening && direction->has_first ? &direction->first : &direction->frame;
}

size_t brink_request_room(const struct brink_direction *direction, size_t payload)
{
    size_t header = brink_layout_header_max(&direction->frame);
    size_t first = direction->has_first ? brink_layout_header_max(&direction->first) : 0;
    return direction->preface + (first > header ? first : header) + payload;
}

/* Marsaglia's xorshift64: fast, and no two places look alike. */
static uint64_t shuffle(uint64_t state)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^ state << 17;
}

static void fill(uint8_t *bytes, size_t length, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    while (length > 0) {
        state = shuffle(state);
        size_t take = length < sizeof state ? length : sizeof state;
        memcpy(bytes, &state, take);
        bytes += take;
        length -= take;
    }
}

brink_result brink_request_fill(const struct brink_direction *direction, bool opening,
                                size_t payload, uint64_t seed, uint8_t *bytes, size_t *length)
{
    const struct brink_layout *layout = layout_of(direction, opening);
    size_t used = opening ? direction->preface : 0;
    size_t header = 0;
    memset(bytes, 0, used);
    if (layout->kind != BRINK_LENGTH_NONE) {
        brink_result result = brink_frame_encode_header(layout, payload, bytes + used, &header);
        if (brink_failed(result))
            return result;
    }
    fill(bytes + used + header, payload, seed);
    *length = used + header + payload;
    return brink_ok();
}
