#include "app/log/logger.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/log/file.h"
#include "app/log/json.h"
#include "base/log.h"
#include "base/message.h"

enum { LINE_SIZE = 4096 }; /* PIPE_BUF: what a pipe that is ready for writing takes at once */

/* --- writing --- */

/* True if a write would not wait. Files and terminals that poll knows nothing of count as ready. */
static bool has_room(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
    return poll(&pollfd, 1, 0) != 0;
}

/* Under the lock. False if the line was dropped. */
static bool put(struct brink_logger *logger, const char *line, size_t length)
{
    if (!has_room(logger->fd))
        return false;
    ssize_t written;
    do
        written = write(logger->fd, line, length);
    while (written < 0 && errno == EINTR);
    return written >= 0;
}

/* What the journal takes as the line's priority: sd-daemon(3), syslog(3). */
static int priority(enum brink_log_level level)
{
    static const int priorities[] = {
        [BRINK_LOG_ERROR] = 3, [BRINK_LOG_WARN] = 4, [BRINK_LOG_INFO] = 6, [BRINK_LOG_DEBUG] = 7};
    return priorities[level];
}

static size_t write_logfmt(char *out, size_t size, const char *time, const char *level,
                           const char *text, size_t length)
{
    int head = snprintf(out, size, "%s%s%slevel=%s ", time != NULL ? "time=" : "",
                        time != NULL ? time : "", time != NULL ? " " : "", level);
    size_t used = (size_t)head;
    size_t room = size - used;
    size_t take = length < room ? length : room;
    memcpy(out + used, text, take);
    return used + take;
}

static size_t compose(const struct brink_logger *logger, char line[LINE_SIZE],
                      enum brink_log_level level, const char *text, size_t length)
{
    char stamp[BRINK_CLOCK_STAMP_SIZE];
    size_t head = 0;
    if (logger->journal)
        head = (size_t)snprintf(line, LINE_SIZE, "<%d>", priority(level));
    const char *time = logger->journal ? NULL : brink_clock_stamp(stamp);
    const char *name = brink_log_level_name(level);
    size_t room = LINE_SIZE - head - 1;
    size_t used = logger->format == BRINK_LOG_FORMAT_JSON
                      ? brink_log_json_write(line + head, room, time, name, text, length)
                      : write_logfmt(line + head, room, time, name, text, length);
    line[head + used] = '\n';
    return head + used + 1;
}

static void put_dropped(struct brink_logger *logger)
{
    char text[64];
    char line[LINE_SIZE];
    int length = snprintf(text, sizeof text, "event=log-dropped lines=%llu",
                          (unsigned long long)logger->dropped);
    if (put(logger, line, compose(logger, line, BRINK_LOG_WARN, text, (size_t)length)))
        logger->dropped = 0;
}

/* Under the lock: a line that is not left out. */
static void put_text(struct brink_logger *logger, enum brink_log_level level, const char *text,
                     size_t length)
{
    char line[LINE_SIZE];
    size_t size = compose(logger, line, level, text, length);
    if (logger->dropped > 0)
        put_dropped(logger);
    if (logger->dropped > 0 || !put(logger, line, size))
        logger->dropped++;
    brink_recent_add(&logger->recent, level, text, length);
}

/* Under the lock. */
static void tell_repeats(struct brink_logger *logger, uint64_t now_ms)
{
    char text[BRINK_REPEATS_TEXT_MAX];
    enum brink_log_level level;
    while (brink_repeats_tell(&logger->repeats, now_ms, text, &level))
        put_text(logger, level, text, strlen(text));
}

/* Under the lock. */
static bool is_left_out(struct brink_logger *logger, enum brink_log_level level, const char *text,
                        size_t length)
{
    if (!logger->counts_repeats)
        return false;
    uint64_t now_ms = brink_clock_now_ns() / 1000000;
    tell_repeats(logger, now_ms);
    return !brink_repeats_pass(&logger->repeats, level, text, length, now_ms);
}

static void write_line(void *context, enum brink_log_level level, const char *text, size_t length)
{
    struct brink_logger *logger = context;
    if ((int)level > __atomic_load_n(&logger->level, __ATOMIC_RELAXED))
        return;
    (void)pthread_mutex_lock(&logger->lock);
    if (!is_left_out(logger, level, text, length))
        put_text(logger, level, text, length);
    (void)pthread_mutex_unlock(&logger->lock);
}

