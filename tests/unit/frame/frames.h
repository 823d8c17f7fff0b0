/* Shared by the frame tests: bytes from hex, a spec from its text, and the frames in some bytes.
 */
#ifndef BRINK_TESTS_FRAMES_H
#define BRINK_TESTS_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "brink/frame.h"

enum { FRAMES_MAX = 64 };

/* What a decoder made of some bytes. */
struct frames {
    size_t sizes[FRAMES_MAX];
    size_t count;
    uint64_t raw;                 /* bytes outside frames */
    enum brink_frame_error error; /* of the end, BRINK_FRAME_OK if there was none */
    bool unfinished;              /* it ended within a frame, or a preface */
};

static inline struct brink_spec spec_of(const char *text)
{
    struct brink_spec spec;
    struct brink_message why = {""};
    if (brink_failed(brink_spec_parse(&spec, text, 0, &why)))
        fail_msg("%s: %s", text, why.text);
    return spec;
}

static inline size_t from_hex(const char *hex, uint8_t *bytes, size_t room)
{
    size_t count = 0;
    int high = -1;
    for (; *hex != '\0'; hex++) {
        const char *digits = "0123456789abcdef";
        const char *digit = strchr(digits, *hex);
        if (digit == NULL)
            continue; /* spaces between groups */
        int value = (int)(digit - digits);
        if (high < 0) {
            high = value;
        } else {
            assert_true(count < room);
            bytes[count++] = (uint8_t)(high << 4 | value);
            high = -1;
        }
    }
    assert_int_equal(high, -1);
    return count;
}

/* Feeds bytes and notes what comes. `open`: bytes of the present frame so far, kept by the caller
 * from one piece to the next. */
static inline void feed(struct frames *frames, struct brink_decoder *decoder,
                        const struct brink_direction *direction, const uint8_t *data, size_t length,
                        size_t *open)
{
    size_t at = 0;
    while (at < length && frames->error == BRINK_FRAME_OK) {
        struct brink_decoded step = brink_decoder_next(decoder, direction, data + at, length - at);
        assert_true(step.used <= length - at);
        if (step.event == BRINK_DECODE_BAD) {
            assert_int_not_equal(step.error, BRINK_FRAME_OK);
            frames->error = step.error;
            break;
        }
        assert_true(step.used > 0);
        at += step.used;
        if (step.event == BRINK_DECODE_RAW) {
            frames->raw += step.used;
            continue;
        }
        *open += step.used;
        if (step.event != BRINK_DECODE_FRAME)
            continue;
        assert_true(frames->count < FRAMES_MAX);
        if (step.frame != 0)
            assert_int_equal(step.frame, *open);
        frames->sizes[frames->count++] = *open;
        *open = 0;
    }
    frames->unfinished = !brink_decoder_at_boundary(decoder);
}

/* The frames of the bytes, given in pieces that end at `cut1` and `cut2`. */
static inline struct frames decode_cut(const struct brink_direction *direction, const uint8_t *data,
                                       size_t length, size_t cut1, size_t cut2)
{
    struct frames frames = {.count = 0};
    struct brink_decoder decoder;
    size_t open = 0;
    brink_decoder_init(&decoder, direction);
    feed(&frames, &decoder, direction, data, cut1, &open);
    feed(&frames, &decoder, direction, data + cut1, cut2 - cut1, &open);
    feed(&frames, &decoder, direction, data + cut2, length - cut2, &open);
    return frames;
}

static inline struct frames decode(const struct brink_direction *direction, const uint8_t *data,
                                   size_t length)
{
    return decode_cut(direction, data, length, length, length);
}

static inline void assert_same_frames(const struct frames *a, const struct frames *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_int_equal(a->sizes[i], b->sizes[i]);
    assert_int_equal(a->raw, b->raw);
    assert_int_equal(a->error, b->error);
    assert_int_equal(a->unfinished, b->unfinished);
}

/* Whatever way they are split in up to three, and byte by byte, the frames are the same. */
static inline void assert_split_invariant(const struct brink_direction *direction,
                                          const uint8_t *data, size_t length)
{
    struct frames whole = decode(direction, data, length);
    for (size_t cut1 = 0; cut1 <= length; cut1++) {
        for (size_t cut2 = cut1; cut2 <= length; cut2++) {
            struct frames cut = decode_cut(direction, data, length, cut1, cut2);
            assert_same_frames(&whole, &cut);
        }
    }
    struct frames single = {.count = 0};
    struct brink_decoder decoder;
    size_t open = 0;
    brink_decoder_init(&decoder, direction);
    for (size_t i = 0; i < length; i++)
        feed(&single, &decoder, direction, data + i, 1, &open);
    assert_same_frames(&whole, &single);
}

#endif
