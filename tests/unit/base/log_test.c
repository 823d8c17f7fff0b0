/* Log lines: which are made, and what arrives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/log.h"

struct heard {
    unsigned lines;
    enum brink_log_level level;
    size_t length;
    char line[2 * BRINK_LOG_LINE_MAX];
};

static void hear(void *context, enum brink_log_level level, const char *line, size_t length)
{
    struct heard *heard = context;
    assert_int_equal(strlen(line), length);
    heard->lines++;
    heard->level = level;
    heard->length = length;
    memcpy(heard->line, line, length + 1);
}

static void test_line_arrives_formatted(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct brink_log log = {hear, &heard, BRINK_LOG_INFO, NULL};
    brink_log_write(&log, BRINK_LOG_WARN, "event=%s count=%d", "test", 7);
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.level, BRINK_LOG_WARN);
    assert_string_equal(heard.line, "event=test count=7");
}

static void test_lines_above_the_level_are_not_made(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct brink_log log = {hear, &heard, BRINK_LOG_WARN, NULL};
    brink_log_write(&log, BRINK_LOG_INFO, "event=%s", "no");
    assert_int_equal(heard.lines, 0);
    assert_true(brink_log_wants(&log, BRINK_LOG_WARN));
    assert_false(brink_log_wants(&log, BRINK_LOG_INFO));
}

static void test_no_log_wants_nothing(void **state)
{
    (void)state;
    struct brink_log log = {.level = BRINK_LOG_DEBUG};
    assert_false(brink_log_wants(&log, BRINK_LOG_ERROR));
    brink_log_write(&log, BRINK_LOG_ERROR, "event=%s", "no");
}

static void test_long_line_is_cut(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct brink_log log = {hear, &heard, BRINK_LOG_INFO, NULL};
    brink_log_write(&log, BRINK_LOG_INFO, "%*s", 3 * BRINK_LOG_LINE_MAX, "x");
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.length, BRINK_LOG_LINE_MAX - 1);
}

static void quotes_as(const char *value, const char *expected)
{
    char text[64];
    assert_string_equal(brink_log_quote(value, text, sizeof text), expected);
}

static void test_quoting(void **state)
{
    (void)state;
    quotes_as("u32le", "u32le");
    quotes_as("127.0.0.1:80", "127.0.0.1:80");
    quotes_as("", "\"\"");
    quotes_as("a b", "\"a b\"");
    quotes_as("offset=4", "\"offset=4\"");
    quotes_as("say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"");
    quotes_as("a\nb", "\"a?b\"");
    quotes_as("12", "\"12\"");
    quotes_as("12ms", "12ms");
    char text[8];
    assert_string_equal(brink_log_quote("a b c d e f", text, sizeof text), "\"a b \"");
    assert_string_equal(brink_log_quote("\"\"\"\"\"\"", text, sizeof text), "\"\\\"\\\"\"");
    assert_string_equal(brink_log_quote("a b", text, 4), "\"\"");
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0", "7", "-1", "18446744073709551615", "0.5", "-12.25"};
    static const char *const others[] = {"", "-", "01", "1.", ".5", "1e3", "+1", "1.2.3", "0x1"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(brink_log_is_number(numbers[i], strlen(numbers[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(brink_log_is_number(others[i], strlen(others[i])));
    assert_true(brink_log_is_number("12ms", 2));
}

static void test_level_may_change_meanwhile(void **state)
{
    (void)state;
    struct heard heard = {0};
    int level = BRINK_LOG_ERROR;
    struct brink_log log = {
        .write = hear, .context = &heard, .level = BRINK_LOG_DEBUG, .level_now = &level};
    assert_false(brink_log_wants(&log, BRINK_LOG_WARN));
    level = BRINK_LOG_INFO;
    assert_true(brink_log_wants(&log, BRINK_LOG_INFO));
    assert_false(brink_log_wants(&log, BRINK_LOG_DEBUG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level_may_change_meanwhile),
        cmocka_unit_test(test_line_arrives_formatted),
        cmocka_unit_test(test_lines_above_the_level_are_not_made),
        cmocka_unit_test(test_no_log_wants_nothing),
        cmocka_unit_test(test_long_line_is_cut),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
