#include "upstream/expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "frame/likely.h"

static const struct brink_direction *direction_of(const struct brink_expect *expect)
{
    return &expect->spec->reply;
}

void brink_expect_begin(struct brink_expect *expect, const struct brink_spec *spec,
                        const struct brink_health_options *options)
{
    const struct brink_direction *reply = &spec->reply;
    bool negotiates = spec->negotiate != 0 && options->send_size == spec->negotiate;
    *expect = (struct brink_expect){
        .options = options,
        .spec = spec,
        .preface = reply->preface,
        .raw = negotiates || (reply->frame.kind == BRINK_LENGTH_NONE && !reply->has_first),
        .single = negotiates,
        .differs_at = UINT64_MAX,
    };
    brink_decoder_init(&expect->decoder, reply);
    if (negotiates)
        brink_decoder_expect_raw(&expect->decoder, 1);
}

static uint8_t mask_at(const struct brink_health_options *options, size_t index)
{
    return options->mask != NULL ? options->mask[index] : 0xff;
}

/* Goes on through `expect` with the answer's next bytes. */
static void compare(struct brink_expect *expect, const uint8_t *data, size_t length)
{
    const struct brink_health_options *options = expect->options;
    uint64_t from = expect->size;
    expect->size += length;
    for (size_t i = 0; i < length && from + i < BRINK_EXPECT_HEAD; i++)
        expect->head[from + i] = data[i];
    if (options->expect == NULL || expect->differs_at != UINT64_MAX)
        return;
    for (size_t i = 0; i < length && from + i < options->expect_size; i++) {
        size_t index = (size_t)from + i;
        if (((data[i] ^ options->expect[index]) & mask_at(options, index)) == 0)
            continue;
        expect->differs_at = index;
        expect->differs = data[i];
        return;
    }
}

static size_t expected_size(const struct brink_expect *expect)
{
    return expect->options->expect != NULL ? expect->options->expect_size : 0;
}

static enum brink_verdict judge_whole(const struct brink_expect *expect)
{
    return expect->size < expected_size(expect) ? BRINK_VERDICT_SHORT : BRINK_VERDICT_PASSED;
}

/* What is known after a step of the decoder, whose bytes have been compared. */
static enum brink_verdict judge(const struct brink_expect *expect)
{
    enum brink_decode_event event = expect->last.event;
    if (event == BRINK_DECODE_BAD)
        return BRINK_VERDICT_NOT_FRAME;
    if (event == BRINK_DECODE_HEADER)
        return BRINK_VERDICT_OPEN;
    if (expect->differs_at != UINT64_MAX)
        return BRINK_VERDICT_DIFFERS;
    if (event == BRINK_DECODE_FRAME || expect->single)
        return judge_whole(expect);
    if (event == BRINK_DECODE_RAW && expect->size >= expected_size(expect))
        return BRINK_VERDICT_PASSED;
    return BRINK_VERDICT_OPEN;
}

enum brink_verdict brink_expect_take(struct brink_expect *expect, const uint8_t *data,
                                     size_t length)
{
    size_t at = 0;
    while (expect->verdict == BRINK_VERDICT_OPEN && at < length) {
        struct brink_decoded *step = &expect->last;
        *step = brink_decoder_next(&expect->decoder, direction_of(expect), data + at, length - at);
        if (expect->preface > 0) {
            expect->preface -= (uint32_t)step->used;
        } else {
            compare(expect, data + at, expect->single ? 1 : step->used);
            expect->verdict = judge(expect);
        }
        at += step->used;
    }
    return expect->verdict;
}

static void explain_difference(const struct brink_expect *expect, char *text, size_t size)
{
    size_t at = (size_t)expect->differs_at;
    uint8_t mask = mask_at(expect->options, at);
    char under[32] = "";
    if (mask != 0xff)
        (void)snprintf(under, sizeof under, " under mask 0x%02x", mask);
    (void)snprintf(text, size, "reply differs at byte %zu: 0x%02x, expected 0x%02x%s", at,
                   expect->differs, expect->options->expect[at], under);
}

static void explain_bad(const struct brink_expect *expect, char *text, size_t size)
{
    enum { SHOWN = 8 };
    const struct brink_decoded *bad = &expect->last;
    const struct brink_direction *direction = direction_of(expect);
    const struct brink_layout *layout = bad->first ? &direction->first : &direction->frame;
    size_t length = expect->size < BRINK_EXPECT_HEAD ? (size_t)expect->size : BRINK_EXPECT_HEAD;
    char hex[2 * SHOWN + 1] = "";
    for (size_t i = 0; i < length && i < SHOWN; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", expect->head[i]);
    (void)snprintf(text, size, "reply is not a frame: %s, begins with %s: %s",
                   brink_frame_error_name(bad->error), hex,
                   brink_likely_cause(layout, bad, expect->head, length));
}

void brink_expect_explain(const struct brink_expect *expect, char *text, size_t size)
{
    switch (expect->verdict) {
    case BRINK_VERDICT_DIFFERS:
        explain_difference(expect, text, size);
        return;
    case BRINK_VERDICT_SHORT:
        (void)snprintf(text, size, "reply has only %" PRIu64 " bytes, expected %zu", expect->size,
                       expect->options->expect_size);
        return;
    case BRINK_VERDICT_NOT_FRAME:
        explain_bad(expect, text, size);
        return;
    case BRINK_VERDICT_OPEN:
    case BRINK_VERDICT_PASSED:
        break;
    }
    if (size > 0)
        text[0] = '\0';
}
