/* app/log/logfmt.h - reads our own log lines: key=value pairs, a blank between two.
 *
 *     line  = pair *( " " pair )
 *     pair  = key "=" ( bare / quoted )
 *     key   = letter or "_", then letters, digits, "_", "-", "."
 *     bare  = *( any byte but blanks, controls and `"` )
 *     quoted = `"` *( any byte but `"`, "\" and controls / `\"` / "\\" ) `"`
 *
 * Pure; any thread. */
#ifndef BRINK_APP_LOG_LOGFMT_H
#define BRINK_APP_LOG_LOGFMT_H

#include <stdbool.h>
#include <stddef.h>

struct brink_logfmt {
    const char *rest; /* what has not been read: on failure it begins with the pair that is none */
    size_t length;
    bool begun;
};

struct brink_logfmt_pair {
    const char *key;
    size_t key_length;
    const char *value; /* as it stands in the line, without the quotes but with the escapes */
    size_t value_length;
    bool quoted;
};

void brink_logfmt_begin(struct brink_logfmt *reader, const char *line, size_t length);

/* The next pair. False at the end of the line (reader->length is 0 then), and at what is no pair,
 * as where a line was cut; the reader stays where it is. */
bool brink_logfmt_next(struct brink_logfmt *reader, struct brink_logfmt_pair *pair);

/* The pair of that key, the first if there are several. */
bool brink_logfmt_find(const char *line, size_t length, const char *key,
                       struct brink_logfmt_pair *pair);

#endif
