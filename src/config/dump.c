/* A structure as the keys of its table. */
#include <inttypes.h>

#include "config/key.h"

static void indent(struct brink_config_dump *dump)
{
    (void)fprintf(dump->out, "%*s", (int)(4 * dump->depth), "");
}

void brink_config_dump_open(struct brink_config_dump *dump, const char *name, const char *title)
{
    indent(dump);
    (void)fprintf(dump->out, "%s ", name);
    if (title != NULL) {
        brink_config_value_print_quoted(title, dump->out);
        (void)fputc(' ', dump->out);
    }
    (void)fprintf(dump->out, "{\n");
    dump->depth++;
}

void brink_config_dump_close(struct brink_config_dump *dump)
{
    dump->depth--;
    indent(dump);
    (void)fprintf(dump->out, "}\n");
}

void brink_config_dump_name(struct brink_config_dump *dump, const char *name)
{
    indent(dump);
    (void)fprintf(dump->out, "%s = ", name);
}

static const void *field(const struct brink_config_key *key, const void *target)
{
    return (const char *)target + key->at;
}

static uint64_t load(const struct brink_config_key *key, const void *target)
{
    if (key->width == 1)
        return *(const uint8_t *)field(key, target);
    if (key->width == 4)
        return *(const uint32_t *)field(key, target);
    return *(const uint64_t *)field(key, target);
}

static void print_unset(struct brink_config_dump *dump, const char *name)
{
    indent(dump);
    (void)fprintf(dump->out, "# %s =\n", name);
}

static void print_list(struct brink_config_dump *dump, const struct brink_config_key *key,
                       const void *target)
{
    const char *const *list = *(const char *const *const *)field(key, target);
    size_t count = *(const size_t *)(const void *)((const char *)target + key->count_at);
    if (count == 0) {
        print_unset(dump, key->name);
        return;
    }
    brink_config_dump_name(dump, key->name);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(dump->out, "%s", i > 0 ? ", " : "");
        brink_config_value_print_quoted(list[i], dump->out);
    }
    (void)fputc('\n', dump->out);
}

void brink_config_dump_text(struct brink_config_dump *dump, const char *name, const char *text)
{
    if (text == NULL) {
        print_unset(dump, name);
        return;
    }
    brink_config_dump_name(dump, name);
    brink_config_value_print_quoted(text, dump->out);
    (void)fputc('\n', dump->out);
}

static void print_bytes(struct brink_config_dump *dump, const char *name,
                        const struct brink_bytes *bytes)
{
    if (bytes->data == NULL) {
        print_unset(dump, name);
        return;
    }
    brink_config_dump_name(dump, name);
    brink_config_value_print_bytes(bytes->data, bytes->size, dump->out);
    (void)fputc('\n', dump->out);
}

static const char *write_number(const struct brink_config_key *key, const void *target,
                                char text[BRINK_CONFIG_NUMBER_TEXT])
{
    const void *value = field(key, target);
    switch (key->type) {
    case BRINK_CONFIG_BOOL:
        return *(const bool *)value ? "yes" : "no";
    case BRINK_CONFIG_COUNT:
        (void)snprintf(text, BRINK_CONFIG_NUMBER_TEXT, "%" PRIu64, load(key, target));
        return text;
    case BRINK_CONFIG_PERCENT:
        (void)snprintf(text, BRINK_CONFIG_NUMBER_TEXT, "%" PRIu32 "%%", *(const uint32_t *)value);
        return text;
    case BRINK_CONFIG_SIZE:
        return brink_config_value_write_size(*(const uint64_t *)value, text);
    case BRINK_CONFIG_DURATION:
        return brink_config_value_write_duration(*(const uint32_t *)value, text);
    case BRINK_CONFIG_RATE:
    case BRINK_CONFIG_BYTE_RATE:
        return brink_config_value_write_rate(*(const uint64_t *)value,
                                             key->type == BRINK_CONFIG_BYTE_RATE, text);
    case BRINK_CONFIG_CHOICE:
        return key->names[*(const uint32_t *)value];
    case BRINK_CONFIG_TEXT:
    case BRINK_CONFIG_LIST:
    case BRINK_CONFIG_BYTES:
    case BRINK_CONFIG_OWN:
    case BRINK_CONFIG_SECTION:
        break;
    }
    return "";
}

static void print_key(struct brink_config_dump *dump, const struct brink_config_key *key,
                      const void *target)
{
    char text[BRINK_CONFIG_NUMBER_TEXT];
    if (key->type == BRINK_CONFIG_OWN || key->type == BRINK_CONFIG_SECTION) {
        if (key->print != NULL)
            key->print(dump, target);
    } else if (key->type == BRINK_CONFIG_LIST) {
        print_list(dump, key, target);
    } else if (key->type == BRINK_CONFIG_TEXT) {
        brink_config_dump_text(dump, key->name, *(const char *const *)field(key, target));
    } else if (key->type == BRINK_CONFIG_BYTES) {
        print_bytes(dump, key->name, field(key, target));
    } else {
        brink_config_dump_name(dump, key->name);
        (void)fprintf(dump->out, "%s\n", write_number(key, target, text));
    }
}

void brink_config_table_dump(struct brink_config_dump *dump, const struct brink_config_table *table,
                             const void *target)
{
    for (size_t i = 0; i < table->count; i++)
        print_key(dump, &table->keys[i], target);
}
