#include "app/logger.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "base/message.h"

enum { LINE_SIZE = 4096 }; /* PIPE_BUF: what a pipe that is ready for writing takes at once */

void brink_logger_init(struct brink_logger *logger, int fd, enum brink_log_level level)
{
    *logger = (struct brink_logger){.fd = fd, .level = level};
    (void)pthread_mutex_init(&logger->lock, NULL); /* with no attributes it cannot fail on Linux */
}

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

static size_t compose(char line[LINE_SIZE], enum brink_log_level level, const char *text,
                      size_t length)
{
    char stamp[BRINK_CLOCK_STAMP_SIZE];
    int head = snprintf(line, LINE_SIZE, "time=%s level=%s ", brink_clock_stamp(stamp),
                        brink_log_level_name(level));
    size_t used = (size_t)head;
    size_t room = LINE_SIZE - used - 1;
    size_t take = length < room ? length : room;
    memcpy(line + used, text, take);
    line[used + take] = '\n';
    return used + take + 1;
}

static void put_dropped(struct brink_logger *logger)
{
    char text[64];
    char line[LINE_SIZE];
    int length = snprintf(text, sizeof text, "event=log-dropped lines=%llu",
                          (unsigned long long)logger->dropped);
    if (put(logger, line, compose(line, BRINK_LOG_WARN, text, (size_t)length)))
        logger->dropped = 0;
}

static void write_line(void *context, enum brink_log_level level, const char *text, size_t length)
{
    struct brink_logger *logger = context;
    char line[LINE_SIZE];
    if (level > logger->level)
        return;
    size_t size = compose(line, level, text, length);
    (void)pthread_mutex_lock(&logger->lock);
    if (logger->dropped > 0)
        put_dropped(logger);
    if (logger->dropped > 0 || !put(logger, line, size))
        logger->dropped++;
    (void)pthread_mutex_unlock(&logger->lock);
}

struct brink_log brink_logger_log(struct brink_logger *logger)
{
    return (struct brink_log){.write = write_line, .context = logger, .level = logger->level};
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
