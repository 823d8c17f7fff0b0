#include "config/frame.h"

#include <inttypes.h>
#include <string.h>

#include "config/units.h"

enum { TEXT_ROOM = 1024 }; /* what brink_spec_parse takes */

/* The keys of a section as they are written; NULL: not said. */
struct draft {
    const char *keys[20];
    struct brink_config_item *first;
    struct brink_config_item *reply;
};

static void take_first(struct brink_config_reading *reading, struct brink_config_item *item,
                       void *target)
{
    (void)reading;
    ((struct draft *)target)->first = item;
}

static void take_reply(struct brink_config_reading *reading, struct brink_config_item *item,
                       void *target)
{
    (void)reading;
    ((struct draft *)target)->reply = item;
}

#define KEY(name_, index)                                                                          \
    {                                                                                              \
        .name = name_, .type = BRINK_CONFIG_TEXT, .at = offsetof(struct draft, keys[index])        \
    }
#define GROUP(name_, take_)                                                                        \
    {                                                                                              \
        .name = name_, .type = BRINK_CONFIG_SECTION, .take = take_                                 \
    }

/* What they mean is src/frame/spec_keys.c's; `preset` is the name that a spec's text begins with.
 * Those of a direction come first, so that a part of the table is theirs. */
static const struct brink_config_key keys[] = {
    KEY("preset", 0),     KEY("offset", 1),       KEY("size", 2),
    KEY("endian", 3),     KEY("adjust", 4),       KEY("includes", 5),
    KEY("varint", 6),     KEY("ascii", 7),        KEY("delimiter", 8),
    KEY("mask", 9),       KEY("unit", 10),        KEY("pad", 11),
    KEY("signed", 12),    KEY("header-only", 13), KEY("min", 14),
    KEY("max", 15),       KEY("preface", 16),     GROUP("first", take_first),
    KEY("negotiate", 17), KEY("pin", 18),         GROUP("reply", take_reply),
};
enum { LAYOUT_KEYS = 16, DIRECTION_KEYS = 18, MAX_INDEX = 15, DELIMITER_INDEX = 8 };

static const struct brink_config_table whole_table = {keys, sizeof keys / sizeof keys[0]};
static const struct brink_config_table direction_table = {keys, DIRECTION_KEYS};
static const struct brink_config_table layout_table = {keys, LAYOUT_KEYS};

/* --- a section as text --- */

struct writer {
    struct brink_config_reading *reading;
    char text[TEXT_ROOM];
    size_t length;
    bool full;
};

static void put(struct writer *writer, const char *text)
{
    size_t length = strlen(text);
    if (length >= sizeof writer->text - writer->length) {
        writer->full = true;
        return;
    }
    memcpy(writer->text + writer->length, text, length + 1);
    writer->length += length;
}

static void put_separator(struct writer *writer)
{
    char last = writer->length > 0 ? writer->text[writer->length - 1] : '(';
    if (last != '(')
        put(writer, ",");
}

/* A delimiter that has a meaning in a spec's text goes by its name there. */
static const char *delimiter_name(const char *value)
{
    static const char *const names[] = {" ", "space", ",", "comma", "\n", "newline", ":", "colon"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i += 2) {
        if (strcmp(value, names[i]) == 0)
            return names[i + 1];
    }
    return value;
}

static void put_key(struct writer *writer, struct brink_config_item *section,
                    const struct brink_config_key *key, const char *value)
{
    if (key == &keys[DELIMITER_INDEX])
        value = delimiter_name(value);
    if (strpbrk(value, ",()=") != NULL && strlen(value) > 1) {
        brink_config_item_error(writer->reading, section,
                                "%s = \"%.60s\" is more than one value; write one of it", key->name,
                                value);
        section->broken = true;
        return;
    }
    put_separator(writer);
    if (key != &keys[0]) {
        put(writer, key->name);
        put(writer, "=");
    }
    put(writer, value);
}

static void put_section(struct writer *writer, struct brink_config_item *section,
                        const struct brink_config_table *table, struct draft *draft);

static void put_group(struct writer *writer, const char *name, struct brink_config_item *section,
                      const struct brink_config_table *table)
{
    struct draft inner = {{NULL}, NULL, NULL};
    if (section == NULL)
        return;
    put_separator(writer);
    put(writer, name);
    put(writer, "=(");
    put_section(writer, section, table, &inner);
    put(writer, ")");
    if (section->broken)
        section->parent->broken = true;
}

/* `reply` comes last: what stands behind it is not for the other direction. */
static void put_section(struct writer *writer, struct brink_config_item *section,
                        const struct brink_config_table *table, struct draft *draft)
{
    brink_config_table_read(writer->reading, table, section, draft);
    for (size_t i = 0; i < whole_table.count; i++) {
        const struct brink_config_key *key = &keys[i];
        if (key->type != BRINK_CONFIG_TEXT)
            continue;
        const char *value = *(const char **)(void *)((char *)draft + key->at);
        if (value != NULL)
            put_key(writer, section, key, value);
    }
    if (writer->text[writer->length > 0 ? writer->length - 1 : 0] == '(')
        put(writer, "u32le"); /* an empty section */
    put_group(writer, "first", draft->first, &layout_table);
    put_group(writer, "reply", draft->reply, &direction_table);
}

