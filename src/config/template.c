#include "config/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "config/value.h"

const char *const brink_config_template_fields[] = {"time",
                                                    "level",
                                                    "event",
                                                    "service",
                                                    "listener",
                                                    "peer",
                                                    "id",
                                                    "upstream",
                                                    "server",
                                                    "code",
                                                    "reason",
                                                    "side",
                                                    "error",
                                                    "ms",
                                                    "connect_ms",
                                                    "rehomed",
                                                    "client_bytes",
                                                    "client_frames",
                                                    "upstream_bytes",
                                                    "upstream_frames",
                                                    "sent_bytes",
                                                    NULL};

enum { FIELDS = sizeof brink_config_template_fields / sizeof brink_config_template_fields[0] - 1 };

struct reader {
    const char *at;
    struct brink_config_memory *memory;
    struct brink_config_template_part *parts;
    size_t count;
};

static brink_result add(struct reader *reader, const char *text, size_t length, bool field,
                        struct brink_message *why)
{
    const char *copy = brink_config_memory_copy(reader->memory, text, length);
    if (copy == NULL) {
        (void)brink_message_set(why, "no memory is left").err;
        return brink_fail(ENOMEM);
    }
    if (reader->count == BRINK_CONFIG_TEMPLATE_PARTS)
        return brink_message_set(why, "more than %d fields and texts; make it shorter",
                                 BRINK_CONFIG_TEMPLATE_PARTS);
    reader->parts[reader->count++] = (struct brink_config_template_part){copy, length, field};
    return brink_ok();
}

static bool is_known(const char *name, size_t length)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const char *field = brink_config_template_fields[i];
        if (strlen(field) == length && memcmp(field, name, length) == 0)
            return true;
    }
    return false;
}

static brink_result unknown(const char *name, size_t length, struct brink_message *why)
{
    char word[32];
    (void)snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                   name);
    const char *near = brink_config_value_nearest(word, brink_config_template_fields, FIELDS,
                                                  sizeof brink_config_template_fields[0]);
    if (near != NULL)
        return brink_message_set(why, "no field is called \"%s\"; did you mean %%{%s}?", word,
                                 near);
    return brink_message_set(why, "no field is called \"%s\"; brink.conf(5) lists them", word);
}

/* At the `%` of "%{name}". */
static brink_result read_field(struct reader *reader, struct brink_message *why)
{
    if (reader->at[1] != '{')
        return brink_message_set(why, "\"%%\" stands before no field; write %%{peer}, or %%%% for "
                                      "the sign itself");
    const char *name = reader->at + 2;
    size_t length = strcspn(name, "}%{");
    if (name[length] != '}')
        return brink_message_set(why, "\"%%{%.20s\" has no end; write %%{peer}", name);
    if (!is_known(name, length))
        return unknown(name, length, why);
    reader->at = name + length + 1;
    return add(reader, name, length, true, why);
}

static brink_result read_text(struct reader *reader, struct brink_message *why)
{
    const char *text = reader->at;
    size_t length = strcspn(text, "%");
    if (length == 0) { /* "%%" */
        length = 1;
        reader->at++;
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] == 0x7f || ((unsigned char)text[i] < ' ' && text[i] != '\t'))
            return brink_message_set(why, "it has control characters; a line is one line, so leave "
                                          "them out");
    }
    reader->at += length;
    return add(reader, text, length, false, why);
}

static bool has_field(const struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->parts[i].field)
            return true;
    }
    return false;
}

brink_result brink_config_template_read(struct brink_config_template *template, const char *text,
                                        struct brink_config_memory *memory,
                                        struct brink_message *why)
{
    struct brink_config_template_part parts[BRINK_CONFIG_TEMPLATE_PARTS];
    struct reader reader = {.at = text, .memory = memory, .parts = parts};
    brink_result result = brink_ok();
    while (!brink_failed(result) && *reader.at != '\0') {
        bool field = reader.at[0] == '%' && reader.at[1] != '%';
        result = field ? read_field(&reader, why) : read_text(&reader, why);
    }
    if (brink_failed(result))
        return result;
    if (!has_field(&reader))
        return brink_message_set(why,
                                 "\"%.40s\" has no field; write \"%%{peer} %%{code}\", logfmt "
                                 "or json",
                                 text);
    struct brink_config_template_part *kept =
        brink_config_memory_array(memory, reader.count, sizeof *kept);
    if (kept == NULL) {
        (void)brink_message_set(why, "no memory is left").err;
        return brink_fail(ENOMEM);
    }
    memcpy(kept, parts, reader.count * sizeof *kept);
    *template = (struct brink_config_template){kept, reader.count};
    return brink_ok();
}
