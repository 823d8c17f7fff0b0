#include "app/frame/layout_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Wide enough for every value times every unit. */
typedef unsigned __int128 wide;
typedef __int128 signed_wide;

__attribute__((format(printf, 2, 3))) static void add(char text[BRINK_LAYOUT_TEXT_SIZE],
                                                      const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text + used, BRINK_LAYOUT_TEXT_SIZE - used, format, args);
    va_end(args);
}

static const char *endian_name(const struct brink_layout *layout)
{
    return layout->endian == BRINK_BIG_ENDIAN ? "be" : "le";
}

const char *brink_layout_text_delimiter(const struct brink_layout *layout, char text[8])
{
    unsigned char byte = (unsigned char)layout->delimiter;
    if (isprint(byte))
        (void)snprintf(text, 8, "'%c'", byte);
    else
        (void)snprintf(text, 8, "0x%02x", byte);
    return text;
}

const char *brink_layout_text_short(const struct brink_layout *layout,
                                    char text[BRINK_LAYOUT_TEXT_SIZE])
{
    const char *digits = layout->kind == BRINK_LENGTH_HEX ? "hex" : "decimal";
    char delimiter[8];
    text[0] = '\0';
    switch (layout->kind) {
    case BRINK_LENGTH_NONE:
        add(text, "raw");
        return text;
    case BRINK_LENGTH_FIXED:
        add(text, "u%d%s", layout->size * 8, layout->size > 1 ? endian_name(layout) : "");
        break;
    case BRINK_LENGTH_LEB128:
        add(text, "leb128");
        break;
    case BRINK_LENGTH_MQTT:
        add(text, "mqtt");
        break;
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        if (layout->delimiter != '\0')
            add(text, "%s to %s", digits, brink_layout_text_delimiter(layout, delimiter));
        else
            add(text, "%s(%d)", digits, layout->size);
        break;
    }
    if (layout->offset > 0)
        add(text, " at %" PRIu32, layout->offset);
    return text;
}

const char *brink_layout_text_length(const struct brink_layout *layout,
                                     char text[BRINK_LAYOUT_TEXT_SIZE])
{
    char delimiter[8];
    text[0] = '\0';
    switch (layout->kind) {
    case BRINK_LENGTH_NONE:
        add(text, "none: the bytes are passed on as they come");
        return text;
    case BRINK_LENGTH_FIXED:
        add(text, "%d byte%s", layout->size, layout->size == 1 ? "" : "s");
        if (layout->size > 1)
            add(text, ", %s-endian", layout->endian == BRINK_BIG_ENDIAN ? "big" : "little");
        break;
    case BRINK_LENGTH_LEB128:
    case BRINK_LENGTH_MQTT:
        add(text, "varint of 1 to %d bytes, 7 bits in each, lowest first", layout->size);
        break;
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        add(text, "%s%d %s digits", layout->delimiter != '\0' ? "up to " : "", layout->size,
            layout->kind == BRINK_LENGTH_HEX ? "hex" : "decimal");
        if (layout->delimiter != '\0')
            add(text, ", ended by %s", brink_layout_text_delimiter(layout, delimiter));
        break;
    }
    add(text, ", at offset %" PRIu32, layout->offset);
    return text;
}

static void add_signed(char text[BRINK_LAYOUT_TEXT_SIZE], int64_t amount)
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    if (amount != 0)
        add(text, " %c %" PRIu64, amount < 0 ? '-' : '+', size);
}

const char *brink_layout_text_formula(const struct brink_layout *layout,
                                      char text[BRINK_LAYOUT_TEXT_SIZE])
{
    uint32_t header = brink_layout_header_max(layout);
    bool masked = layout->kind == BRINK_LENGTH_FIXED && layout->mask != UINT64_MAX;
    bool steady = header == brink_layout_header_min(layout);
    text[0] = '\0';
    if (layout->kind == BRINK_LENGTH_NONE)
        return text;
    if (masked)
        add(text, "(value & 0x%" PRIx64 ")", layout->mask);
    else
        add(text, "value");
    if (layout->unit > 1)
        add(text, " * %" PRIu64, layout->unit);
    if (!steady)
        add(text, " + header");
    add_signed(text, layout->adjust + (steady ? (int64_t)header : 0));
    add(text, " bytes, header included");
    if (layout->pad > 1)
        add(text, ", padded to a multiple of %" PRIu64, layout->pad);
    if (layout->header_only > 0)
        add(text, "; the header alone if value < %" PRIu64, layout->header_only);
    return text;
}

static wide power(wide base, unsigned exponent)
{
    wide value = 1;
    while (exponent-- > 0 && value <= UINT64_MAX)
        value *= base;
    return value;
}

/* The largest value that the length field can hold. */
static uint64_t capacity(const struct brink_layout *layout)
{
    wide values = 1;
    switch (layout->kind) {
    case BRINK_LENGTH_NONE:
        break;
    case BRINK_LENGTH_FIXED:
        values = power(256, layout->size);
        break;
    case BRINK_LENGTH_LEB128:
    case BRINK_LENGTH_MQTT:
        values = power(128, layout->size);
        break;
    case BRINK_LENGTH_DECIMAL:
        values = power(10, layout->size);
        break;
    case BRINK_LENGTH_HEX:
        values = power(16, layout->size);
        break;
    }
    uint64_t most = values > UINT64_MAX ? UINT64_MAX : (uint64_t)(values - 1);
    return layout->kind == BRINK_LENGTH_FIXED ? most & layout->mask : most;
}

uint64_t brink_layout_text_smallest(const struct brink_layout *layout)
{
    int64_t header = brink_layout_header_min(layout);
    int64_t empty = layout->adjust + header; /* value 0 */
    uint64_t frame = (uint64_t)(empty > header && layout->header_only == 0 ? empty : header);
    if (frame < layout->min)
        frame = layout->min;
    uint64_t pad = layout->pad > 1 ? layout->pad : 1;
    return (frame + pad - 1) / pad * pad;
}

uint64_t brink_layout_text_largest(const struct brink_layout *layout)
{
    wide product = (wide)capacity(layout) * layout->unit;
    signed_wide frame =
        (signed_wide)product + layout->adjust + (signed_wide)brink_layout_header_max(layout);
    if (frame > (signed_wide)layout->max)
        frame = (signed_wide)layout->max;
    uint64_t pad = layout->pad > 1 ? layout->pad : 1;
    return (uint64_t)frame / pad * pad;
}

static bool same_layout(const struct brink_layout *a, const struct brink_layout *b)
{
    return a->kind == b->kind && a->endian == b->endian && a->offset == b->offset &&
           a->size == b->size && a->delimiter == b->delimiter && a->adjust == b->adjust &&
           a->mask == b->mask && a->unit == b->unit && a->pad == b->pad &&
           a->header_only == b->header_only && a->min == b->min && a->max == b->max;
}

bool brink_layout_text_same(const struct brink_direction *a, const struct brink_direction *b)
{
    return a->preface == b->preface && a->has_first == b->has_first &&
           (!a->has_first || same_layout(&a->first, &b->first)) &&
           same_layout(&a->frame, &b->frame);
}