/* The item in the section that a message of the spec's reader begins with, as in "size=9: ..." or
 * "size is 9; ...": its place is nearer to the mistake. */
static struct brink_config_item *blamed(struct brink_config_item *section, const char *what)
{
    for (struct brink_config_item *item = section->items; item != NULL; item = item->next) {
        size_t length = strlen(item->name);
        if (strncmp(what, item->name, length) == 0 && (what[length] == '=' || what[length] == ' '))
            return item;
    }
    return section;
}

/* The section's text, which reads; NULL, and told, otherwise. */
static const char *read_section(struct brink_config_reading *reading,
                                struct brink_config_item *section, bool *max_said)
{
    struct writer writer = {.reading = reading};
    struct draft draft = {{NULL}, NULL, NULL};
    struct brink_spec spec;
    struct brink_message why;
    put_section(&writer, section, &whole_table, &draft);
    *max_said = draft.keys[MAX_INDEX] != NULL;
    if (section->broken)
        return NULL;
    if (writer.full) {
        brink_config_item_error(reading, section, "the frame's values are too long; shorten them");
        return NULL;
    }
    if (writer.length == 0)
        put(&writer, "u32le");
    if (brink_failed(brink_spec_parse(&spec, writer.text, 0, &why))) {
        brink_config_item_error(reading, blamed(section, why.text), "%s", why.text);
        return NULL;
    }
    const char *text = brink_config_memory_copy(reading->memory, writer.text, writer.length);
    if (text == NULL)
        brink_config_item_error(reading, section, "no memory is left for the frame's layout");
    return text;
}

/* --- named ones --- */

static const struct brink_config_frame *find(const struct brink_config_frames *frames,
                                             const char *name)
{
    for (size_t i = 0; i < frames->count; i++) {
        if (strcmp(frames->list[i].name, name) == 0)
            return &frames->list[i];
    }
    return NULL;
}

void brink_config_frames_add(struct brink_config_reading *reading,
                             struct brink_config_frames *frames, struct brink_config_item *section)
{
    struct brink_spec spec;
    const char *name = section->title;
    bool max_said = false;
    const char *text = read_section(reading, section, &max_said);
    if (name == NULL || name[0] == '\0') {
        brink_config_item_error(reading, section,
                                "a frame section needs a name here; write frame \"NAME\" { }");
    } else if (!brink_failed(brink_spec_parse(&spec, name, 0, NULL))) {
        brink_config_item_error(reading, section,
                                "frame \"%.40s\" would hide the spec of that name; choose another "
                                "name",
                                name);
    } else if (find(frames, name) != NULL) {
        brink_config_item_error(reading, section, "frame \"%.40s\" stands twice; rename one", name);
    } else if (frames->count == BRINK_CONFIG_FRAMES_MAX) {
        brink_config_item_error(reading, section, "more than %d frame sections; remove some",
                                BRINK_CONFIG_FRAMES_MAX);
    } else {
        frames->list[frames->count++] =
            (struct brink_config_frame){.name = name, .text = text, .max_said = max_said};
    }
}

/* --- where they are used --- */

void brink_config_framing_take(struct brink_config_reading *reading,
                               struct brink_config_framing *framing, struct brink_config_item *item)
{
    if (strcmp(item->name, "max-frame") != 0) {
        if (framing->item != NULL)
            brink_config_item_error(reading, item, "frame stands twice; remove one");
        framing->item = item;
        return;
    }
    struct brink_message why;
    const char *text = brink_config_item_value(reading, item);
    framing->max_item = item;
    if (text == NULL)
        return;
    if (brink_failed(brink_units_parse_size(text, &framing->max_frame, &why)))
        brink_config_item_error(reading, item, "max-frame: %s", why.text);
    else if (framing->max_frame == 0)
        brink_config_item_error(reading, item,
                                "max-frame: 0 would refuse every frame; write 64KiB "
                                "or 16MiB");
}

static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t value = 1;
    while (exponent-- > 0) {
        if (__builtin_mul_overflow(value, base, &value))
            return 0;
    }
    return value;
}

/* What the largest value of the length field makes; UINT64_MAX if that is more than can be said. */
static uint64_t largest(const struct brink_layout *layout)
{
    static const uint64_t bases[] = {
        [BRINK_LENGTH_NONE] = 1,   [BRINK_LENGTH_FIXED] = 256,  [BRINK_LENGTH_LEB128] = 128,
        [BRINK_LENGTH_MQTT] = 128, [BRINK_LENGTH_DECIMAL] = 10, [BRINK_LENGTH_HEX] = 16};
    uint64_t value = power(bases[layout->kind], layout->size) - 1; /* 0 - 1: all that fits */
    uint64_t header = brink_layout_header_max(layout);
    int64_t frame;
    if (layout->kind == BRINK_LENGTH_FIXED)
        value &= layout->mask;
    if (layout->has_sign)
        value /= 2;
    if (__builtin_mul_overflow(value, layout->unit, &frame) ||
        __builtin_add_overflow(frame, layout->adjust, &frame) ||
        __builtin_add_overflow(frame, header + layout->pad - 1, &frame) || frame < 0)
        return UINT64_MAX;
    return (uint64_t)frame / layout->pad * layout->pad;
}

