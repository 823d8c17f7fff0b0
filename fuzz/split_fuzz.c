/* Targets: brink_decoder_init, brink_decoder_next, brink_decoder_skip.
 *
 * The frames are the same whatever way the bytes are split, and the same that a dumb decoder finds
 * which sees all bytes at once. What is skipped is frames as well. */
#include "dumb_decoder.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENDS_MAX = 4096 };

struct found {
    size_t ends[ENDS_MAX]; /* where frames end in the input */
    size_t count;
    bool bad;
    bool open; /* it ended within a frame, or a preface */
};

static void note(struct found *found, size_t end)
{
    if (found->count < ENDS_MAX)
        found->ends[found->count++] = end;
}

/* Pieces of `step` bytes. */
static void decode(struct found *found, const struct brink_direction *direction,
                   const uint8_t *data, size_t size, size_t step)
{
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, direction);
    found->count = 0;
    found->bad = false;
    for (size_t at = 0; at < size && !found->bad;) {
        size_t piece = step < size - at ? step : size - at;
        while (piece > 0) {
            struct brink_decoded d = brink_decoder_next(&decoder, direction, data + at, piece);
            found->bad = d.event == BRINK_DECODE_BAD;
            if (found->bad)
                break;
            at += d.used;
            piece -= d.used;
            if (d.event == BRINK_DECODE_FRAME)
                note(found, at);
        }
    }
    found->open = !brink_decoder_at_boundary(&decoder);
}

static void decode_dumbly(struct found *found, const struct brink_direction *direction,
                          const uint8_t *data, size_t size)
{
    const struct brink_layout *layout =
        direction->has_first ? &direction->first : &direction->frame;
    size_t at = direction->preface < size ? direction->preface : size;
    found->count = 0;
    found->bad = false;
    found->open = size < direction->preface;
    while (at < size && !found->bad && !found->open && layout->kind != BRINK_LENGTH_NONE) {
        size_t frame = 0;
        enum dumb_verdict verdict = dumb_next(layout, data + at, size - at, &frame);
        found->bad = verdict == DUMB_BAD;
        found->open = verdict != DUMB_FRAME;
        if (verdict != DUMB_FRAME)
            return;
        at += frame;
        note(found, at);
        layout = &direction->frame;
    }
}

/* Skips what can be, and takes single steps over the rest. */
static void skip(const struct found *dumb, const struct brink_direction *direction,
                 const uint8_t *data, size_t size, size_t step)
{
    struct brink_decoder decoder;
    uint64_t count = 0;
    brink_decoder_init(&decoder, direction);
    for (size_t at = 0; at < size;) {
        size_t piece = step < size - at ? step : size - at;
        uint64_t before = count;
        size_t skipped = brink_decoder_skip(&decoder, direction, data + at, piece, &count);
        at += skipped;
        FUZZ_ASSERT((skipped > 0) == (count > before));
        if (skipped > 0 && count <= ENDS_MAX)
            FUZZ_ASSERT(at == dumb->ends[count - 1]);
        if (skipped == piece)
            continue;
        struct brink_decoded d =
            brink_decoder_next(&decoder, direction, data + at, piece - skipped);
        if (d.event == BRINK_DECODE_BAD)
            break;
        at += d.used;
        count += d.event == BRINK_DECODE_FRAME;
    }
    FUZZ_ASSERT(count == dumb->count || dumb->count == ENDS_MAX);
}

static void same(const struct found *a, const struct found *b)
{
    FUZZ_ASSERT(a->count == b->count);
    FUZZ_ASSERT(memcmp(a->ends, b->ends, a->count * sizeof a->ends[0]) == 0);
    FUZZ_ASSERT(a->bad == b->bad);
    FUZZ_ASSERT(a->open == b->open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 3, 5, 7, 16, 61};
    static struct found dumb;
    static struct found found;
    struct input input = {data, size};
    struct brink_spec spec = {.request = input_direction(&input)};
    spec.reply = spec.request;
    if (brink_failed(brink_spec_check(&spec, NULL)) || input.size == 0)
        return 0;
    decode_dumbly(&dumb, &spec.request, input.data, input.size);
    decode(&found, &spec.request, input.data, input.size, input.size);
    same(&dumb, &found);
    skip(&dumb, &spec.request, input.data, input.size, input.size);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        decode(&found, &spec.request, input.data, input.size, steps[i]);
        same(&dumb, &found);
        skip(&dumb, &spec.request, input.data, input.size, steps[i]);
    }
    return 0;
}
