/* config/access_log.h - the keys `access-log` and `access-format`: where the last line of each
 * connection goes, and how it is written. */
#ifndef BRINK_CONFIG_ACCESS_LOG_H
#define BRINK_CONFIG_ACCESS_LOG_H

#include "config/key.h"
#include "config/template.h"

/* How a log line is written; only access lines by a template. */
enum brink_log_format {
    BRINK_LOG_FORMAT_LOGFMT = 0,
    BRINK_LOG_FORMAT_JSON,
    BRINK_LOG_FORMAT_TEMPLATE
};

/* All zeros is the default. */
struct brink_config_access_log {
    bool off;                              /* there are no such lines */
    const char *file;                      /* NULL: among the others, in the log */
    const char *written;                   /* access-format; NULL: as the other lines */
    enum brink_log_format format;          /* of the next, if that is not NULL */
    struct brink_config_template template; /* for TEMPLATE */
};

/* For two keys of the top level, which belong to a struct brink_config. */
void brink_config_access_log_take(struct brink_config_reading *reading,
                                  struct brink_config_item *item, void *target);
void brink_config_access_log_print(struct brink_config_dump *dump, const void *target);
void brink_config_access_format_take(struct brink_config_reading *reading,
                                     struct brink_config_item *item, void *target);
void brink_config_access_format_print(struct brink_config_dump *dump, const void *target);

#endif
