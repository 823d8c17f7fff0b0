#include "config/key.h"

#include <stdarg.h>
#include <string.h>

#include "base/message.h"
#include "config/units.h"

void brink_config_item_error(struct brink_config_reading *reading, struct brink_config_item *item,
                             const char *format, ...)
{
    struct brink_message what;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what.text, sizeof what.text, format, args);
    va_end(args);
    brink_config_problems_error(reading->problems, &item->place, "%s", what.text);
    if (item->parent != NULL)
        item->parent->broken = true;
}

bool brink_config_item_lacks(const struct brink_config_item *section, const char *name)
{
    for (const struct brink_config_item *item = section->items; item != NULL; item = item->next) {
        if (strcmp(item->name, name) == 0)
            return false;
    }
    return !section->unsure;
}

const char *brink_config_item_value(struct brink_config_reading *reading,
                                    struct brink_config_item *item)
{
    if (item->values != NULL && item->values->next == NULL)
        return item->values->text;
    brink_config_item_error(reading, item, "%s takes one value; put one with commas into quotes",
                            item->name);
    return NULL;
}

const char *brink_config_item_joined(struct brink_config_reading *reading,
                                     struct brink_config_item *item)
{
    size_t length = 0;
    for (const struct brink_config_value *value = item->values; value != NULL; value = value->next)
        length += strlen(value->text) + 1;
    char *joined = brink_config_memory_take(reading->memory, length + 1);
    size_t used = 0;
    if (joined == NULL) {
        brink_config_item_error(reading, item, "no memory is left for %s", item->name);
        return NULL;
    }
    for (const struct brink_config_value *value = item->values; value != NULL;
         value = value->next) {
        size_t bytes = strlen(value->text);
        memcpy(joined + used, value->text, bytes);
        used += bytes;
        joined[used++] = value->next != NULL ? ',' : '\0';
    }
    return joined;
}

/* --- reading --- */

static void *field(const struct brink_config_key *key, void *target)
{
    return (char *)target + key->at;
}

static void store(const struct brink_config_key *key, void *target, uint64_t value)
{
    if (key->width == 1)
        *(uint8_t *)field(key, target) = (uint8_t)value;
    else if (key->width == 4)
        *(uint32_t *)field(key, target) = (uint32_t)value;
    else
        *(uint64_t *)field(key, target) = value;
}

static brink_result read_count(const struct brink_config_key *key, const char *text, void *target,
                               struct brink_message *why)
{
    uint32_t value = 0;
    brink_result read =
        brink_units_parse_count(text, (uint32_t)key->least, (uint32_t)key->most, &value, why);
    if (!brink_failed(read))
        store(key, target, value);
    return read;
}

static brink_result read_duration(const struct brink_config_key *key, const char *text,
                                  void *target, struct brink_message *why)
{
    uint32_t ms = 0;
    brink_result read = brink_units_parse_duration(text, &ms, why);
    if (brink_failed(read))
        return read;
    if (ms < key->least) {
        return brink_message_set(why, "\"%.40s\" is too short; at least %ums", text,
                                 (unsigned)key->least);
    }
    *(uint32_t *)field(key, target) = ms;
    return brink_ok();
}

static brink_result read_text(const struct brink_config_key *key, const char *text, void *target,
                              struct brink_message *why)
{
    brink_result checked = key->check != NULL ? key->check(text, why) : brink_ok();
    if (!brink_failed(checked) && text[0] == '\0')
        return brink_message_set(why, "it is empty; write a value or remove the key");
    if (!brink_failed(checked))
        *(const char **)field(key, target) = text;
    return checked;
}

static brink_result read_one(struct brink_config_reading *reading,
                             const struct brink_config_key *key, const char *text, void *target,
                             struct brink_message *why)
{
    switch (key->type) {
    case BRINK_CONFIG_BOOL:
        return brink_config_value_bool(text, field(key, target), why);
    case BRINK_CONFIG_COUNT:
        return read_count(key, text, target, why);
    case BRINK_CONFIG_PERCENT:
        return brink_config_value_percent(text, field(key, target), why);
    case BRINK_CONFIG_SIZE:
        return brink_units_parse_size(text, field(key, target), why);
    case BRINK_CONFIG_DURATION:
        return read_duration(key, text, target, why);
    case BRINK_CONFIG_RATE:
    case BRINK_CONFIG_BYTE_RATE:
        return brink_config_value_rate(text, key->type == BRINK_CONFIG_BYTE_RATE,
                                       field(key, target), why);
    case BRINK_CONFIG_CHOICE:
        return brink_config_value_choice(text, key->names, field(key, target), why);
    case BRINK_CONFIG_TEXT:
        return read_text(key, text, target, why);
    case BRINK_CONFIG_BYTES:
        return brink_config_value_bytes(text, reading->memory, field(key, target), why);
    case BRINK_CONFIG_LIST:
    case BRINK_CONFIG_OWN:
    case BRINK_CONFIG_SECTION:
        break;
    }
    return brink_ok();
}

