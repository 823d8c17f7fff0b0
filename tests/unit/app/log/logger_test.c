/* Lines, as a reader of the other end of a pipe sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/log/logger.h"

enum { TEXT_SIZE = 1 << 17, THREADS = 4, LINES = 100 };

struct fixture {
    int pipe[2];
    struct brink_logger logger;
};

static void start(struct fixture *fixture, enum brink_log_level level)
{
    assert_int_equal(pipe2(fixture->pipe, O_NONBLOCK), 0);
    brink_logger_init(&fixture->logger, fixture->pipe[1], level);
}

static void stop(struct fixture *fixture)
{
    (void)close(fixture->pipe[0]);
    (void)close(fixture->pipe[1]);
}

/* What has been written since. */
static char *written(struct fixture *fixture)
{
    static char text[TEXT_SIZE];
    ssize_t got = read(fixture->pipe[0], text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static void test_line_has_time_level_and_text(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, BRINK_LOG_INFO);
    brink_logger_print(&fixture.logger, BRINK_LOG_WARN, "event=test n=%d", 7);
    const char *line = written(&fixture);
    assert_memory_equal(line, "time=2", 6);
    assert_string_equal(line + strlen("time=2026-01-31T12:00:00.123Z"),
                        " level=warn event=test n=7\n");
    stop(&fixture);
}

static void test_level_is_a_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, BRINK_LOG_WARN);
    struct brink_log log = brink_logger_log(&fixture.logger);
    assert_int_equal(log.level, BRINK_LOG_WARN);
    log.write(log.context, BRINK_LOG_INFO, "event=no", 8);
    assert_string_equal(written(&fixture), "");
    log.write(log.context, BRINK_LOG_ERROR, "event=yes", 9);
    assert_non_null(strstr(written(&fixture), "level=error event=yes\n"));
    stop(&fixture);
}

static void test_long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    struct fixture fixture;
    static char text[10000];
    memset(text, 'x', sizeof text);
    start(&fixture, BRINK_LOG_INFO);
    struct brink_log log = brink_logger_log(&fixture.logger);
    log.write(log.context, BRINK_LOG_INFO, text, sizeof text);
    const char *line = written(&fixture);
    assert_int_equal(strlen(line), 4096);
    assert_ptr_equal(strchr(line, '\n'), line + 4095);
    stop(&fixture);
}

static void test_full_pipe_drops_and_tells(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, BRINK_LOG_INFO);
    unsigned lines = 0;
    while (fixture.logger.output.dropped < 3) {
        brink_logger_print(&fixture.logger, BRINK_LOG_INFO, "event=fill");
        assert_true(++lines < 100000);
    }
    while (*written(&fixture) != '\0')
        ;
    brink_logger_print(&fixture.logger, BRINK_LOG_INFO, "event=after");
    const char *text = written(&fixture);
    const char *told = strstr(text, "level=warn event=log-dropped lines=3\n");
    assert_non_null(told);
    assert_non_null(strstr(told, "event=after\n"));
    assert_true(fixture.logger.output.dropped == 0);
    stop(&fixture);
}

static void *print_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        brink_logger_print(arg, BRINK_LOG_INFO, "event=line text=abcdefghijklmnopqrstuvwxyz");
    return NULL;
}

