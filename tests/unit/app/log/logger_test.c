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

#include "logged.h"

enum { THREADS = 4, LINES = 100 };

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
