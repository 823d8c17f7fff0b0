/* The last line of each connection: where it goes, and how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "logged.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_lines_have_a_format_or_are_left_out),
        cmocka_unit_test(test_access_lines_have_a_file),
        cmocka_unit_test(test_access_lines_that_are_dropped_are_told),
        cmocka_unit_test(test_a_file_that_cannot_be_opened_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
