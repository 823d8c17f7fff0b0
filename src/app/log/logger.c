#include "app/log/logger.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/log/file.h"
#include "app/log/json.h"
#include "app/log/template.h"
#include "base/log.h"
#include "base/message.h"

/* --- writing --- */

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

static bool is_access(const char *text, size_t length)
{
    static const char head[] = "event=close ";
    return length >= sizeof head - 1 && memcmp(text, head, sizeof head - 1) == 0;
}

static enum brink_log_format format_of(const struct brink_logger *logger, bool access)
{
    bool own = access && logger->access != NULL && logger->access->written != NULL;
    return own ? logger->access->format : logger->format;
}

/* `journal`: a priority instead of the time, which the journal has itself. */
static size_t compose(const struct brink_logger *logger, char line[BRINK_LOG_LINE_SIZE],
                      enum brink_log_level level, const char *text, size_t length, bool journal)
{
    char stamp[BRINK_CLOCK_STAMP_SIZE];
    size_t head = 0;
    if (journal)
        head = (size_t)snprintf(line, BRINK_LOG_LINE_SIZE, "<%d>", priority(level));
    const char *time = brink_clock_stamp(stamp);
    const char *name = brink_log_level_name(level);
    char *out = line + head;
    size_t room = BRINK_LOG_LINE_SIZE - head - 1;
    size_t used = 0;
    switch (format_of(logger, is_access(text, length))) {
    case BRINK_LOG_FORMAT_LOGFMT:
        used = write_logfmt(out, room, journal ? NULL : time, name, text, length);
        break;
    case BRINK_LOG_FORMAT_JSON:
        used = brink_log_json_write(out, room, journal ? NULL : time, name, text, length);
        break;
    case BRINK_LOG_FORMAT_TEMPLATE:
        used = brink_log_template_write(out, room, &logger->access->template, time, name, text,
                                        length);
        break;
    }
    line[head + used] = '\n';
    return head + used + 1;
}

/* Under the lock: tells in the log of lines that did not get through to one of its files. */
static void put_dropped(struct brink_logger *logger, struct brink_log_output *output)
{
    char quoted[BRINK_LOG_TEXT_MAX] = "";
    char text[BRINK_LOG_TEXT_MAX + 64];
    char line[BRINK_LOG_LINE_SIZE];
    bool names = output != &logger->output;
    if (names)
        (void)brink_log_quote(output->file, quoted, sizeof quoted);
    int length = snprintf(text, sizeof text, "event=log-dropped lines=%llu%s%s",
                          (unsigned long long)output->dropped, names ? " file=" : "", quoted);
    size_t size = compose(logger, line, BRINK_LOG_WARN, text, (size_t)length, logger->journal);
    uint64_t dropped = output->dropped;
    output->dropped = brink_log_output_put(&logger->output, line, size) ? 0 : dropped;
}

/* Under the lock: a line that is not left out. */
static void put_text(struct brink_logger *logger, enum brink_log_level level, const char *text,
                     size_t length)
{
    char line[BRINK_LOG_LINE_SIZE];
    size_t size = compose(logger, line, level, text, length, logger->journal);
    if (logger->output.dropped > 0)
        put_dropped(logger, &logger->output);
    if (logger->output.dropped > 0)
        logger->output.dropped++;
    else
        (void)brink_log_output_put(&logger->output, line, size);
    brink_recent_add(&logger->recent, level, text, length);
}