static void test_lines_of_threads_never_mix(void **state)
{
    (void)state;
    struct fixture fixture;
    pthread_t threads[THREADS];
    start(&fixture, BRINK_LOG_INFO);
    assert_true(fcntl(fixture.pipe[1], F_SETPIPE_SZ, TEXT_SIZE) > 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, print_lines, &fixture.logger), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    unsigned lines = 0;
    char *rest = written(&fixture);
    for (char *line = strsep(&rest, "\n"); rest != NULL; line = strsep(&rest, "\n")) {
        assert_memory_equal(line, "time=", 5);
        assert_non_null(strstr(line, " level=info event=line text=abcdefghijklmnopqrstuvwxyz"));
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
    stop(&fixture);
}

static void test_levels(void **state)
{
    (void)state;
    enum brink_log_level level = BRINK_LOG_INFO;
    struct brink_message why;
    assert_false(brink_failed(brink_logger_parse_level("debug", &level, &why)));
    assert_int_equal(level, BRINK_LOG_DEBUG);
    assert_int_equal(brink_logger_parse_level("loud", &level, &why).err, EINVAL);
    assert_int_equal(level, BRINK_LOG_DEBUG);
    assert_non_null(strstr(why.text, "error, warn, info or debug"));
}

/* Opens as a service does; standard error is the pipe until `restore`. */
static int open_on_stderr(struct fixture *fixture, const struct brink_logger_settings *settings)
{
    struct brink_message why;
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe2(fixture->pipe, O_NONBLOCK), 0);
    assert_true(dup2(fixture->pipe[1], STDERR_FILENO) >= 0);
    assert_int_equal(brink_logger_open(&fixture->logger, settings, &why).err, 0);
    return saved;
}

static void restore(struct fixture *fixture, int saved)
{
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    brink_logger_close(&fixture->logger);
    stop(fixture);
}

static void test_json(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_logger_settings settings = {.level = BRINK_LOG_INFO,
                                             .format = BRINK_LOG_FORMAT_JSON};
    int saved = open_on_stderr(&fixture, &settings);
    brink_logger_print(&fixture.logger, BRINK_LOG_WARN, "event=test n=%d", 7);
    const char *line = written(&fixture);
    restore(&fixture, saved);
    assert_memory_equal(line, "{\"time\":\"2", 10);
    assert_non_null(strstr(line, "Z\",\"level\":\"warn\",\"event\":\"test\",\"n\":7}\n"));
}

static void test_journal(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_logger_settings settings = {.level = BRINK_LOG_DEBUG};
    int saved = open_on_stderr(&fixture, &settings);
    fixture.logger.journal = true;
    brink_logger_print(&fixture.logger, BRINK_LOG_ERROR, "event=e");
    brink_logger_print(&fixture.logger, BRINK_LOG_WARN, "event=w");
    brink_logger_print(&fixture.logger, BRINK_LOG_INFO, "event=i");
    fixture.logger.format = BRINK_LOG_FORMAT_JSON;
    brink_logger_print(&fixture.logger, BRINK_LOG_DEBUG, "event=d");
    const char *lines = written(&fixture);
    restore(&fixture, saved);
    assert_string_equal(lines, "<3>level=error event=e\n<4>level=warn event=w\n"
                               "<6>level=info event=i\n<7>{\"level\":\"debug\",\"event\":\"d\"}\n");
}

static void test_repeats_are_counted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_logger_settings settings = {.level = BRINK_LOG_INFO};
    int saved = open_on_stderr(&fixture, &settings);
    memset(&fixture.logger.repeats, 0, sizeof fixture.logger.repeats);
    for (int i = 0; i < 1000; i++)
        brink_logger_print(&fixture.logger, BRINK_LOG_WARN, "event=again");
    brink_logger_tell_repeats(&fixture.logger, UINT64_MAX);
    brink_logger_tell_repeats(&fixture.logger, UINT64_MAX);
    char *rest = written(&fixture);
    restore(&fixture, saved);
    unsigned lines = 0;
    unsigned left_out = 0;
    for (char *line = strsep(&rest, "\n"); rest != NULL; line = strsep(&rest, "\n")) {
        const char *told = strstr(line, " level=warn event=suppressed of=again count=");
        if (told != NULL)
            left_out += (unsigned)strtoul(strrchr(told, '=') + 1, NULL, 10);
        else
            lines++;
    }
    assert_int_equal(lines + left_out, 1000);
    assert_true(lines >= 10 && left_out > 0);
}

