/* The keys of a spec's text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/nearest.h"
#include "frame/spec_text.h"

bool brink_spec_read_size(const char *text, uint64_t *value)
{
    static const struct {
        const char *name;
        unsigned shift;
    } units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    if (errno != 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        *value = (uint64_t)number << units[i].shift;
        return *value >> units[i].shift == number;
    }
    return false;
}

static brink_result bad_value(struct brink_spec_reader *reader, const char *key, const char *value,
                              const char *right)
{
    return brink_message_set(reader->why, "%s=%.60s: write %s", key, value, right);
}

static brink_result read_number(struct brink_spec_reader *reader, const char *key,
                                const char *value, uint64_t most, uint64_t *number)
{
    if (!brink_spec_read_size(value, number))
        return bad_value(reader, key, value, "a number, as in 4, 0x7fff or 64KiB");
    if (*number > most)
        return brink_message_set(reader->why, "%s=%.60s is too large; at most %llu is possible",
                                 key, value, (unsigned long long)most);
    return brink_ok();
}

static brink_result read_adjust(struct brink_spec_reader *reader, const char *value,
                                int64_t *adjust)
{
    uint64_t number;
    bool minus = value[0] == '-';
    const char *digits = value + (minus || value[0] == '+' ? 1 : 0);
    if (!brink_spec_read_size(digits, &number) || number > INT64_MAX)
        return bad_value(reader, "adjust", value, "a number of bytes, as in 1 or -4");
    *adjust = minus ? -(int64_t)number : (int64_t)number;
    return brink_ok();
}

static brink_result read_choice(struct brink_spec_reader *reader, const char *key,
                                const char *value, const char *const *names, int count,
                                const char *right, int *choice)
{
    for (*choice = 0; *choice < count; (*choice)++)
        if (strcmp(value, names[*choice]) == 0)
            return brink_ok();
    return bad_value(reader, key, value, right);
}

static brink_result read_delimiter(struct brink_spec_reader *reader, const char *value,
                                   char *delimiter)
{
    static const char *const names[] = {"space", "comma", "newline", "colon"};
    static const char bytes[] = " ,\n:";
    int choice;
    if (strlen(value) == 1) {
        *delimiter = value[0];
        return brink_ok();
    }
    brink_result read = read_choice(reader, "delimiter", value, names, 4,
                                    "one byte, or space, comma, newline or colon", &choice);
    if (!brink_failed(read))
        *delimiter = bytes[choice];
    return read;
}

/* The kinds of length but a fixed field; they come with a size of their own unless one was said. */
static void set_kind(struct brink_spec_reader *reader, struct brink_layout *layout,
                     enum brink_length_kind kind, uint8_t size)
{
    layout->kind = kind;
    if (!reader->size_said)
        layout->size = size;
}

static brink_result set_varint(struct brink_spec_reader *reader, struct brink_layout *layout,
                               const char *value)
{
    static const char *const names[] = {"leb128", "mqtt"};
    int choice;
    brink_result read = read_choice(reader, "varint", value, names, 2, "leb128 or mqtt", &choice);
    if (!brink_failed(read))
        set_kind(reader, layout, choice == 0 ? BRINK_LENGTH_LEB128 : BRINK_LENGTH_MQTT,
                 choice == 0 ? 5 : 4);
    return read;
}

static brink_result set_ascii(struct brink_spec_reader *reader, struct brink_layout *layout,
                              const char *value)
{
    static const char *const names[] = {"decimal", "hex"};
    int choice;
    brink_result read = read_choice(reader, "ascii", value, names, 2, "decimal or hex", &choice);
    if (!brink_failed(read))
        set_kind(reader, layout, choice == 0 ? BRINK_LENGTH_DECIMAL : BRINK_LENGTH_HEX,
                 choice == 0 ? 10 : 8);
    return read;
}

