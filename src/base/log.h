/* base/log.h - writing log lines. */
#ifndef BRINK_BASE_LOG_H
#define BRINK_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "brink/log.h"

enum { BRINK_LOG_LINE_MAX = 1024 };

static inline bool brink_log_wants(const struct brink_log *log, enum brink_log_level level)
{
    return log->write != NULL && level <= log->level;
}

/* Formats one line (longer ones are cut) and hands it to the log, if it wants that level. Any
 * thread. */
__attribute__((format(printf, 3, 4))) void
brink_log_write(const struct brink_log *log, enum brink_log_level level, const char *format, ...);

#endif