static void assert_file(const char *path, const char *part)
{
    char text[512] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, sizeof text - 1, file);
    text[got] = '\0';
    (void)fclose(file);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void test_file_is_opened_anew(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-logger-XXXXXX";
    char path[64];
    char old[64];
    struct brink_message why;
    struct brink_logger logger;
    (void)snprintf(path, sizeof path, "%s/log", mkdtemp(folder));
    (void)snprintf(old, sizeof old, "%s/log.1", folder);
    struct brink_logger_settings settings = {.level = BRINK_LOG_INFO, .file = path};
    assert_int_equal(brink_logger_open(&logger, &settings, &why).err, 0);
    brink_logger_print(&logger, BRINK_LOG_INFO, "event=one");
    assert_int_equal(rename(path, old), 0);
    brink_logger_print(&logger, BRINK_LOG_INFO, "event=two");
    brink_logger_reopen(&logger);
    brink_logger_print(&logger, BRINK_LOG_INFO, "event=three");
    assert_file(old, "level=info event=two\n");
    assert_file(path, "level=info event=three\n");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(old), 0);
    assert_int_equal(rmdir(folder), 0);
    int fd = logger.output.fd;
    brink_logger_reopen(&logger); /* the folder is gone: what there was stays */
    assert_int_equal(logger.output.fd, fd);
    brink_logger_close(&logger);
    assert_int_equal(brink_logger_open(&logger, &settings, &why).err, ENOENT);
    assert_non_null(strstr(why.text, path));
    brink_logger_close(&logger);
}

#define CLOSE "event=close peer=127.0.0.1:4711 code=CF-bb reason=client-closed ms=17"

static void log_close(struct brink_logger *logger)
{
    struct brink_log log = brink_logger_log(logger);
    log.write(log.context, BRINK_LOG_INFO, CLOSE, sizeof CLOSE - 1);
}

/* What an access line looks like in the log; its neighbours stay as they are. */
static void assert_access(const struct brink_config_access_log *access, enum brink_log_level level,
                          bool journal, const char *wanted)
{
    struct fixture fixture;
    struct brink_logger_settings settings = {.level = level, .access = access};
    int saved = open_on_stderr(&fixture, &settings);
    fixture.logger.journal = journal;
    log_close(&fixture.logger);
    brink_logger_print(&fixture.logger, BRINK_LOG_ERROR, "event=closet");
    const char *lines = written(&fixture);
    restore(&fixture, saved);
    const char *rest = strstr(lines, "level=error event=closet\n");
    assert_non_null(rest);
    size_t length = strlen(wanted);
    if (strncmp(lines, wanted, length) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", lines, wanted);
    assert_true(memchr(lines + length, '\n', (size_t)(rest - lines) - length) == NULL);
}

static void test_access_lines_have_a_format_or_are_left_out(void **state)
{
    (void)state;
    static const struct brink_config_template_part parts[] = {{"peer", 4, true},
                                                              {" ended by ", 10, false},
                                                              {"code", 4, true},
                                                              {", ", 2, false},
                                                              {"server", 6, true}};
    struct brink_config_access_log access = {.off = true};
    assert_access(&access, BRINK_LOG_INFO, false, "");
    access = (struct brink_config_access_log){
        .written = "", .format = BRINK_LOG_FORMAT_TEMPLATE, .template = {parts, 5}};
    assert_access(&access, BRINK_LOG_INFO, false, "127.0.0.1:4711 ended by CF-bb, -\n");
    assert_access(&access, BRINK_LOG_INFO, true, "<6>127.0.0.1:4711 ended by CF-bb, -\n");
    assert_access(&access, BRINK_LOG_WARN, false, "");
    access = (struct brink_config_access_log){.written = "json", .format = BRINK_LOG_FORMAT_JSON};
    assert_access(&access, BRINK_LOG_INFO, true,
                  "<6>{\"level\":\"info\",\"event\":\"close\",\"peer\":\"127.0.0.1:4711\",\"code\":"
                  "\"CF-bb\",\"reason\":\"client-closed\",\"ms\":17}\n");
}

static size_t lines_in(const char *path)
{
    size_t lines = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c = getc(file); c != EOF; c = getc(file))
        lines += c == '\n';
    (void)fclose(file);
    return lines;
}

