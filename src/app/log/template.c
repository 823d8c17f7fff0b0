#include "app/log/template.h"

#include <string.h>

#include "app/log/logfmt.h"

struct value {
    const char *text;
    size_t length;
};

static struct value value_of(const char *name, const char *time, const char *level,
                             const char *line, size_t length)
{
    struct brink_logfmt_pair pair;
    if (strcmp(name, "time") == 0)
        return (struct value){time, strlen(time)};
    if (strcmp(name, "level") == 0)
        return (struct value){level, strlen(level)};
    if (!brink_logfmt_find(line, length, name, &pair) || pair.value_length == 0)
        return (struct value){"-", 1};
    return (struct value){pair.value, pair.value_length};
}

size_t brink_log_template_write(char *out, size_t size,
                                const struct brink_config_template *template, const char *time,
                                const char *level, const char *line, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < template->count; i++) {
        const struct brink_config_template_part *part = &template->parts[i];
        struct value value = {part->text, part->length};
        if (part->field)
            value = value_of(part->text, time, level, line, length);
        size_t take = value.length < size - used ? value.length : size - used;
        memcpy(out + used, value.text, take);
        used += take;
    }
    return used;
}
