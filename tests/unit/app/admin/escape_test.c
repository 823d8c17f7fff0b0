/* Any byte comes out as something that a reader of JSON or of metrics takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "app/admin/escape.h"
#include "unit/app/written.h"

typedef void escape(FILE *out, const char *text);

static void assert_becomes(escape *write, const char *text, const char *expected)
{
    struct written written;
    write(written_begin(&written), text);
    char *got = written_end(&written);
    assert_string_equal(got, expected);
    free(got);
}

static void json_strings(void **state)
{
    (void)state;
    assert_becomes(brink_admin_escape_json, "plain", "\"plain\"");
    assert_becomes(brink_admin_escape_json, "", "\"\"");
    assert_becomes(brink_admin_escape_json, NULL, "null");
    assert_becomes(brink_admin_escape_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
    assert_becomes(brink_admin_escape_json, "\n\t\x01\x1f", "\"\\u000a\\u0009\\u0001\\u001f\"");
    assert_becomes(brink_admin_escape_json, "</script>\x7f", "\"</script>\x7f\"");
}

static void labels_and_help(void **state)
{
    (void)state;
    assert_becomes(brink_admin_escape_label, "a\"b\\c\nd\te", "\"a\\\"b\\\\c\\nd\te\"");
    assert_becomes(brink_admin_escape_help, "a\"b\\c\nd", "a\"b\\\\c\\nd");
}

static void characters_of_utf_8_stay(void **state)
{
    (void)state;
    static const char *const good[] = {"\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",     "\xee\x80\x80",     "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "na\xc3\xafve"};
    char expected[32];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(expected, sizeof expected, "\"%s\"", good[i]);
        assert_becomes(brink_admin_escape_json, good[i], expected);
        assert_becomes(brink_admin_escape_label, good[i], expected);
    }
}

#define BAD "\xef\xbf\xbd"

static void bytes_that_are_none_are_replaced(void **state)
{
    (void)state;
    assert_becomes(brink_admin_escape_help, "\x80", BAD);
    assert_becomes(brink_admin_escape_help, "\xff!", BAD "!");
    assert_becomes(brink_admin_escape_help, "\xc0\xaf", BAD BAD);         /* "/", too long */
    assert_becomes(brink_admin_escape_help, "\xe0\x9f\xbf", BAD BAD BAD); /* too long */
    assert_becomes(brink_admin_escape_help, "\xed\xa0\x80", BAD BAD BAD); /* a surrogate */
    assert_becomes(brink_admin_escape_help, "\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
    assert_becomes(brink_admin_escape_help, "\xf4\x90\x80\x80", BAD BAD BAD BAD);
    assert_becomes(brink_admin_escape_help, "\xf5\x80\x80\x80", BAD BAD BAD BAD);
    assert_becomes(brink_admin_escape_help, "\xe2\x82", BAD BAD); /* cut by the end */
    assert_becomes(brink_admin_escape_help, "\xe2\x82x", BAD BAD "x");
    assert_becomes(brink_admin_escape_help, "\xf0\x90\x80", BAD BAD BAD);
}

/* True if the text is UTF-8, told in another way than the code under test does. */
static bool is_utf_8(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        unsigned value = *at;
        int more = value < 0x80 ? 0 : value < 0xe0 ? 1 : value < 0xf0 ? 2 : 3;
        if (value >= 0x80 && value < 0xc0)
            return false;
        value &= more == 0 ? 0x7fU : 0x3fU >> more;
        at++;
        for (int i = 0; i < more; i++, at++) {
            if ((*at & 0xc0) != 0x80)
                return false;
            value = value << 6 | (*at & 0x3fU);
        }
        static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
        if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
            return false;
    }
    return true;
}

/* Each pair of bytes behind each kind of first byte. */
static void whatever_comes_utf_8_leaves(void **state)
{
    (void)state;
    static const char firsts[] = "x\xc3\xe0\xe2\xed\xf0\xf1\xf4\xff";
    for (unsigned pair = 0x0101; pair < 0x10000; pair++) {
        struct written written;
        char text[] = {firsts[pair % 9], (char)(pair >> 8), (char)pair, (char)0x85, '\0'};
        brink_admin_escape_json(written_begin(&written), text);
        char *got = written_end(&written);
        if (!is_utf_8(got))
            fail_msg("%#x", pair);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings),
        cmocka_unit_test(labels_and_help),
        cmocka_unit_test(characters_of_utf_8_stay),
        cmocka_unit_test(bytes_that_are_none_are_replaced),
        cmocka_unit_test(whatever_comes_utf_8_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