static void test_access_lines_have_a_file(void **state)
{
    (void)state;
    struct fixture fixture;
    char folder[] = "/tmp/brink-logger-XXXXXX";
    char path[64];
    char old[64];
    (void)snprintf(path, sizeof path, "%s/access", mkdtemp(folder));
    (void)snprintf(old, sizeof old, "%s/access.1", folder);
    struct brink_config_access_log access = {.file = path};
    struct brink_logger_settings settings = {.level = BRINK_LOG_WARN, .access = &access};
    int saved = open_on_stderr(&fixture, &settings);
    fixture.logger.journal = true; /* which the file is not */
    assert_int_equal(brink_logger_log(&fixture.logger).level, BRINK_LOG_INFO);
    for (int i = 0; i < 100; i++) /* none is left out for being like the others */
        log_close(&fixture.logger);
    brink_logger_print(&fixture.logger, BRINK_LOG_INFO, "event=below-the-level");
    brink_logger_print(&fixture.logger, BRINK_LOG_WARN, "event=other");
    assert_int_equal(rename(path, old), 0);
    brink_logger_reopen(&fixture.logger);
    log_close(&fixture.logger);
    const char *others = written(&fixture);
    assert_string_equal(others, "<4>level=warn event=other\n");
    restore(&fixture, saved);
    assert_int_equal(lines_in(old), 100);
    assert_int_equal(lines_in(path), 1);
    assert_file(path, "Z level=info " CLOSE "\n");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(old), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_access_lines_that_are_dropped_are_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_config_access_log access = {.file = "/dev/full"};
    struct brink_logger_settings settings = {.level = BRINK_LOG_INFO, .access = &access};
    int saved = open_on_stderr(&fixture, &settings);
    log_close(&fixture.logger);
    log_close(&fixture.logger);
    assert_string_equal(written(&fixture), "");
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)close(brink_log_output_turn(&fixture.logger.access_output, null));
    log_close(&fixture.logger);
    log_close(&fixture.logger);
    const char *lines = written(&fixture);
    restore(&fixture, saved);
    const char *told = strstr(lines, " level=warn event=log-dropped lines=2 file=/dev/full\n");
    assert_non_null(told);
    assert_null(strchr(strchr(told, '\n') + 1, '\n')); /* once */
}

static void test_a_file_that_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct brink_config_access_log access = {.file = "/nowhere/access"};
    struct brink_logger_settings settings = {.level = BRINK_LOG_INFO, .access = &access};
    struct brink_logger logger;
    struct brink_message why;
    assert_int_equal(brink_logger_open(&logger, &settings, &why).err, ENOENT);
    assert_non_null(strstr(why.text, "/nowhere/access"));
    assert_int_equal(logger.output.fd, STDERR_FILENO);
    brink_logger_close(&logger);
    access.file = "/dev/null";
    settings.file = "/nowhere/log";
    assert_int_equal(brink_logger_open(&logger, &settings, &why).err, ENOENT);
    assert_non_null(strstr(why.text, "/nowhere/log"));
    assert_null(logger.access_output.file);
    brink_logger_close(&logger);
}

static void test_formats(void **state)
{
    (void)state;
    enum brink_log_format format = BRINK_LOG_FORMAT_LOGFMT;
    struct brink_message why;
    assert_int_equal(brink_logger_parse_format("json", &format, &why).err, 0);
    assert_int_equal(format, BRINK_LOG_FORMAT_JSON);
    assert_int_equal(brink_logger_parse_format("xml", &format, &why).err, EINVAL);
    assert_int_equal(format, BRINK_LOG_FORMAT_JSON);
    assert_non_null(strstr(why.text, "logfmt or json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_has_time_level_and_text),
        cmocka_unit_test(test_level_is_a_limit),
        cmocka_unit_test(test_long_line_is_cut_and_still_ends),
        cmocka_unit_test(test_full_pipe_drops_and_tells),
        cmocka_unit_test(test_lines_of_threads_never_mix),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_journal),
        cmocka_unit_test(test_repeats_are_counted),
        cmocka_unit_test(test_file_is_opened_anew),
        cmocka_unit_test(test_access_lines_have_a_format_or_are_left_out),
        cmocka_unit_test(test_access_lines_have_a_file),
        cmocka_unit_test(test_access_lines_that_are_dropped_are_told),
        cmocka_unit_test(test_a_file_that_cannot_be_opened_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