/* Adds the values to those that the list has already; its room is that of the largest. */
static void read_list(struct brink_config_reading *reading, const struct brink_config_key *key,
                      struct brink_config_item *item, void *target)
{
    const char **list;
    size_t *count = (size_t *)(void *)((char *)target + key->count_at);
    struct brink_message why;
    memcpy(&list, field(key, target), sizeof list);
    if (list == NULL)
        list = brink_config_memory_array(reading->memory, key->most, sizeof *list);
    if (list == NULL) {
        brink_config_item_error(reading, item, "no memory is left for %s", key->name);
        return;
    }
    memcpy(field(key, target), &list, sizeof list);
    for (const struct brink_config_value *value = item->values; value != NULL;
         value = value->next) {
        if (*count == key->most) {
            brink_config_item_error(reading, item, "%s has more than %u values; remove some",
                                    key->name, (unsigned)key->most);
            return;
        }
        if (brink_failed(key->check(value->text, &why)))
            brink_config_item_error(reading, item, "%s: %s", key->name, why.text);
        else
            list[(*count)++] = value->text;
    }
}

static void read_item(struct brink_config_reading *reading, const struct brink_config_key *key,
                      struct brink_config_item *item, void *target)
{
    struct brink_message why;
    if (key->type == BRINK_CONFIG_OWN || key->type == BRINK_CONFIG_SECTION) {
        key->take(reading, item, target);
    } else if (key->type == BRINK_CONFIG_LIST) {
        read_list(reading, key, item, target);
    } else {
        const char *text = brink_config_item_value(reading, item);
        if (text != NULL && brink_failed(read_one(reading, key, text, target, &why)))
            brink_config_item_error(reading, item, "%s: %s", key->name, why.text);
    }
}

/* --- which key it is --- */

static void tell_unknown(struct brink_config_reading *reading,
                         const struct brink_config_table *table, struct brink_config_item *item)
{
    char where[BRINK_CONFIG_WHERE_MAX];
    item->parent->unsure = true;
    if (brink_config_problems_full(reading->problems)) {
        brink_config_item_error(reading, item, "unknown key");
        return;
    }
    const char *nearest = brink_config_value_nearest(item->name, &table->keys[0].name, table->count,
                                                     sizeof table->keys[0]);
    const char *what = item->section ? "section" : "key";
    (void)brink_config_item_where(item->parent, where);
    if (nearest != NULL)
        brink_config_item_error(reading, item, "unknown %s \"%.60s\" in %s; did you mean \"%s\"?",
                                what, item->name, where, nearest);
    else
        brink_config_item_error(reading, item,
                                "unknown %s \"%.60s\" in %s; brink.conf(5) lists what may stand "
                                "there",
                                what, item->name, where);
}

/* Its index; table->count, and told, if there is none of this name and kind. */
static size_t find(struct brink_config_reading *reading, const struct brink_config_table *table,
                   struct brink_config_item *item)
{
    bool other_kind = false;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(item->name, table->keys[i].name) != 0)
            continue;
        if (item->section == (table->keys[i].type == BRINK_CONFIG_SECTION))
            return i;
        other_kind = true;
    }
    if (!other_kind)
        tell_unknown(reading, table, item);
    else if (item->section)
        brink_config_item_error(reading, item, "%s is a key, not a section; write %s = VALUE",
                                item->name, item->name);
    else
        brink_config_item_error(reading, item, "%s is a section, not a key; write %s { ... }",
                                item->name, item->name);
    return table->count;
}

void brink_config_table_read(struct brink_config_reading *reading,
                             const struct brink_config_table *table,
                             struct brink_config_item *section, void *target)
{
    const struct brink_config_item *seen[BRINK_CONFIG_KEYS_MAX] = {NULL};
    char where[BRINK_CONFIG_WHERE_MAX];
    for (struct brink_config_item *item = section->items; item != NULL; item = item->next) {
        if (item->broken && !item->section)
            continue; /* told already */
        size_t index = find(reading, table, item);
        if (index == table->count)
            continue;
        const struct brink_config_key *key = &table->keys[index];
        bool many = key->many || key->type == BRINK_CONFIG_LIST;
        if (seen[index] != NULL && !many)
            brink_config_item_error(reading, item,
                                    "%s stands twice in %s, first at %.100s:%u; remove one",
                                    key->name, brink_config_item_where(section, where),
                                    seen[index]->place.path, seen[index]->place.line);
        else
            read_item(reading, key, item, target);
        seen[index] = item;
    }
}