/* A limit that was asked for and that no frame can reach was meant for another frame. */
static void check_reach(struct brink_config_reading *reading, struct brink_config_item *item,
                        const struct brink_spec *spec)
{
    uint64_t most = largest(&spec->request.frame);
    uint64_t of_reply = largest(&spec->reply.frame);
    char text[BRINK_CONFIG_NUMBER_TEXT];
    if (spec->reply.frame.kind != BRINK_LENGTH_NONE && of_reply > most)
        most = of_reply;
    if (spec->request.frame.kind != BRINK_LENGTH_NONE && spec->request.frame.max > most)
        brink_config_item_error(reading, item,
                                "frames of up to %s are allowed, but the length field can hold no "
                                "more than %" PRIu64 " bytes; lower the limit or leave it out",
                                brink_config_value_write_size(spec->request.frame.max, text), most);
}

static const char *text_of(struct brink_config_reading *reading,
                           const struct brink_config_frames *frames,
                           const struct brink_config_framing *framing, const char **name,
                           bool *max_said)
{
    if (framing->item->section)
        return read_section(reading, framing->item, max_said);
    const char *joined = brink_config_item_joined(reading, framing->item);
    const struct brink_config_frame *named = joined != NULL ? find(frames, joined) : NULL;
    if (named == NULL)
        return joined;
    *name = named->name;
    *max_said = named->max_said;
    return named->text; /* NULL, if it is wrong: that was told */
}

void brink_config_framing_resolve(struct brink_config_reading *reading,
                                  const struct brink_config_frames *frames,
                                  struct brink_config_framing *framing)
{
    struct brink_config_item *item = framing->item != NULL ? framing->item : framing->max_item;
    const char *name = NULL;
    const char *text = "u32le";
    struct brink_message why;
    bool max_said = false;
    brink_spec_default(&framing->spec);
    if (framing->item != NULL)
        text = text_of(reading, frames, framing, &name, &max_said);
    if (text == NULL || item == NULL)
        return;
    if (brink_failed(brink_spec_parse(&framing->spec, text, framing->max_frame, &why))) {
        const char *near = brink_config_value_nearest(text, &frames->list[0].name, frames->count,
                                                      sizeof frames->list[0]);
        if (near != NULL)
            brink_config_item_error(reading, item,
                                    "no frame is called \"%.60s\"; did you mean "
                                    "\"%.60s\"?",
                                    text, near);
        else
            brink_config_item_error(reading, item, "%s", why.text);
        return;
    }
    if (name != NULL)
        (void)snprintf(framing->spec.name, sizeof framing->spec.name, "%.31s", name);
    if (framing->max_frame != 0)
        check_reach(reading, framing->max_item, &framing->spec);
    else if (max_said)
        check_reach(reading, item, &framing->spec);
}

/* --- writing --- */

static bool same(const char *name, uint64_t max_frame, const char *described)
{
    struct brink_spec spec;
    char text[BRINK_SPEC_DESCRIBED_MAX];
    return !brink_failed(brink_spec_parse(&spec, name, max_frame, NULL)) &&
           strcmp(brink_spec_describe(&spec, text, sizeof text), described) == 0;
}

static const char *name_at(size_t index)
{
    static const char *const forms[] = {"u32le", "u32be", "u16le", "u16be",  "u8", "u24le",
                                        "u24be", "u64le", "u64be", "varint", "raw"};
    size_t count = sizeof forms / sizeof forms[0];
    if (index < count)
        return forms[index];
    const struct brink_preset *preset = brink_preset_at(index - count);
    return preset != NULL ? preset->name : NULL;
}

void brink_config_framing_print(struct brink_config_dump *dump, const struct brink_spec *spec)
{
    char described[BRINK_SPEC_DESCRIBED_MAX];
    char number[BRINK_CONFIG_NUMBER_TEXT];
    uint64_t max_frame = spec->request.frame.max;
    (void)brink_spec_describe(spec, described, sizeof described);
    const char *name;
    bool own_limit = false;
    size_t i = 0;
    while ((name = name_at(i)) != NULL) {
        own_limit = same(name, 0, described);
        if (own_limit || (max_frame != 0 && max_frame <= largest(&spec->request.frame) &&
                          same(name, max_frame, described)))
            break;
        i++;
    }
    brink_config_dump_name(dump, "frame");
    brink_config_value_print_quoted(name != NULL ? name : described, dump->out);
    (void)fputc('\n', dump->out);
    if (name == NULL || own_limit)
        return;
    brink_config_dump_name(dump, "max-frame");
    (void)fprintf(dump->out, "%s\n", brink_config_value_write_size(max_frame, number));
}