static brink_result set_endian(struct brink_spec_reader *reader, struct brink_layout *layout,
                               const char *value)
{
    static const char *const names[] = {"little", "big"};
    int choice;
    brink_result read = read_choice(reader, "endian", value, names, 2, "little or big", &choice);
    if (!brink_failed(read))
        layout->endian = choice == 0 ? BRINK_LITTLE_ENDIAN : BRINK_BIG_ENDIAN;
    return read;
}

static brink_result set_offset(struct brink_spec_reader *reader, struct brink_layout *layout,
                               const char *value)
{
    uint64_t number = 0;
    brink_result read = read_number(reader, "offset", value, BRINK_OFFSET_MAX, &number);
    layout->offset = (uint32_t)number;
    return read;
}

static brink_result set_size(struct brink_spec_reader *reader, struct brink_layout *layout,
                             const char *value)
{
    uint64_t number = 0;
    brink_result read = read_number(reader, "size", value, BRINK_DIGITS_MAX, &number);
    layout->size = (uint8_t)number;
    reader->size_said = true;
    return read;
}

static brink_result set_adjust(struct brink_spec_reader *reader, struct brink_layout *layout,
                               const char *value)
{
    reader->adjust_said = true;
    return read_adjust(reader, value, &layout->adjust);
}

static brink_result set_delimiter(struct brink_spec_reader *reader, struct brink_layout *layout,
                                  const char *value)
{
    return read_delimiter(reader, value, &layout->delimiter);
}

static brink_result set_mask(struct brink_spec_reader *reader, struct brink_layout *layout,
                             const char *value)
{
    return read_number(reader, "mask", value, UINT64_MAX, &layout->mask);
}

static brink_result set_unit(struct brink_spec_reader *reader, struct brink_layout *layout,
                             const char *value)
{
    return read_number(reader, "unit", value, UINT32_MAX, &layout->unit);
}

static brink_result set_pad(struct brink_spec_reader *reader, struct brink_layout *layout,
                            const char *value)
{
    return read_number(reader, "pad", value, UINT32_MAX, &layout->pad);
}

static brink_result set_header_only(struct brink_spec_reader *reader, struct brink_layout *layout,
                                    const char *value)
{
    return read_number(reader, "header-only", value, UINT64_MAX, &layout->header_only);
}

static brink_result set_max(struct brink_spec_reader *reader, struct brink_layout *layout,
                            const char *value)
{
    return read_number(reader, "max", value, UINT64_MAX, &layout->max);
}

static brink_result set_min(struct brink_spec_reader *reader, struct brink_layout *layout,
                            const char *value)
{
    return read_number(reader, "min", value, UINT64_MAX, &layout->min);
}

static brink_result set_signed(struct brink_spec_reader *reader, struct brink_layout *layout,
                               const char *value)
{
    static const char *const names[] = {"no", "yes"};
    int choice;
    brink_result read = read_choice(reader, "signed", value, names, 2, "yes or no", &choice);
    layout->has_sign = choice == 1;
    return read;
}

static brink_result set_includes(struct brink_spec_reader *reader, struct brink_layout *layout,
                                 const char *value)
{
    static const char *const names[] = {"none", "length", "header"};
    int choice;
    (void)layout;
    brink_result read =
        read_choice(reader, "includes", value, names, 3, "none, length or header", &choice);
    if (!brink_failed(read))
        reader->includes = (enum brink_includes)(BRINK_INCLUDES_NONE + choice);
    return read;
}

/* --- keys of a whole direction, or of both --- */

static brink_result read_group(struct brink_spec_reader *reader, const char *key, char *value,
                               struct brink_spec *group)
{
    size_t length = strlen(value);
    if (reader->depth >= BRINK_SPEC_DEPTH_MAX)
        return brink_message_set(reader->why, "%s= cannot stand so deep within parentheses", key);
    if (length < 2 || value[0] != '(' || value[length - 1] != ')')
        return bad_value(reader, key, value, "a spec in parentheses, as in (offset=0,size=4)");
    value[length - 1] = '\0';
    brink_spec_default(group);
    struct brink_spec_reader inner = {
        .spec = group, .why = reader->why, .depth = reader->depth + 1};
    return brink_spec_read_items(&inner, value + 1);
}

