/* Each key of a spec's text sets what it says. */
#include "frames.h"

#include "frame/spec_text.h"

static const struct brink_layout *frame_of(struct brink_spec *spec, const char *text)
{
    *spec = spec_of(text);
    return &spec->request.frame;
}

static void keys_set_their_field(void **state)
{
    (void)state;
    struct brink_spec spec;
    assert_int_equal(frame_of(&spec, "offset=7")->offset, 7);
    assert_int_equal(frame_of(&spec, "size=3")->size, 3);
    assert_int_equal(frame_of(&spec, "endian=big")->endian, BRINK_BIG_ENDIAN);
    assert_int_equal(frame_of(&spec, "adjust=-2")->adjust, -2);
    assert_int_equal(frame_of(&spec, "adjust=+5")->adjust, 5);
    assert_int_equal(frame_of(&spec, "includes=header,offset=2,size=2")->adjust, -4);
    assert_int_equal(frame_of(&spec, "includes=length,offset=2,size=2")->adjust, -2);
    assert_int_equal(frame_of(&spec, "adjust=9,includes=none")->adjust, 0);
    assert_int_equal(frame_of(&spec, "varint,includes=none")->adjust, 0);
    assert_int_equal(frame_of(&spec, "adjust=9223372036854775807")->adjust, INT64_MAX);
    assert_int_equal(frame_of(&spec, "varint=leb128")->kind, BRINK_LENGTH_LEB128);
    assert_int_equal(frame_of(&spec, "varint=mqtt")->size, 4);
    assert_int_equal(frame_of(&spec, "size=3,varint=leb128")->size, 3);
    assert_int_equal(frame_of(&spec, "ascii=hex,size=4")->kind, BRINK_LENGTH_HEX);
    assert_int_equal(frame_of(&spec, "ascii=decimal,delimiter=:")->delimiter, ':');
    assert_int_equal(frame_of(&spec, "ascii=decimal,delimiter=comma")->delimiter, ',');
    assert_int_equal(frame_of(&spec, "mask=0x7fffffff")->mask, 0x7fffffff);
    assert_int_equal(frame_of(&spec, "unit=4")->unit, 4);
    assert_int_equal(frame_of(&spec, "pad=8")->pad, 8);
    assert_int_equal(frame_of(&spec, "header-only=4")->header_only, 4);
    assert_int_equal(frame_of(&spec, "max=64KiB")->max, 65536);
    assert_int_equal(frame_of(&spec, "min=10")->min, 10);
    assert_true(frame_of(&spec, "signed=yes")->has_sign);
    assert_int_equal(spec_of("preface=24").request.preface, 24);
    assert_int_equal(spec_of("first=(u16be),negotiate=8").negotiate, 8);
    assert_true(spec_of("pin=yes").pin);
    assert_false(spec_of("dns,pin=no").pin);
}

static void keys_are_for_both_directions_until_reply(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("size=2,reply=(u8),offset=3");
    assert_int_equal(spec.request.frame.size, 2);
    assert_int_equal(spec.request.frame.offset, 3);
    assert_int_equal(spec.reply.frame.size, 1);
    assert_int_equal(spec.reply.frame.offset, 0);
    spec = spec_of("first=(offset=4,size=2)");
    assert_int_equal(spec.reply.first.offset, 4);
    spec = spec_of("reply=(u8,first=(u16be)),first=(u32le)");
    assert_int_equal(spec.reply.first.size, 2);
    assert_int_equal(spec.request.first.size, 4);
    spec = spec_of("reply=(u8),includes=length,preface=3");
    assert_int_equal(spec.request.frame.adjust, -4);
    assert_int_equal(spec.reply.frame.adjust, 0);
    assert_int_equal(spec.request.preface, 3);
    assert_int_equal(spec.reply.preface, 0);
    spec = spec_of("postgres,max=1MiB");
    assert_int_equal(spec.request.frame.max, 1024 * 1024);
    assert_int_equal(spec.reply.frame.max, 1024 * 1024);
    assert_true(spec.request.has_first);
    assert_false(spec.reply.has_first);
}

static void sizes_have_units(void **state)
{
    (void)state;
    uint64_t value;
    assert_true(brink_spec_read_size("17", &value) && value == 17);
    assert_true(brink_spec_read_size("17B", &value) && value == 17);
    assert_true(brink_spec_read_size("0x10", &value) && value == 16);
    assert_true(brink_spec_read_size("2MiB", &value) && value == 2 * 1024 * 1024);
    assert_true(brink_spec_read_size("18446744073709551615", &value) && value == UINT64_MAX);
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "x",
                                        "1kb",
                                        "1KiBx",
                                        "18446744073709551616",
                                        "18014398509481984KiB"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(brink_spec_read_size(wrong[i], &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_set_their_field),
        cmocka_unit_test(keys_are_for_both_directions_until_reply),
        cmocka_unit_test(sizes_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
