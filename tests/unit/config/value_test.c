/* Each kind of value, what is refused, and the way back to text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "config/units.h"
#include "config/value.h"

static struct brink_message why;

static void switches(void **state)
{
    (void)state;
    bool value = false;
    assert_false(brink_failed(brink_config_value_bool("yes", &value, &why)) || !value);
    assert_false(brink_failed(brink_config_value_bool("off", &value, &why)) || value);
    assert_false(brink_failed(brink_config_value_bool("true", &value, &why)) || !value);
    assert_int_equal(brink_config_value_bool("maybe", &value, &why).err, EINVAL);
    assert_true(value);
}

static void percentages(void **state)
{
    (void)state;
    uint32_t percent = 7;
    assert_false(brink_failed(brink_config_value_percent("100%", &percent, &why)));
    assert_int_equal(percent, 100);
    static const char *const wrong[] = {"", "%", "50", "101%", "-1%", "5 %", "100000000%"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(brink_config_value_percent(wrong[i], &percent, &why).err, EINVAL);
    assert_int_equal(percent, 100);
}

static void rates(void **state)
{
    (void)state;
    uint64_t rate = 7;
    assert_false(brink_failed(brink_config_value_rate("1000/s", false, &rate, &why)));
    assert_int_equal(rate, 1000);
    assert_false(brink_failed(brink_config_value_rate("10MiB/s", true, &rate, &why)));
    assert_int_equal(rate, 10 << 20);
    assert_false(brink_failed(brink_config_value_rate("0", true, &rate, &why)));
    assert_int_equal(rate, 0);
    static const char *const wrong[] = {
        "", "/s", "1000", "1000/m", "1KiB/s", "x/s", "99999999999999999999/s"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(brink_config_value_rate(wrong[i], false, &rate, &why).err, EINVAL);
}

static void choices_are_listed(void **state)
{
    (void)state;
    static const char *const names[] = {"keep", "boundary", "now", NULL};
    uint32_t choice = 7;
    assert_false(brink_failed(brink_config_value_choice("now", names, &choice, &why)));
    assert_int_equal(choice, 2);
    assert_int_equal(brink_config_value_choice("later", names, &choice, &why).err, EINVAL);
    assert_string_equal(why.text, "\"later\": write keep, boundary or now");
}

static void bytes(void **state)
{
    (void)state;
    struct brink_config_memory memory = {0};
    struct brink_bytes bytes = {NULL, 0};
    assert_false(brink_failed(brink_config_value_bytes("hex:00 fF7a", &memory, &bytes, &why)));
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "\x00\xff\x7a", 3);
    assert_false(brink_failed(brink_config_value_bytes("text:ping", &memory, &bytes, &why)));
    assert_int_equal(bytes.size, 4);
    assert_memory_equal(bytes.data, "ping", 4);
    static const char *const wrong[] = {"",        "00",     "hex:",  "hex:0",
                                        "hex:0 0", "hex:xy", "text:", "hex:00x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(brink_config_value_bytes(wrong[i], &memory, &bytes, &why).err, EINVAL);
    brink_config_memory_free(&memory);
}

static void texts(void **state)
{
    (void)state;
    assert_false(brink_failed(brink_config_value_check_target("a:1", &why)));
    assert_true(brink_failed(brink_config_value_check_target("a:0", &why)));
    assert_false(brink_failed(brink_config_value_check_listen("a:0", &why)));
    assert_false(brink_failed(brink_config_value_check_dns("a.b:5", &why)));
    assert_true(brink_failed(brink_config_value_check_dns("10.0.0.1:5", &why)));
    assert_true(brink_failed(brink_config_value_check_dns("unix:/x", &why)));
    assert_false(brink_failed(brink_config_value_check_srv("_a._tcp.b", &why)));
    assert_true(brink_failed(brink_config_value_check_srv("a._tcp.b", &why)));
    assert_true(brink_failed(brink_config_value_check_srv("_a._tcp", &why)));
    assert_false(brink_failed(brink_config_value_check_resolver("10.0.0.53:53", &why)));
    assert_false(brink_failed(brink_config_value_check_resolver("[::1]:53", &why)));
    static const char *const no_resolvers[] = {
        "ns.example.org:53",         ":53", "*:53", "unix:/x", "10.0.0.53",
        "10.0.0.53:53,10.0.0.54:53", ""};
    for (size_t i = 0; i < sizeof no_resolvers / sizeof no_resolvers[0]; i++)
        assert_true(brink_failed(brink_config_value_check_resolver(no_resolvers[i], &why)));
    static const char *const good[] = {"10.0.0.0/8", "::/0",    "2001:db8::/32",
                                       "::1",        "1.2.3.4", "unix"};
    static const char *const wrong[] = {"",    "10.0.0.0/33", "::/129", "10.0.0/8",
                                        "a/8", "1.2.3.4/",    "unix/1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_false(brink_failed(brink_config_value_check_prefix(good[i], &why)));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_true(brink_failed(brink_config_value_check_prefix(wrong[i], &why)));
}

static void numbers_are_written_as_they_are_read(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {
        0, 1, 1023, 1024, 1536, 1 << 20, (1 << 20) + 1, UINT64_MAX, 1ULL << 40};
    static const uint32_t times[] = {0, 1, 999, 1000, 1500, 60000, 90000, 3600000, 1 << 30};
    char text[BRINK_CONFIG_NUMBER_TEXT];
    uint64_t size = 0;
    uint32_t ms = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_false(brink_failed(
            brink_units_parse_size(brink_config_value_write_size(sizes[i], text), &size, &why)));
        assert_true(size == sizes[i]);
        (void)brink_config_value_write_rate(sizes[i], true, text);
        assert_false(brink_failed(brink_config_value_rate(text, true, &size, &why)));
        assert_true(size == sizes[i]);
        (void)brink_config_value_write_rate(sizes[i], false, text);
        assert_false(brink_failed(brink_config_value_rate(text, false, &size, &why)));
        assert_true(size == sizes[i]);
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_false(brink_failed(brink_units_parse_duration(
            brink_config_value_write_duration(times[i], text), &ms, &why)));
        assert_int_equal(ms, times[i]);
    }
    assert_string_equal(brink_config_value_write_duration(90000, text), "90s");
    assert_string_equal(brink_config_value_write_size(65536, text), "64KiB");
}

static void only_what_is_near_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"workers", "dispatch"};
    assert_string_equal(brink_config_value_nearest("workrs", names, 2, sizeof names[0]), "workers");
    assert_null(brink_config_value_nearest("xyzzy", names, 2, sizeof names[0]));
    assert_null(brink_config_value_nearest("x", names, 0, sizeof names[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(switches),
        cmocka_unit_test(percentages),
        cmocka_unit_test(rates),
        cmocka_unit_test(choices_are_listed),
        cmocka_unit_test(bytes),
        cmocka_unit_test(texts),
        cmocka_unit_test(numbers_are_written_as_they_are_read),
        cmocka_unit_test(only_what_is_near_is_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
