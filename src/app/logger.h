/* app/logger.h - log lines: logfmt, one fact a line, to a file descriptor.
 *
 *     time=2026-01-31T12:00:00.123Z level=info event=start version=0.1.0 ...
 *
 * A line goes out in one write(2) of at most PIPE_BUF bytes, so lines of several threads never mix.
 * A worker must not be stopped by a log reader that hangs: a line that a full pipe would make wait
 * is dropped, counted, and told by the next line that gets through (event=log-dropped). */
#ifndef BRINK_APP_LOGGER_H
#define BRINK_APP_LOGGER_H

#include <pthread.h>
#include <stdint.h>

#include "brink/log.h"
#include "brink/result.h"

struct brink_logger {
    int fd;
    enum brink_log_level level;
    pthread_mutex_t lock; /* between looking for room and writing */
    uint64_t dropped;     /* lines, since the last that told of them */
};

void brink_logger_init(struct brink_logger *logger, int fd, enum brink_log_level level);

/* The logger as a server wants it; it must outlive the server. */
struct brink_log brink_logger_log(struct brink_logger *logger);

/* Any thread. One fact as logfmt pairs; nothing happens above the logger's level. */
__attribute__((format(printf, 3, 4))) void brink_logger_print(struct brink_logger *logger,
                                                              enum brink_log_level level,
                                                              const char *format, ...);

/* "error", "warn", "info", "debug"; EINVAL with a sentence otherwise. */
BRINK_MUST_CHECK brink_result brink_logger_parse_level(const char *text,
                                                       enum brink_log_level *level,
                                                       struct brink_message *why);

#endif
