/* Layouts in words and figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/frame/layout_text.h"

static struct brink_layout fixed(uint8_t size, enum brink_endian endian, uint32_t offset)
{
    return (struct brink_layout){.kind = BRINK_LENGTH_FIXED,
                                 .endian = endian,
                                 .offset = offset,
                                 .size = size,
                                 .mask = UINT64_MAX,
                                 .unit = 1,
                                 .pad = 1,
                                 .max = BRINK_FRAME_MAX_DEFAULT};
}

static struct brink_layout of_kind(enum brink_length_kind kind, uint8_t size, char delimiter)
{
    struct brink_layout layout = fixed(size, BRINK_LITTLE_ENDIAN, 0);
    layout.kind = kind;
    layout.delimiter = delimiter;
    return layout;
}

static void short_is(struct brink_layout layout, const char *expected)
{
    char text[BRINK_LAYOUT_TEXT_SIZE];
    assert_string_equal(brink_layout_text_short(&layout, text), expected);
}

static void test_short(void **state)
{
    (void)state;
    short_is(fixed(4, BRINK_LITTLE_ENDIAN, 0), "u32le");
    short_is(fixed(2, BRINK_BIG_ENDIAN, 4), "u16be at 4");
    short_is(fixed(1, BRINK_LITTLE_ENDIAN, 1), "u8 at 1");
    short_is(of_kind(BRINK_LENGTH_LEB128, 5, 0), "leb128");
    short_is(of_kind(BRINK_LENGTH_MQTT, 4, 0), "mqtt");
    short_is(of_kind(BRINK_LENGTH_HEX, 4, 0), "hex(4)");
    short_is(of_kind(BRINK_LENGTH_DECIMAL, 9, ':'), "decimal to ':'");
    short_is(of_kind(BRINK_LENGTH_DECIMAL, 9, '\n'), "decimal to 0x0a");
    short_is(of_kind(BRINK_LENGTH_NONE, 0, 0), "raw");
}

static void length_is(struct brink_layout layout, const char *expected)
{
    char text[BRINK_LAYOUT_TEXT_SIZE];
    assert_string_equal(brink_layout_text_length(&layout, text), expected);
}

static void test_length(void **state)
{
    (void)state;
    length_is(fixed(2, BRINK_BIG_ENDIAN, 4), "2 bytes, big-endian, at offset 4");
    length_is(fixed(1, BRINK_BIG_ENDIAN, 0), "1 byte, at offset 0");
    length_is(of_kind(BRINK_LENGTH_LEB128, 5, 0),
              "varint of 1 to 5 bytes, 7 bits in each, lowest first, at offset 0");
    length_is(of_kind(BRINK_LENGTH_HEX, 4, 0), "4 hex digits, at offset 0");
    length_is(of_kind(BRINK_LENGTH_DECIMAL, 9, ' '),
              "up to 9 decimal digits, ended by ' ', at offset 0");
}

static void formula_is(struct brink_layout layout, const char *expected)
{
    char text[BRINK_LAYOUT_TEXT_SIZE];
    assert_string_equal(brink_layout_text_formula(&layout, text), expected);
}

static void test_formula(void **state)
{
    (void)state;
    struct brink_layout layout = fixed(2, BRINK_BIG_ENDIAN, 4);
    formula_is(layout, "value + 6 bytes, header included");
    layout.adjust = -6; /* the value counts the header */
    formula_is(layout, "value bytes, header included");
    layout.adjust = -10;
    formula_is(layout, "value - 4 bytes, header included");
    layout.adjust = 0;
    layout.unit = 4;
    layout.mask = 0x7fff;
    layout.pad = 8;
    formula_is(layout,
               "(value & 0x7fff) * 4 + 6 bytes, header included, padded to a multiple of 8");
    layout = of_kind(BRINK_LENGTH_LEB128, 5, 0);
    formula_is(layout, "value + header bytes, header included");
    layout.header_only = 4;
    layout.adjust = -1;
    formula_is(layout, "value + header - 1 bytes, header included; the header alone if value < 4");
}

static void test_smallest_and_largest(void **state)
{
    (void)state;
    struct brink_layout layout = fixed(2, BRINK_BIG_ENDIAN, 4);
    assert_true(brink_layout_text_smallest(&layout) == 6);
    assert_true(brink_layout_text_largest(&layout) == 65535 + 6);
    layout.max = 260;
    layout.min = 8;
    assert_true(brink_layout_text_smallest(&layout) == 8);
    assert_true(brink_layout_text_largest(&layout) == 260);
    layout = fixed(4, BRINK_LITTLE_ENDIAN, 0);
    assert_true(brink_layout_text_largest(&layout) == BRINK_FRAME_MAX_DEFAULT);
    layout = fixed(2, BRINK_BIG_ENDIAN, 0);
    layout.adjust = 10; /* ten bytes that the value leaves out are always there */
    assert_true(brink_layout_text_smallest(&layout) == 12);
    layout.adjust = -2; /* a value of 0 cannot be: the header alone is the least */
    assert_true(brink_layout_text_smallest(&layout) == 2);
}

static void test_figures_of_wide_fields_do_not_wrap(void **state)
{
    (void)state;
    struct brink_layout layout = fixed(8, BRINK_BIG_ENDIAN, 0);
    layout.max = UINT64_MAX;
    layout.unit = UINT32_MAX;
    assert_true(brink_layout_text_largest(&layout) == UINT64_MAX);
    layout = of_kind(BRINK_LENGTH_DECIMAL, 20, 0);
    layout.max = 1000;
    assert_true(brink_layout_text_largest(&layout) == 1000);
    layout = of_kind(BRINK_LENGTH_DECIMAL, 2, 0);
    assert_true(brink_layout_text_largest(&layout) == 99 + 2);
}

static void test_padding(void **state)
{
    (void)state;
    struct brink_layout layout = fixed(1, BRINK_BIG_ENDIAN, 0);
    layout.pad = 4;
    layout.max = 103;
    assert_true(brink_layout_text_smallest(&layout) == 4);
    assert_true(brink_layout_text_largest(&layout) == 100);
}

static void test_same(void **state)
{
    (void)state;
    struct brink_direction a = {.frame = fixed(4, BRINK_LITTLE_ENDIAN, 0)};
    struct brink_direction b = a;
    assert_true(brink_layout_text_same(&a, &b));
    b.frame.max--;
    assert_false(brink_layout_text_same(&a, &b));
    b = a;
    b.first.size = 2; /* without has_first it means nothing */
    assert_true(brink_layout_text_same(&a, &b));
    a.has_first = b.has_first = true;
    assert_false(brink_layout_text_same(&a, &b));
    b = a;
    b.preface = 24;
    assert_false(brink_layout_text_same(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_formula),
        cmocka_unit_test(test_smallest_and_largest),
        cmocka_unit_test(test_figures_of_wide_fields_do_not_wrap),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
