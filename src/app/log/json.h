/* app/log/json.h - a log line as a JSON object (RFC 8259).
 *
 *     {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"start","workers":2}
 *
 * A bare value that is a number is one, but for `header`, whose hexadecimal digits may look like
 * one; all others are strings. Bytes that are no UTF-8 become U+FFFD. What is no pair, as the end
 * of a line that was too long, is under "rest"; what does not fit is left out, and "cut":true says
 * so. */
#ifndef BRINK_APP_LOG_JSON_H
#define BRINK_APP_LOG_JSON_H

#include <stddef.h>

/* Room that an object takes at least: for both of these, empty, and "cut". */
enum { BRINK_LOG_JSON_MIN = 128 };

/* Writes the object for a line of logfmt pairs, without NUL or newline, into `out`, which has room
 * for `size`, BRINK_LOG_JSON_MIN or more. `time` may be NULL: none. Returns its length. Pure. */
size_t brink_log_json_write(char *out, size_t size, const char *time, const char *level,
                            const char *line, size_t length);

#endif
