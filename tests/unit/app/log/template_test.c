/* Lines by a template, whatever the line lacks and however little room there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/log/template.h"

#define LINE "event=close peer=127.0.0.1:4711 server=\"a \\\"b\\\" \\\\c\" code=CF-bb ms=17 empty="

static void assert_written(const char *text, size_t size, const char *wanted)
{
    struct brink_config_memory memory = {0};
    struct brink_config_template template;
    struct brink_message why;
    char out[256];
    memset(out, '~', sizeof out);
    assert_int_equal(brink_config_template_read(&template, text, &memory, &why).err, 0);
    size_t length = brink_log_template_write(out, size, &template, "2026-01-31T12:00:00.123Z",
                                             "info", LINE, strlen(LINE));
    assert_true(length <= size);
    assert_int_equal(out[length], '~');
    out[length] = '\0';
    assert_string_equal(out, wanted);
    brink_config_memory_free(&memory);
}

static void fields_are_put_in(void **state)
{
    (void)state;
    assert_written("%{peer} %{code} %{ms}ms", 200, "127.0.0.1:4711 CF-bb 17ms");
    assert_written("[%{time}] %{level}: %{event}", 200, "[2026-01-31T12:00:00.123Z] info: close");
    assert_written("100%% %{ms}", 200, "100% 17");
}

static void quotes_go_and_escapes_stay(void **state)
{
    (void)state;
    assert_written("\"%{server}\"", 200, "\"a \\\"b\\\" \\\\c\"");
}

static void what_there_is_not_is_a_dash(void **state)
{
    (void)state;
    assert_written("%{upstream}|%{id}|%{ms}", 200, "-|-|17");
}

static void what_has_no_room_is_cut(void **state)
{
    (void)state;
    assert_written("ab%{code}cd%{ms}", 0, "");
    assert_written("ab%{code}cd%{ms}", 1, "a");
    assert_written("ab%{code}cd%{ms}", 4, "abCF");
    assert_written("ab%{code}cd%{ms}", 8, "abCF-bbc");
    assert_written("ab%{code}cd%{ms}", 11, "abCF-bbcd17");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_put_in),
        cmocka_unit_test(quotes_go_and_escapes_stay),
        cmocka_unit_test(what_there_is_not_is_a_dash),
        cmocka_unit_test(what_has_no_room_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