static brink_result set_first(struct brink_spec_reader *reader, char *value)
{
    struct brink_spec group;
    brink_result read = read_group(reader, "first", value, &group);
    if (brink_failed(read))
        return read;
    reader->spec->request.has_first = true;
    reader->spec->request.first = group.request.frame;
    if (!reader->reply_said) {
        reader->spec->reply.has_first = true;
        reader->spec->reply.first = group.request.frame;
    }
    return read;
}

static brink_result set_reply(struct brink_spec_reader *reader, char *value)
{
    struct brink_spec group;
    brink_result read = read_group(reader, "reply", value, &group);
    if (!brink_failed(read))
        reader->spec->reply = group.request;
    reader->reply_said = true;
    return read;
}

static brink_result set_preface(struct brink_spec_reader *reader, char *value)
{
    uint64_t number = 0;
    brink_result read = read_number(reader, "preface", value, BRINK_OFFSET_MAX, &number);
    reader->spec->request.preface = (uint32_t)number;
    if (!reader->reply_said)
        reader->spec->reply.preface = (uint32_t)number;
    return read;
}

static brink_result set_negotiate(struct brink_spec_reader *reader, char *value)
{
    uint64_t number = 0;
    brink_result read = read_number(reader, "negotiate", value, UINT32_MAX, &number);
    reader->spec->negotiate = (uint32_t)number;
    return read;
}

static brink_result set_pin(struct brink_spec_reader *reader, char *value)
{
    static const char *const names[] = {"no", "yes"};
    int choice;
    brink_result read = read_choice(reader, "pin", value, names, 2, "yes or no", &choice);
    if (!brink_failed(read))
        reader->spec->pin = choice == 1;
    return read;
}

static const struct {
    const char *name;
    brink_result (*set_layout)(struct brink_spec_reader *, struct brink_layout *, const char *);
    brink_result (*set_spec)(struct brink_spec_reader *, char *);
} keys[] = {
    {"signed", set_signed, NULL},
    {"offset", set_offset, NULL},
    {"size", set_size, NULL},
    {"endian", set_endian, NULL},
    {"adjust", set_adjust, NULL},
    {"includes", set_includes, NULL},
    {"varint", set_varint, NULL},
    {"ascii", set_ascii, NULL},
    {"delimiter", set_delimiter, NULL},
    {"mask", set_mask, NULL},
    {"unit", set_unit, NULL},
    {"pad", set_pad, NULL},
    {"header-only", set_header_only, NULL},
    {"max", set_max, NULL},
    {"min", set_min, NULL},
    {"preface", NULL, set_preface},
    {"first", NULL, set_first},
    {"reply", NULL, set_reply},
    {"negotiate", NULL, set_negotiate},
    {"pin", NULL, set_pin},
};

static brink_result unknown_key(struct brink_spec_reader *reader, const char *key)
{
    size_t best = 0;
    for (size_t i = 1; i < sizeof keys / sizeof keys[0]; i++)
        if (brink_word_distance(key, keys[i].name) < brink_word_distance(key, keys[best].name))
            best = i;
    return brink_message_set(reader->why, "unknown key \"%.40s\"; did you mean \"%s\"?", key,
                             keys[best].name);
}

brink_result brink_spec_set_key(struct brink_spec_reader *reader, const char *key, char *value)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(key, keys[i].name) != 0)
            continue;
        if (keys[i].set_spec != NULL)
            return keys[i].set_spec(reader, value);
        brink_result set = keys[i].set_layout(reader, &reader->spec->request.frame, value);
        if (!brink_failed(set) && !reader->reply_said)
            set = keys[i].set_layout(reader, &reader->spec->reply.frame, value);
        return set;
    }
    return unknown_key(reader, key);
}
