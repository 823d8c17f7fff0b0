/* Members of JSON that may be missing, and values as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/control/value.h"

static void what_is_not_there_is_nothing(void **state)
{
    (void)state;
    json_t *object = json_loads("{\"n\":7,\"r\":1.5,\"t\":\"x\",\"m\":-3,"
                                "\"s\":{\"client\":2,\"upstream\":3},"
                                "\"l\":[{\"n\":1},{\"n\":2,\"s\":{\"client\":9}},{}]}",
                                0, NULL);
    assert_non_null(object);
    assert_int_equal(brink_value_count(object, "n", NULL), 7);
    assert_int_equal(brink_value_count(object, "m", NULL), 0);
    assert_int_equal(brink_value_count(object, "x", NULL), 0);
    assert_int_equal(brink_value_count(object, "s", "upstream"), 3);
    assert_int_equal(brink_value_count(object, "s", "other"), 0);
    assert_int_equal(brink_value_count(object, "n", "client"), 0);
    assert_true(brink_value_number(object, "r", NULL) == 1.5);
    assert_true(brink_value_number(object, "n", NULL) == 7);
    assert_string_equal(brink_value_text(object, "t"), "x");
    assert_null(brink_value_text(object, "n"));
    assert_true(brink_value_has(object, "n"));
    assert_false(brink_value_has(object, "q"));
    assert_int_equal(brink_value_sum(object, "l", "n", NULL), 3);
    assert_int_equal(brink_value_sum(object, "l", "s", "client"), 9);
    assert_int_equal(brink_value_sum(object, "q", "n", NULL), 0);
    assert_int_equal(brink_value_count(NULL, "n", NULL), 0);
    json_decref(object);
    object = json_loads("{\"t\":true,\"f\":false}", 0, NULL);
    assert_int_equal(brink_value_count(object, "t", NULL), 1);
    assert_int_equal(brink_value_count(object, "f", NULL), 0);
    json_decref(object);
}

static void times_are_short(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{-1, "0s"},      {0, "0s"},       {0.01, "0s"},    {0.5, "0.5s"},
                 {4.25, "4.2s"},  {59.9, "59s"},   {60, "1m00s"},   {185, "3m05s"},
                 {3600, "1h00m"}, {7620, "2h07m"}, {86400, "1d0h"}, {1047600, "12d3h"}};
    char text[BRINK_VALUE_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(brink_value_duration(cases[i].seconds, text), cases[i].text);
}

static void what_is_quick_is_finer(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "-"},          {0.0000004, "0us"}, {0.00075, "750us"}, {0.00102, "1.0ms"},
                 {0.0042, "4.2ms"}, {0.012, "12ms"},    {0.9994, "999ms"},  {1.25, "1.2s"}};
    char text[BRINK_VALUE_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(brink_value_time(cases[i].seconds, text), cases[i].text);
}

static void so_are_numbers(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {{0, "0"},         {1, "1"},          {12.34, "12.3"},  {99.94, "99.9"},
                 {99.96, "100"},   {150.5, "150"},    {9999, "9999"},   {9999.6, "10.0k"},
                 {12345, "12.3k"}, {999999, "1000k"}, {1.5e7, "15.0M"}, {2e10, "20.0G"},
                 {3e13, "30.0T"},  {3e17, "300000T"}};
    char text[BRINK_VALUE_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(brink_value_short(cases[i].number, text), cases[i].text);
    assert_string_equal(brink_value_size(1536 * 1024, text), "1.5 MiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_nothing),
        cmocka_unit_test(times_are_short),
        cmocka_unit_test(what_is_quick_is_finer),
        cmocka_unit_test(so_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
