/* The last warnings and errors are kept, and told as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/log/recent.h"
#include "unit/app/written.h"

static void add(struct brink_recent *recent, enum brink_log_level level, const char *text)
{
    brink_recent_add(recent, level, text, strlen(text));
}

static char *told(const struct brink_recent *recent)
{
    struct written written;
    brink_recent_write(recent, written_begin(&written));
    return written_end(&written);
}

static void none_is_an_empty_list(void **state)
{
    (void)state;
    static struct brink_recent recent;
    add(&recent, BRINK_LOG_INFO, "event=start");
    add(&recent, BRINK_LOG_DEBUG, "event=accept");
    char *text = told(&recent);
    assert_string_equal(text, "[]");
    free(text);
}

static void the_newest_stands_first(void **state)
{
    (void)state;
    static struct brink_recent recent;
    add(&recent, BRINK_LOG_WARN, "event=one count=1");
    add(&recent, BRINK_LOG_ERROR, "event=two error=\"a b\"");
    char *text = told(&recent);
    assert_int_equal(strncmp(text, "[\n{\"time\":\"20", 13), 0);
    const char *two = strstr(text, "\"level\":\"error\",\"event\":\"two\",\"error\":\"a b\"},\n");
    const char *one = strstr(text, "\"level\":\"warn\",\"event\":\"one\",\"count\":1}]");
    assert_non_null(two);
    assert_non_null(one);
    assert_true(two < one);
    free(text);
}

static void the_oldest_are_forgotten(void **state)
{
    (void)state;
    static struct brink_recent recent;
    char line[32];
    for (int i = 0; i < BRINK_RECENT_LINES + 3; i++) {
        (void)snprintf(line, sizeof line, "event=e number=%d", i);
        add(&recent, BRINK_LOG_WARN, line);
    }
    char *text = told(&recent);
    assert_null(strstr(text, "\"number\":2}"));
    assert_non_null(strstr(text, "\"number\":3}]"));
    assert_non_null(strstr(text, "\"number\":66}"));
    free(text);
}

static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    static struct brink_recent recent;
    char line[2 * BRINK_RECENT_TEXT];
    memset(line, 'x', sizeof line);
    memcpy(line, "event=", 6);
    brink_recent_add(&recent, BRINK_LOG_ERROR, line, sizeof line);
    assert_int_equal(recent.lines[0].length, BRINK_RECENT_TEXT);
    char *text = told(&recent);
    assert_int_equal(text[strlen(text) - 1], ']');
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_an_empty_list),
        cmocka_unit_test(the_newest_stands_first),
        cmocka_unit_test(the_oldest_are_forgotten),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
