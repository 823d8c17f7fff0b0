#include "app/log/recent.h"

#include <string.h>

#include "app/log/json.h"

enum { OBJECT_MAX = 2 * BRINK_RECENT_TEXT + BRINK_LOG_JSON_MIN };

void brink_recent_add(struct brink_recent *recent, enum brink_log_level level, const char *text,
                      size_t length)
{
    if (level > BRINK_LOG_WARN)
        return;
    struct brink_recent_line *line = &recent->lines[recent->next];
    recent->next = (recent->next + 1) % BRINK_RECENT_LINES;
    recent->count += recent->count < BRINK_RECENT_LINES;
    line->level = level;
    line->length = length < sizeof line->text ? length : sizeof line->text;
    memcpy(line->text, text, line->length);
    (void)brink_clock_stamp(line->time);
}

void brink_recent_write(const struct brink_recent *recent, FILE *out)
{
    char object[OBJECT_MAX];
    (void)fputc('[', out);
    for (size_t i = 1; i <= recent->count; i++) {
        const struct brink_recent_line *line =
            &recent->lines[(recent->next + BRINK_RECENT_LINES - i) % BRINK_RECENT_LINES];
        size_t size =
            brink_log_json_write(object, sizeof object, line->time,
                                 brink_log_level_name(line->level), line->text, line->length);
        (void)fputs(i > 1 ? ",\n" : "\n", out);
        (void)fwrite(object, 1, size, out);
    }
    (void)fputc(']', out);
}
