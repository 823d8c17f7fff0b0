/* app/log/logger.h - log lines, one fact a line, to a file descriptor.
 *
 *     time=2026-01-31T12:00:00.123Z level=info event=start version=0.1.0 ...
 *     {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"start","version":"0.1.0", ...}
 *     <6>level=info event=start version=0.1.0 ...        to the journal, which has a time of its
 * own
 *
 * A line goes out in one write(2) of at most PIPE_BUF bytes, so lines of several threads never mix.
 * A worker must not be stopped by a log reader that hangs: a line that a full pipe would make wait
 * is dropped, counted, and told by the next line that gets through (event=log-dropped).
 *
 * The last line of each connection, event=close, is its access line: it may be left out, go to a
 * file of its own, whatever the level is, or have a format of its own. */
#ifndef BRINK_APP_LOG_LOGGER_H
#define BRINK_APP_LOG_LOGGER_H

#include <pthread.h>
#include <stdint.h>

#include "app/log/output.h"
#include "app/log/recent.h"
#include "app/log/repeats.h"
#include "brink/log.h"
#include "brink/result.h"
#include "config/config.h"

struct brink_logger_settings {
    enum brink_log_level level;
    enum brink_log_format format;
    const char *file;   /* NULL: standard error; must outlive the logger */
    const char *stream; /* JOURNAL_STREAM of the environment; NULL: none */
    const struct brink_config_access_log *access; /* NULL: the default; must outlive the logger */
};

struct brink_logger {
    int level;        /* an enum brink_log_level; atomic, as the next */
    int server_level; /* what a server is to log: more, if access lines have a file */
    enum brink_log_format format;
    const struct brink_config_access_log *access; /* of access lines; NULL: as all others */
    bool journal;
    bool counts_repeats;
    pthread_mutex_t lock; /* of what follows, and between looking for room and writing */
    struct brink_log_output output;
    struct brink_log_output access_output; /* if access lines have a file of their own */
    struct brink_repeats repeats;
    struct brink_recent recent;
};

/* Logfmt to `fd`, every line. */
void brink_logger_init(struct brink_logger *logger, int fd, enum brink_log_level level);

/* As the settings say; what repeats too often is counted (app/log/repeats.h). On failure the logger
 * is one to standard error, and `why` says what is wrong with which file. */
BRINK_MUST_CHECK brink_result brink_logger_open(struct brink_logger *logger,
                                                const struct brink_logger_settings *settings,
                                                struct brink_message *why);

/* Any thread. Opens each file anew, if there is one, as after it was moved away. On failure the old
 * one stays, and the line event=log-reopen-failed says why. */
void brink_logger_reopen(struct brink_logger *logger);

/* Any thread. Tells of lines that were left out until a second before `now_ms`, of the monotonic
 * clock; UINT64_MAX: until now. To be called once a second. */
void brink_logger_tell_repeats(struct brink_logger *logger, uint64_t now_ms);

/* Any thread. From now on; also for the servers that have brink_logger_log. */
void brink_logger_set_level(struct brink_logger *logger, enum brink_log_level level);

/* Any thread. A copy of the last warnings and errors that were written. */
void brink_logger_recent(struct brink_logger *logger, struct brink_recent *recent);

/* The files are closed. No thread may still log. */
void brink_logger_close(struct brink_logger *logger);

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

/* "logfmt", "json"; likewise. */
BRINK_MUST_CHECK brink_result brink_logger_parse_format(const char *text,
                                                        enum brink_log_format *format,
                                                        struct brink_message *why);

#endif
