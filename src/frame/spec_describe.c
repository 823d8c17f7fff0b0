/* A spec as text that can be read back. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "frame/spec_text.h"

struct writer {
    char *text;
    size_t size;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct writer *writer, const char *format,
                                                      ...)
{
    va_list args;
    va_start(args, format);
    int length =
        vsnprintf(writer->text + writer->length, writer->size - writer->length, format, args);
    va_end(args);
    if (length > 0)
        writer->length += (size_t)length;
    if (writer->length >= writer->size)
        writer->length = writer->size - 1;
}

static void add_delimiter(struct writer *writer, char delimiter)
{
    if (delimiter == ' ')
        add(writer, ",delimiter=space");
    else if (delimiter == ',')
        add(writer, ",delimiter=comma");
    else if (delimiter == '\n')
        add(writer, ",delimiter=newline");
    else if (delimiter != '\0')
        add(writer, ",delimiter=%c", delimiter);
}

static void add_kind(struct writer *writer, const struct brink_layout *layout)
{
    add(writer, "offset=%" PRIu32 ",size=%u", layout->offset, (unsigned)layout->size);
    if (layout->kind == BRINK_LENGTH_FIXED)
        add(writer, ",endian=%s", layout->endian == BRINK_BIG_ENDIAN ? "big" : "little");
    else if (layout->kind == BRINK_LENGTH_LEB128 || layout->kind == BRINK_LENGTH_MQTT)
        add(writer, ",varint=%s", layout->kind == BRINK_LENGTH_MQTT ? "mqtt" : "leb128");
    else
        add(writer, ",ascii=%s", layout->kind == BRINK_LENGTH_HEX ? "hex" : "decimal");
    add_delimiter(writer, layout->delimiter);
}

static void add_layout(struct writer *writer, const struct brink_layout *layout)
{
    if (layout->kind == BRINK_LENGTH_NONE) {
        add(writer, "raw");
        return;
    }
    add_kind(writer, layout);
    if (layout->adjust != 0)
        add(writer, ",adjust=%" PRId64, layout->adjust);
    if (layout->has_sign)
        add(writer, ",signed=yes");
    if (layout->mask != UINT64_MAX)
        add(writer, ",mask=0x%" PRIx64, layout->mask);
    if (layout->unit != 1)
        add(writer, ",unit=%" PRIu64, layout->unit);
    if (layout->pad != 1)
        add(writer, ",pad=%" PRIu64, layout->pad);
    if (layout->header_only != 0)
        add(writer, ",header-only=%" PRIu64, layout->header_only);
    if (layout->min != 0)
        add(writer, ",min=%" PRIu64, layout->min);
    add(writer, ",max=%" PRIu64, layout->max);
}

static void add_direction(struct writer *writer, const struct brink_direction *direction)
{
    add_layout(writer, &direction->frame);
    if (direction->preface != 0)
        add(writer, ",preface=%" PRIu32, direction->preface);
    if (direction->has_first) {
        add(writer, ",first=(");
        add_layout(writer, &direction->first);
        add(writer, ")");
    }
}

const char *brink_spec_describe(const struct brink_spec *spec, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = size};
    if (size == 0)
        return text;
    text[0] = '\0';
    add_direction(&writer, &spec->request);
    add(&writer, ",reply=(");
    add_direction(&writer, &spec->reply);
    add(&writer, ")");
    if (spec->negotiate != 0)
        add(&writer, ",negotiate=%" PRIu32, spec->negotiate);
    if (spec->pin)
        add(&writer, ",pin=yes");
    return text;
}