/* Under the lock: to the file of access lines. */
static void put_access(struct brink_logger *logger, enum brink_log_level level, const char *text,
                       size_t length)
{
    char line[BRINK_LOG_LINE_SIZE];
    struct brink_log_output *output = &logger->access_output;
    size_t size = compose(logger, line, level, text, length, false);
    if (brink_log_output_put(output, line, size) && output->dropped > 0)
        put_dropped(logger, output);
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

static bool has_access_file(const struct brink_logger *logger)
{
    return logger->access_output.file != NULL;
}

static void write_line(void *context, enum brink_log_level level, const char *text, size_t length)
{
    struct brink_logger *logger = context;
    bool access = logger->access != NULL && is_access(text, length);
    bool apart = access && has_access_file(logger);
    if (((int)level > __atomic_load_n(&logger->level, __ATOMIC_RELAXED) && !apart) ||
        (access && logger->access->off))
        return;
    (void)pthread_mutex_lock(&logger->lock);
    if (apart)
        put_access(logger, level, text, length);
    else if (!is_left_out(logger, level, text, length))
        put_text(logger, level, text, length);
    (void)pthread_mutex_unlock(&logger->lock);
}

struct brink_log brink_logger_log(struct brink_logger *logger)
{
    int level = __atomic_load_n(&logger->server_level, __ATOMIC_RELAXED);
    return (struct brink_log){.write = write_line,
                              .context = logger,
                              .level = (enum brink_log_level)level,
                              .level_now = &logger->server_level};
}

void brink_logger_print(struct brink_logger *logger, enum brink_log_level level, const char *format,
                        ...)
{
    char text[BRINK_LOG_LINE_SIZE];
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

/* A file of access lines gets them at any level. */
void brink_logger_set_level(struct brink_logger *logger, enum brink_log_level level)
{
    bool more = has_access_file(logger) && level < BRINK_LOG_INFO;
    int server_level = more ? (int)BRINK_LOG_INFO : (int)level;
    __atomic_store_n(&logger->level, (int)level, __ATOMIC_RELAXED);
    __atomic_store_n(&logger->server_level, server_level, __ATOMIC_RELAXED);
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
    logger->output.fd = fd;
    brink_logger_set_level(logger, level);
    (void)pthread_mutex_init(&logger->lock, NULL); /* with no attributes it cannot fail on Linux */
}

static brink_result open_files(struct brink_logger *logger,
                               const struct brink_logger_settings *settings,
                               struct brink_message *why)
{
    brink_result opened = brink_ok();
    if (settings->access != NULL && settings->access->file != NULL)
        opened = brink_log_output_open(&logger->access_output, settings->access->file, why);
    if (brink_failed(opened) || settings->file == NULL)
        return opened;
    opened = brink_log_output_open(&logger->output, settings->file, why);
    if (brink_failed(opened))
        brink_log_output_close(&logger->access_output);
    return opened;
}

brink_result brink_logger_open(struct brink_logger *logger,
                               const struct brink_logger_settings *settings,
                               struct brink_message *why)
{
    brink_logger_init(logger, STDERR_FILENO, settings->level);
    logger->format = settings->format;
    logger->counts_repeats = true;
    logger->journal = brink_log_file_is_journal(STDERR_FILENO, settings->stream);
    brink_result opened = open_files(logger, settings, why);
    if (brink_failed(opened))
        return opened;
    logger->access = settings->access;
    brink_logger_set_level(logger, settings->level); /* there may be a file of access lines now */
    logger->journal = logger->journal && settings->file == NULL;
    return opened;
}

static void reopen(struct brink_logger *logger, struct brink_log_output *output)
{
    struct brink_message why;
    char quoted[BRINK_LOG_TEXT_MAX];
    int fd;
    if (output->file == NULL)
        return;
    if (brink_failed(brink_log_file_open(output->file, &fd, &why))) {
        brink_logger_print(logger, BRINK_LOG_ERROR, "event=log-reopen-failed error=%s",
                           brink_log_quote(why.text, quoted, sizeof quoted));
        return;
    }
    (void)pthread_mutex_lock(&logger->lock);
    int old = brink_log_output_turn(output, fd);
    (void)pthread_mutex_unlock(&logger->lock);
    (void)close(old);
}

void brink_logger_reopen(struct brink_logger *logger)
{
    reopen(logger, &logger->output);
    reopen(logger, &logger->access_output);
}

void brink_logger_close(struct brink_logger *logger)
{
    brink_log_output_close(&logger->output);
    brink_log_output_close(&logger->access_output);
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
