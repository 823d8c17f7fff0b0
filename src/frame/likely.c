#include "frame/likely.h"

#include <string.h>

#include "frame/layout.h"

static bool starts_with(const uint8_t *header, size_t length, const char *text)
{
    size_t letters = strlen(text);
    return length >= letters && memcmp(header, text, letters) == 0;
}

static bool looks_like_http(const uint8_t *header, size_t length)
{
    static const char *const starts[] = {"GET ",   "PUT ",     "POST ",   "HEAD ",    "HTTP",
                                         "PATCH ", "OPTIONS ", "DELETE ", "CONNECT ", "TRACE "};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (starts_with(header, length, starts[i]) ||
            (length >= 4 && memcmp(header, starts[i], 4) == 0))
            return true;
    return false;
}

static bool looks_like_tls(const uint8_t *header, size_t length)
{
    return length >= 3 && header[0] >= 0x14 && header[0] <= 0x17 && header[1] == 3 &&
           header[2] <= 4;
}

static bool is_text(const uint8_t *header, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((header[i] < ' ' || header[i] > '~') && header[i] != '\r' && header[i] != '\n' &&
            header[i] != '\t')
            return false;
    return length >= 4;
}

static uint64_t swapped(const struct brink_layout *layout, uint64_t value)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < layout->size; i++) {
        result = result << 8 | (value & 0xff);
        value >>= 8;
    }
    return result;
}

static bool would_fit(const struct brink_layout *layout, uint64_t value, int64_t adjust)
{
    struct brink_layout other = *layout;
    uint64_t frame;
    other.adjust = adjust;
    return brink_layout_measure(&other, value, false, layout->offset + layout->size, &frame) ==
           BRINK_FRAME_OK;
}

static const char *wrong_numbers(const struct brink_layout *layout, const struct brink_decoded *bad)
{
    bool fixed = layout->kind == BRINK_LENGTH_FIXED;
    if (fixed && layout->size > 1 &&
        would_fit(layout, swapped(layout, bad->value) & layout->mask, layout->adjust))
        return layout->endian == BRINK_BIG_ENDIAN
                   ? "read in the other byte order, little-endian, the length would fit"
                   : "read in the other byte order, big-endian, the length would fit";
    if (bad->error == BRINK_FRAME_TOO_SMALL && layout->adjust < 0 &&
        would_fit(layout, bad->value, 0))
        return "the length is less than its own header: perhaps it does not count the header "
               "(includes=none)";
    if (bad->error == BRINK_FRAME_TOO_LARGE)
        return "the frame is larger than the limit (--max-frame), or the spec is another one";
    return "the spec is another one, or the stream lost its place";
}

const char *brink_likely_cause(const struct brink_layout *layout, const struct brink_decoded *bad,
                               const uint8_t *header, size_t length)
{
    if (looks_like_http(header, length))
        return "this looks like HTTP";
    if (looks_like_tls(header, length))
        return "this looks like TLS";
    if (starts_with(header, length, "SSH-"))
        return "this looks like SSH";
    if (starts_with(header, length, "PRI "))
        return "this looks like HTTP/2";
    if (starts_with(header, length, "PROX") || starts_with(header, length, "\r\n\r\n"))
        return "this looks like a PROXY protocol header";
    if (bad->error == BRINK_FRAME_OVERLONG)
        return "the varint is longer than it may be, or not in its shortest form";
    if (is_text(header, length))
        return "this looks like text";
    if (bad->error == BRINK_FRAME_NOT_A_DIGIT)
        return "the length is not in digits";
    return wrong_numbers(layout, bad);
}
