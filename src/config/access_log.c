#include "config/access_log.h"

#include <errno.h>
#include <string.h>

#include "config/config.h"

static struct brink_config_access_log *log_of(void *target)
{
    return &((struct brink_config *)target)->access_log;
}

/* A path is the file's that names it; one that is called "off" is written ./off. */
void brink_config_access_log_take(struct brink_config_reading *reading,
                                  struct brink_config_item *item, void *target)
{
    struct brink_config_access_log *log = log_of(target);
    const char *value = brink_config_item_value(reading, item);
    if (value == NULL)
        return;
    log->off = strcmp(value, "off") == 0;
    if (log->off || strcmp(value, "on") == 0)
        return;
    log->file = brink_config_tree_resolve(reading->memory, item->place.path, value);
    if (value[0] == '\0' || log->file == NULL)
        brink_config_item_error(reading, item,
                                "access-log is on, off or a path; write access-log = "
                                "/var/log/brink/access.log");
}

void brink_config_access_log_print(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config *config = target;
    if (config->access_log.file != NULL) {
        brink_config_dump_text(dump, "access-log", config->access_log.file);
        return;
    }
    brink_config_dump_name(dump, "access-log");
    (void)fprintf(dump->out, "%s\n", config->access_log.off ? "off" : "on");
}

void brink_config_access_format_take(struct brink_config_reading *reading,
                                     struct brink_config_item *item, void *target)
{
    struct brink_config_access_log *log = log_of(target);
    struct brink_message why;
    const char *value = brink_config_item_value(reading, item);
    if (value == NULL)
        return;
    log->written = value;
    if (strcmp(value, "logfmt") == 0)
        log->format = BRINK_LOG_FORMAT_LOGFMT;
    else if (strcmp(value, "json") == 0)
        log->format = BRINK_LOG_FORMAT_JSON;
    else
        log->format = BRINK_LOG_FORMAT_TEMPLATE;
    if (log->format == BRINK_LOG_FORMAT_TEMPLATE &&
        brink_failed(brink_config_template_read(&log->template, value, reading->memory, &why)))
        brink_config_item_error(reading, item, "access-format: %s", why.text);
}

void brink_config_access_format_print(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_text(dump, "access-format",
                           ((const struct brink_config *)target)->access_log.written);
}