struct brink_log brink_logger_log(struct brink_logger *logger)
{
    return (struct brink_log){.write = write_line,
                              .context = logger,
                              .level = (enum brink_log_level)logger->level,
                              .level_now = &logger->level};
}

void brink_logger_print(struct brink_logger *logger, enum brink_log_level level, const char *format,
                        ...)
{
    char text[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0)
        return;
    size_t size = (size_t)length;
    write_line(logger, level, text, size < sizeof text ? size : sizeof text - 1);
}

void brink_logger_tell_repeats(struct brink_logger *logger, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&logger->lock);
    tell_repeats(logger, now_ms);
    (void)pthread_mutex_unlock(&logger->lock);
}

void brink_logger_set_level(struct brink_logger *logger, enum brink_log_level level)
{
    __atomic_store_n(&logger->level, (int)level, __ATOMIC_RELAXED);
}

void brink_logger_recent(struct brink_logger *logger, struct brink_recent *recent)
{
    (void)pthread_mutex_lock(&logger->lock);
    *recent = logger->recent;
    (void)pthread_mutex_unlock(&logger->lock);
}

/* --- opening and closing --- */

void brink_logger_init(struct brink_logger *logger, int fd, enum brink_log_level level)
{
    memset(logger, 0, sizeof *logger);
    logger->fd = fd;
    logger->level = (int)level;
    (void)pthread_mutex_init(&logger->lock, NULL); /* with no attributes it cannot fail on Linux */
}

brink_result brink_logger_open(struct brink_logger *logger,
                               const struct brink_logger_settings *settings,
                               struct brink_message *why)
{
    brink_logger_init(logger, STDERR_FILENO, settings->level);
    logger->format = settings->format;
    logger->counts_repeats = true;
    logger->journal = brink_log_file_is_journal(STDERR_FILENO, settings->stream);
    if (settings->file == NULL)
        return brink_ok();
    brink_result opened = brink_log_file_open(settings->file, &logger->fd, why);
    if (brink_failed(opened))
        return opened;
    logger->file = settings->file;
    logger->journal = false;
    return opened;
}

void brink_logger_reopen(struct brink_logger *logger)
{
    struct brink_message why;
    char quoted[BRINK_LOG_TEXT_MAX];
    int fd;
    if (logger->file == NULL)
        return;
    if (brink_failed(brink_log_file_open(logger->file, &fd, &why))) {
        brink_logger_print(logger, BRINK_LOG_ERROR, "event=log-reopen-failed error=%s",
                           brink_log_quote(why.text, quoted, sizeof quoted));
        return;
    }
    (void)pthread_mutex_lock(&logger->lock);
    int old = logger->fd;
    logger->fd = fd;
    (void)pthread_mutex_unlock(&logger->lock);
    (void)close(old);
}

void brink_logger_close(struct brink_logger *logger)
{
    if (logger->file != NULL)
        (void)close(logger->fd);
    (void)pthread_mutex_destroy(&logger->lock);
}

/* --- the words for it --- */

brink_result brink_logger_parse_level(const char *text, enum brink_log_level *level,
                                      struct brink_message *why)
{
    static const enum brink_log_level levels[] = {BRINK_LOG_ERROR, BRINK_LOG_WARN, BRINK_LOG_INFO,
                                                  BRINK_LOG_DEBUG};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(text, brink_log_level_name(levels[i])) == 0) {
            *level = levels[i];
            return brink_ok();
        }
    }
    return brink_message_set(why, "\"%.40s\": unknown level; write error, warn, info or debug",
                             text);
}

brink_result brink_logger_parse_format(const char *text, enum brink_log_format *format,
                                       struct brink_message *why)
{
    if (strcmp(text, "logfmt") == 0)
        *format = BRINK_LOG_FORMAT_LOGFMT;
    else if (strcmp(text, "json") == 0)
        *format = BRINK_LOG_FORMAT_JSON;
    else
        return brink_message_set(why, "\"%.40s\": unknown format; write logfmt or json", text);
    return brink_ok();
}
