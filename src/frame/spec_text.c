/* The text of a spec, from its items to the checked spec. */
#include "frame/spec_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/nearest.h"

/* Cuts the first item off: ends it with a NUL and returns what follows, or NULL. Commas within
 * parentheses do not count. */
static char *cut_item(char *text)
{
    int depth = 0;
    for (; *text != '\0'; text++) {
        if (*text == '(')
            depth++;
        else if (*text == ')')
            depth--;
        else if (*text == ',' && depth <= 0) {
            *text = '\0';
            return text + 1;
        }
    }
    return NULL;
}

static void set_fixed(struct brink_spec *spec, uint8_t size, enum brink_endian endian)
{
    spec->request.frame.size = size;
    spec->request.frame.endian = endian;
    spec->reply = spec->request;
}

/* "u8", "u16le", "u24be", ...: false if it is none. */
static bool read_short_form(struct brink_spec *spec, const char *item)
{
    char *end;
    if (strcmp(item, "raw") == 0) {
        spec->request.frame = (struct brink_layout){.kind = BRINK_LENGTH_NONE};
        spec->reply = spec->request;
        return true;
    }
    if (strcmp(item, "varint") == 0) {
        spec->request.frame.kind = BRINK_LENGTH_LEB128;
        set_fixed(spec, 5, BRINK_LITTLE_ENDIAN);
        return true;
    }
    if (item[0] != 'u' || item[1] < '1' || item[1] > '9')
        return false;
    unsigned long bits = strtoul(item + 1, &end, 10);
    if (bits % 8 != 0 || bits > 64)
        return false;
    bool little = strcmp(end, "le") == 0;
    if (!little && strcmp(end, "be") != 0 && !(*end == '\0' && bits == 8))
        return false;
    set_fixed(spec, (uint8_t)(bits / 8),
              little || bits == 8 ? BRINK_LITTLE_ENDIAN : BRINK_BIG_ENDIAN);
    return true;
}

static brink_result unknown_name(struct brink_spec_reader *reader, const char *item)
{
    const char *best = "u32le";
    for (size_t i = 0; i < brink_preset_count(); i++)
        if (brink_word_distance(item, brink_preset_at(i)->name) < brink_word_distance(item, best))
            best = brink_preset_at(i)->name;
    return brink_message_set(reader->why,
                             "\"%.60s\" is no frame spec; did you mean \"%s\"? Write u32le, u16be "
                             "and so on, a name of `brink frame list`, raw, or keys as in "
                             "offset=4,size=2,endian=big",
                             item, best);
}

/* The first item may be a name instead of a key. */
static brink_result read_name(struct brink_spec_reader *reader, const char *item)
{
    if (read_short_form(reader->spec, item))
        return brink_ok();
    const struct brink_preset *preset = brink_preset_find(item);
    if (preset == NULL)
        return unknown_name(reader, item);
    *reader->spec = preset->spec;
    reader->adjust_said = true;
    return brink_ok();
}

static brink_result read_item(struct brink_spec_reader *reader, char *item, bool first)
{
    char *equals = strchr(item, '=');
    if (equals == NULL && first)
        return read_name(reader, item);
    if (equals == NULL)
        return brink_message_set(reader->why, "\"%.60s\" lacks a value; write %.60s=VALUE", item,
                                 item);
    *equals = '\0';
    return brink_spec_set_key(reader, item, equals + 1);
}

/* `includes` is the friendly form of adjust: how much of the header the value counts. */
static brink_result set_includes(const struct brink_spec_reader *reader,
                                 struct brink_layout *layout)
{
    if (layout->kind != BRINK_LENGTH_FIXED && reader->includes != BRINK_INCLUDES_NONE)
        return brink_message_set(reader->why, "includes=length and includes=header are for a "
                                              "length field of fixed size; write adjust=");
    layout->adjust = 0;
    if (reader->includes == BRINK_INCLUDES_LENGTH)
        layout->adjust = -(int64_t)layout->size;
    else if (reader->includes == BRINK_INCLUDES_HEADER)
        layout->adjust = -(int64_t)(layout->offset + layout->size);
    return brink_ok();
}

brink_result brink_spec_read_items(struct brink_spec_reader *reader, char *text)
{
    bool first = true;
    while (text != NULL) {
        char *rest = cut_item(text);
        brink_result read = read_item(reader, text, first);
        if (brink_failed(read))
            return read;
        first = false;
        text = rest;
    }
    if (reader->includes == BRINK_INCLUDES_NOT_SAID)
        return brink_ok();
    brink_result set = set_includes(reader, &reader->spec->request.frame);
    if (!brink_failed(set) && !reader->reply_said)
        set = set_includes(reader, &reader->spec->reply.frame);
    return set;
}

static void limit(struct brink_layout *layout, uint64_t max_frame)
{
    if (layout->kind != BRINK_LENGTH_NONE)
        layout->max = max_frame;
}

brink_result brink_spec_parse(struct brink_spec *spec, const char *text, uint64_t max_frame,
                              struct brink_message *why)
{
    char copy[BRINK_SPEC_TEXT_MAX];
    struct brink_spec read;
    struct brink_spec_reader reader = {.spec = &read, .why = why};
    int length = snprintf(copy, sizeof copy, "%s", text);
    if (length < 0 || (size_t)length >= sizeof copy)
        return brink_message_set(why, "a frame spec has at most %d bytes", BRINK_SPEC_TEXT_MAX - 1);
    brink_spec_default(&read);
    brink_result result = brink_spec_read_items(&reader, copy);
    if (brink_failed(result))
        return result;
    (void)snprintf(read.name, sizeof read.name, "%.31s", text);
    if (max_frame != 0) {
        limit(&read.request.frame, max_frame);
        limit(&read.reply.frame, max_frame);
        limit(&read.request.first,
              max_frame < read.request.first.max ? max_frame : read.request.first.max);
        limit(&read.reply.first,
              max_frame < read.reply.first.max ? max_frame : read.reply.first.max);
    }
    result = brink_spec_check(&read, why);
    if (!brink_failed(result))
        *spec = read;
    return result;
}
