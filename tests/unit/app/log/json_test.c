/* Lines as JSON objects, whatever bytes are in them and however little room there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/log/json.h"

static const char *object(const char *line, size_t size)
{
    static char text[8192];
    memset(text, '~', sizeof text);
    size_t length = brink_log_json_write(text, size, NULL, "info", line, strlen(line));
    assert_true(length <= size);
    assert_int_equal(text[size], '~');
    text[length] = '\0';
    return text;
}

static void assert_json(const char *line, const char *pairs)
{
    char wanted[512] = "{\"level\":\"info\"";
    strncat(wanted, pairs, sizeof wanted - strlen(wanted) - 1);
    strncat(wanted, "}", 2);
    assert_string_equal(object(line, 4000), wanted);
}

static void time_and_level_come_first(void **state)
{
    (void)state;
    char text[256];
    size_t length =
        brink_log_json_write(text, sizeof text, "2026-01-31T12:00:00.123Z", "warn", "event=x", 7);
    text[length] = '\0';
    assert_string_equal(
        text, "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"warn\",\"event\":\"x\"}");
}

static void numbers_are_numbers_and_texts_are_texts(void **state)
{
    (void)state;
    assert_json("", "");
    assert_json("event=x n=18446744073709551615", ",\"event\":\"x\",\"n\":18446744073709551615");
    assert_json("a=-1 b=0.5 c=", ",\"a\":-1,\"b\":0.5,\"c\":\"\"");
    assert_json("a=01 b=1e3 c=1.5%", ",\"a\":\"01\",\"b\":\"1e3\",\"c\":\"1.5%\"");
    assert_json("server=\"1\"", ",\"server\":\"1\"");
    assert_json("header=47455420 value=47455420", ",\"header\":\"47455420\",\"value\":47455420");
}

static void any_byte_is_escaped_or_kept(void **state)
{
    (void)state;
    assert_json("e=\"say \\\"hi\\\" \\\\\"", ",\"e\":\"say \\\"hi\\\" \\\\\"");
    assert_json("e=a\\b", ",\"e\":\"a\\\\b\"");
    assert_json("e=caf\xc3\xa9 f=\xe2\x82\xac\xf0\x9f\x98\x80",
                ",\"e\":\"caf\xc3\xa9\",\"f\":\"\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_json("e=a\xff", ",\"e\":\"a\\ufffd\"");
    assert_json("e=\xc3", ",\"e\":\"\\ufffd\"");
    assert_json("e=\xc0\xaf", ",\"e\":\"\\ufffd\\ufffd\"");            /* overlong */
    assert_json("e=\xed\xa0\x80", ",\"e\":\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    assert_json("e=\xf4\x90\x80\x80", ",\"e\":\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

static void what_is_no_pair_is_the_rest(void **state)
{
    (void)state;
    assert_json("event=x error=\"cut of", ",\"event\":\"x\",\"rest\":\" error=\\\"cut of\"");
    assert_json("no pair\n\t\x01", ",\"rest\":\"no pair\\u000a\\u0009\\u0001\"");
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    char line[1024] = "event=x long=";
    memset(line + strlen(line), 'y', 500);
    assert_string_equal(object(line, 128), "{\"level\":\"info\",\"event\":\"x\",\"cut\":true}");
    const char *whole = object(line, 1024);
    size_t fits = strlen(whole) + strlen(",\"cut\":true") + 1;
    assert_null(strstr(object(line, fits), "\"cut\""));
    assert_non_null(strstr(object(line, fits - 2), "\"event\":\"x\",\"cut\":true}"));
    assert_string_equal(object(line + 8, 128), "{\"level\":\"info\",\"cut\":true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_and_level_come_first),
        cmocka_unit_test(numbers_are_numbers_and_texts_are_texts),
        cmocka_unit_test(any_byte_is_escaped_or_kept),
        cmocka_unit_test(what_is_no_pair_is_the_rest),
        cmocka_unit_test(what_does_not_fit_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
