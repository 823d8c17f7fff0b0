/* app/log/recent.h - the last warnings and errors, for who asks what is wrong without reading logs.
 *
 * Invariant: `count` lines, the oldest at `next` - `count`. Not safe for several threads at a time.
 */
#ifndef BRINK_APP_LOG_RECENT_H
#define BRINK_APP_LOG_RECENT_H

#include <stddef.h>
#include <stdio.h>

#include "app/clock.h"
#include "brink/log.h"

enum { BRINK_RECENT_LINES = 64, BRINK_RECENT_TEXT = 512 };

struct brink_recent_line {
    enum brink_log_level level;
    size_t length;
    char time[BRINK_CLOCK_STAMP_SIZE];
    char text[BRINK_RECENT_TEXT]; /* longer ones are cut */
};

/* All zeros: there was none. */
struct brink_recent {
    struct brink_recent_line lines[BRINK_RECENT_LINES];
    size_t next;
    size_t count;
};

/* Keeps a line with the time that it is, if it is a warning or an error. */
void brink_recent_add(struct brink_recent *recent, enum brink_log_level level, const char *text,
                      size_t length);

/* A JSON list of objects as app/log/json.h has them, the newest first. */
void brink_recent_write(const struct brink_recent *recent, FILE *out);

#endif
