/* base/log.h - writing log lines. */
#ifndef BRINK_BASE_LOG_H
#define BRINK_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "brink/log.h"

enum {
    BRINK_LOG_LINE_MAX = 1024,
    BRINK_LOG_NAME_MAX = 160, /* room for a quoted name */
    BRINK_LOG_TEXT_MAX = 600  /* for a quoted message or path */
};

static inline bool brink_log_wants(const struct brink_log *log, enum brink_log_level level)
{
    int most = log->level_now != NULL ? __atomic_load_n(log->level_now, __ATOMIC_RELAXED)
                                      : (int)log->level;
    return log->write != NULL && (int)level <= most;
}

/* Formats one line (longer ones are cut) and hands it to the log, if it wants that level. Any
 * thread. */
__attribute__((format(printf, 3, 4))) void
brink_log_write(const struct brink_log *log, enum brink_log_level level, const char *format, ...);

/* Writes `value` into `text` as the value of a pair: as it is, or in quotes where it has blanks and
 * the like, or looks like a number (a text stays a text, then, for who tells them apart). In quotes
 * " and \ are escaped and control characters made '?'. Returns `text`; what does not fit in `size`
 * (4 or more) is cut. */
const char *brink_log_quote(const char *value, char *text, size_t size);

/* True if it is a number as JSON writes them (RFC 8259, 6), but without an exponent. */
bool brink_log_is_number(const char *value, size_t length);

#endif
