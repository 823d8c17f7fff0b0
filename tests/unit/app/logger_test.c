/* Lines, as a reader of the other end of a pipe sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/logger.h"

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
    while (fixture.logger.dropped < 3) {
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
    assert_true(fixture.logger.dropped == 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_has_time_level_and_text),
        cmocka_unit_test(test_level_is_a_limit),
        cmocka_unit_test(test_long_line_is_cut_and_still_ends),
        cmocka_unit_test(test_full_pipe_drops_and_tells),
        cmocka_unit_test(test_lines_of_threads_never_mix),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
