/* Targets: brink_expect_begin, brink_expect_take, brink_expect_explain.
 *
 * Any spec that passes the check, anything expected, any answer in any pieces, each in memory of
 * its own size: the verdict is that of a dumb reading of the whole answer, and neither it nor what
 * is said of it depends on the pieces. */
#include "dumb_decoder.h"
#include "fuzz_input.h"
#include "upstream/expect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXPECT_MAX = 40, WHY_MAX = 256 };

static bool differs(const struct brink_health_options *options, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length && i < options->expect_size; i++) {
        uint8_t mask = options->mask != NULL ? options->mask[i] : 0xff;
        if ((data[i] & mask) != (options->expect[i] & mask))
            return true;
    }
    return false;
}

static enum brink_verdict dumb_raw(const struct brink_health_options *options, const uint8_t *data,
                                   size_t length)
{
    if (differs(options, data, length))
        return BRINK_VERDICT_DIFFERS;
    return length > 0 && length >= options->expect_size ? BRINK_VERDICT_PASSED : BRINK_VERDICT_OPEN;
}

static enum brink_verdict dumb_frame(const struct brink_layout *layout,
                                     const struct brink_health_options *options,
                                     const uint8_t *data, size_t length)
{
    size_t frame = 0;
    size_t used;
    dumb_sum value;
    if (length == 0)
        return BRINK_VERDICT_OPEN;
    switch (dumb_next(layout, data, length, &frame)) {
    case DUMB_BAD:
        return BRINK_VERDICT_NOT_FRAME;
    case DUMB_INCOMPLETE:
        break;
    case DUMB_FRAME:
        if (differs(options, data, frame))
            return BRINK_VERDICT_DIFFERS;
        return frame < options->expect_size ? BRINK_VERDICT_SHORT : BRINK_VERDICT_PASSED;
    }
    if (length < layout->offset || dumb_field(layout, data + layout->offset,
                                              length - layout->offset, &value, &used) != DUMB_FRAME)
        return BRINK_VERDICT_OPEN; /* the header is not complete */
    return differs(options, data, length) ? BRINK_VERDICT_DIFFERS : BRINK_VERDICT_OPEN;
}

static enum brink_verdict dumb_verdict(const struct brink_spec *spec,
                                       const struct brink_health_options *options,
                                       const uint8_t *data, size_t length)
{
    const struct brink_direction *reply = &spec->reply;
    if (length < reply->preface)
        return BRINK_VERDICT_OPEN;
    data += reply->preface;
    length -= reply->preface;
    if (spec->negotiate != 0 && spec->negotiate == options->send_size) {
        enum brink_verdict first = dumb_raw(options, data, length > 0 ? 1 : 0);
        return first == BRINK_VERDICT_OPEN && length > 0 ? BRINK_VERDICT_SHORT : first;
    }
    if (reply->has_first)
        return dumb_frame(&reply->first, options, data, length);
    if (reply->frame.kind == BRINK_LENGTH_NONE)
        return dumb_raw(options, data, length);
    return dumb_frame(&reply->frame, options, data, length);
}

/* A copy of what comes next, in memory that ends where it ends. */
static uint8_t *copy_of(struct input *input, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    FUZZ_ASSERT(copy != NULL);
    for (size_t i = 0; i < length; i++)
        copy[i] = input_byte(input);
    return copy;
}

/* In pieces whose sizes `pieces` says; when it has ended, byte by byte. */
static enum brink_verdict in_pieces(const struct brink_spec *spec,
                                    const struct brink_health_options *options, struct input answer,
                                    struct input pieces, char why[WHY_MAX])
{
    struct brink_expect expect;
    enum brink_verdict verdict = BRINK_VERDICT_OPEN;
    brink_expect_begin(&expect, spec, options);
    while (answer.size > 0) {
        size_t length = 1 + input_byte(&pieces) % 16u;
        length = length < answer.size ? length : answer.size;
        uint8_t *piece = copy_of(&answer, length);
        enum brink_verdict now = brink_expect_take(&expect, piece, length);
        free(piece);
        FUZZ_ASSERT(verdict == BRINK_VERDICT_OPEN || now == verdict);
        verdict = now;
    }
    brink_expect_explain(&expect, why, WHY_MAX);
    return verdict;
}

static void try_answer(const struct brink_spec *spec, const struct brink_health_options *options,
                       struct input answer, struct input pieces)
{
    char whole[WHY_MAX];
    char split[WHY_MAX];
    struct brink_expect expect;
    brink_expect_begin(&expect, spec, options);
    enum brink_verdict verdict = brink_expect_take(&expect, answer.data, answer.size);
    brink_expect_explain(&expect, whole, sizeof whole);
    FUZZ_ASSERT(verdict == dumb_verdict(spec, options, answer.data, answer.size));
    FUZZ_ASSERT(in_pieces(spec, options, answer, pieces, split) == verdict);
    FUZZ_ASSERT(strcmp(whole, split) == 0);
    FUZZ_ASSERT(strchr(whole, '"') == NULL && strlen(whole) < WHY_MAX - 1);
    bool said = verdict != BRINK_VERDICT_OPEN && verdict != BRINK_VERDICT_PASSED;
    FUZZ_ASSERT(said == (whole[0] != '\0'));
}

/* The input: the spec; what is expected, and under what mask; the sizes of pieces; the answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct brink_spec spec = {.request = input_direction(&input)};
    struct brink_health_options options = {.send_size = input_byte(&input)};
    spec.reply = spec.request;
    spec.negotiate = input_byte(&input) % 16u;
    if (brink_failed(brink_spec_check(&spec, NULL)))
        return 0;
    uint8_t flags = input_byte(&input);
    size_t length = input_byte(&input) % EXPECT_MAX;
    uint8_t *expected = copy_of(&input, length);
    uint8_t *mask = copy_of(&input, flags & 2 ? length : 0);
    if (flags & 1) {
        options.expect = expected;
        options.expect_size = length;
        options.mask = flags & 2 ? mask : NULL;
    }
    struct input pieces = {input.data, input.size < 16 ? input.size : 16};
    input.data += pieces.size;
    input.size -= pieces.size;
    try_answer(&spec, &options, input, pieces);
    free(expected);
    free(mask);
    return 0;
}
