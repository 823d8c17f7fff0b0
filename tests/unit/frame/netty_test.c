/* Every spec that Netty's LengthFieldBasedFrameDecoder can express gives the frames that it gives.
 * The model is written from its documentation: frameLength = field + lengthAdjustment +
 * lengthFieldOffset + lengthFieldLength; a negative field, or a frame shorter than the end of its
 * field, is corrupt; one above maxFrameLength is too long. */
#include "frames.h"

#include <stdlib.h>

struct netty {
    uint32_t offset;
    uint8_t size; /* 1, 2, 3, 4 or 8 */
    bool little;
    int64_t adjust;
    uint64_t max;
};

enum netty_verdict { NETTY_FRAME, NETTY_INCOMPLETE, NETTY_CORRUPT, NETTY_TOO_LONG };

static enum netty_verdict netty_next(const struct netty *netty, const uint8_t *data, size_t length,
                                     size_t *frame)
{
    size_t end = netty->offset + netty->size;
    if (length < end)
        return NETTY_INCOMPLETE;
    uint64_t bits = 0;
    for (unsigned i = 0; i < netty->size; i++) {
        unsigned at = netty->little ? netty->size - 1u - i : i;
        bits = bits << 8 | data[netty->offset + at];
    }
    __int128 value = netty->size == 8 ? (int64_t)bits : (__int128)bits;
    if (value < 0)
        return NETTY_CORRUPT;
    __int128 whole = value + netty->adjust + (__int128)end;
    if (whole < (__int128)end)
        return NETTY_CORRUPT;
    if (whole > (__int128)netty->max)
        return NETTY_TOO_LONG;
    *frame = (size_t)whole;
    return whole <= (__int128)length ? NETTY_FRAME : NETTY_INCOMPLETE;
}

static struct brink_spec as_spec(const struct netty *netty)
{
    struct brink_spec spec;
    brink_spec_default(&spec);
    spec.request.frame.offset = netty->offset;
    spec.request.frame.size = netty->size;
    spec.request.frame.endian = netty->little ? BRINK_LITTLE_ENDIAN : BRINK_BIG_ENDIAN;
    spec.request.frame.adjust = netty->adjust;
    spec.request.frame.has_sign = netty->size == 8;
    spec.request.frame.max = netty->max;
    spec.reply = spec.request;
    return spec;
}

static void compare(const struct netty *netty, const uint8_t *data, size_t length)
{
    struct brink_spec spec = as_spec(netty);
    struct brink_message why;
    if (brink_failed(brink_spec_check(&spec, &why)))
        return; /* its maximum is below its header: Netty would never give a frame */
    struct frames frames = decode(&spec.request, data, length);
    size_t at = 0;
    size_t size = 0;
    size_t count = 0;
    enum netty_verdict verdict;
    while ((verdict = netty_next(netty, data + at, length - at, &size)) == NETTY_FRAME) {
        assert_true(count < frames.count);
        assert_int_equal(frames.sizes[count], size);
        count++;
        at += size;
        if (count == FRAMES_MAX - 1)
            return;
    }
    assert_int_equal(frames.count, count);
    if (verdict == NETTY_CORRUPT)
        assert_int_equal(frames.error, BRINK_FRAME_TOO_SMALL);
    else if (verdict == NETTY_TOO_LONG)
        assert_int_equal(frames.error, BRINK_FRAME_TOO_LARGE);
    else
        assert_int_equal(frames.error, BRINK_FRAME_OK);
}

static unsigned pick(unsigned below)
{
    return (unsigned)random() % below;
}

static void frames_are_nettys(void **state)
{
    (void)state;
    static const uint8_t sizes[] = {1, 2, 3, 4, 8};
    srandom(1);
    for (int i = 0; i < 200000; i++) {
        struct netty netty = {
            .offset = pick(6),
            .size = sizes[pick(5)],
            .little = pick(2) == 0,
            .adjust = (int)pick(24) - 12,
            .max = 8 + pick(40),
        };
        uint8_t data[60];
        size_t length = pick(sizeof data);
        for (size_t j = 0; j < length; j++) /* small values, so that there are frames */
            data[j] = (uint8_t)(pick(4) != 0 ? 0 : pick(8) != 0 ? pick(12) : pick(256));
        compare(&netty, data, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_nettys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
