#include "base/tlv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_is_put_is_read(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct brink_tlv_writer writer = {.bytes = bytes, .room = sizeof bytes};
    brink_tlv_put_number(&writer, 1, 0);
    brink_tlv_put_number(&writer, 2, 300);
    brink_tlv_put_number(&writer, 0xfffe, UINT64_MAX);
    brink_tlv_put_text(&writer, 4, "abc");
    brink_tlv_put(&writer, 5, NULL, 0);
    assert_false(writer.full);
    const uint64_t numbers[] = {0, 300, UINT64_MAX};
    const uint16_t tags[] = {1, 2, 0xfffe};
    struct brink_tlv_reader reader = {.bytes = bytes, .size = writer.size};
    struct brink_tlv field;
    uint64_t number;
    for (size_t i = 0; i < 3; i++) {
        assert_true(brink_tlv_next(&reader, &field));
        assert_int_equal(field.tag, tags[i]);
        assert_true(brink_tlv_number(&field, &number));
        assert_true(number == numbers[i]);
    }
    char text[4];
    assert_true(brink_tlv_next(&reader, &field));
    assert_false(brink_tlv_text(&field, text, 3));
    assert_true(brink_tlv_text(&field, text, 4));
    assert_string_equal(text, "abc");
    assert_true(brink_tlv_next(&reader, &field));
    assert_int_equal(field.length, 0);
    assert_false(brink_tlv_next(&reader, &field));
    assert_false(reader.bad);
}

static void what_does_not_fit_is_left_out_with_all_that_follows(void **state)
{
    (void)state;
    uint8_t bytes[9];
    struct brink_tlv_writer writer = {.bytes = bytes, .room = 7};
    brink_tlv_put_text(&writer, 1, "abcd");
    assert_true(writer.full);
    assert_int_equal(writer.size, 0);
    brink_tlv_put_text(&writer, 2, "");
    assert_int_equal(writer.size, 0);
    writer = (struct brink_tlv_writer){.bytes = bytes, .room = 8};
    brink_tlv_put_text(&writer, 1, "abcd");
    assert_false(writer.full);
    assert_int_equal(writer.size, 8);
    static const uint8_t large[UINT16_MAX + 1];
    static uint8_t room[2 * sizeof large];
    writer = (struct brink_tlv_writer){.bytes = room, .room = sizeof room};
    brink_tlv_put(&writer, 1, large, sizeof large);
    assert_true(writer.full);
}

static void a_field_that_reaches_beyond_the_end_is_bad(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 0, 2, 0, 'a', 'b'};
    struct brink_tlv field;
    for (size_t size = 1; size < sizeof bytes; size++) {
        struct brink_tlv_reader reader = {.bytes = bytes, .size = size};
        assert_false(brink_tlv_next(&reader, &field));
        assert_true(reader.bad);
        assert_false(brink_tlv_next(&reader, &field));
    }
}

static void a_value_of_another_kind_is_refused(void **state)
{
    (void)state;
    const uint8_t value[9] = {'a', 0, 'b'};
    struct brink_tlv field = {1, 9, value};
    uint64_t number = 7;
    char text[16] = "x";
    assert_false(brink_tlv_number(&field, &number));
    assert_int_equal(number, 7);
    assert_false(brink_tlv_text(&field, text, sizeof text)); /* a NUL in it */
    assert_string_equal(text, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_read),
        cmocka_unit_test(what_does_not_fit_is_left_out_with_all_that_follows),
        cmocka_unit_test(a_field_that_reaches_beyond_the_end_is_bad),
        cmocka_unit_test(a_value_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
