/* Which specs are refused, with the words that say why. */
#include "frames.h"

#include <errno.h>

static void refused(const struct brink_spec *spec, const char *words)
{
    struct brink_message why = {""};
    assert_int_equal(brink_spec_check(spec, &why).err, EINVAL);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    assert_int_equal(brink_spec_check(spec, NULL).err, EINVAL);
}

static void the_default_is_four_bytes_little_endian(void **state)
{
    (void)state;
    struct brink_spec spec;
    brink_spec_default(&spec);
    assert_int_equal(brink_spec_check(&spec, NULL).err, 0);
    assert_int_equal(spec.request.frame.size, 4);
    assert_int_equal(spec.request.frame.endian, BRINK_LITTLE_ENDIAN);
    assert_int_equal(spec.request.frame.max, BRINK_FRAME_MAX_DEFAULT);
    assert_false(brink_spec_raw(&spec));
}

static void what_cannot_work_is_refused(void **state)
{
    (void)state;
    struct brink_spec good = spec_of("u32le");
    struct brink_spec spec = good;
    spec.request.frame.size = 9;
    refused(&spec, "size is 9");
    spec.request.frame.size = 0;
    refused(&spec, "size is 0");
    spec = good;
    spec.request.frame.offset = BRINK_OFFSET_MAX + 1;
    refused(&spec, "offset");
    spec = good;
    spec.request.frame.unit = 0;
    refused(&spec, "unit");
    spec = good;
    spec.reply.frame.pad = 0;
    refused(&spec, "pad");
    spec = good;
    spec.request.frame.mask = 0;
    refused(&spec, "mask");
    spec = good;
    spec.request.frame.max = 3;
    refused(&spec, "max is 3");
    spec = good;
    spec.request.frame.min = 100;
    spec.request.frame.max = 99;
    refused(&spec, "smallest frame has 100");
    spec = good;
    spec.request.frame.delimiter = ' ';
    refused(&spec, "delimiter");
    spec = good;
    spec.request.preface = BRINK_OFFSET_MAX + 1;
    refused(&spec, "preface");
    spec = good;
    spec.negotiate = 8;
    refused(&spec, "negotiate");
    spec = good;
    spec.request.has_first = true;
    spec.request.first.kind = BRINK_LENGTH_NONE;
    refused(&spec, "preface=N");
    spec = good;
    spec.request.frame.kind = BRINK_LENGTH_LEB128;
    spec.request.frame.size = 11;
    refused(&spec, "1 to 10 bytes");
    spec.request.frame.size = 5;
    spec.request.frame.mask = 1;
    refused(&spec, "mask");
    spec.request.frame.mask = UINT64_MAX;
    spec.request.frame.has_sign = true;
    refused(&spec, "signed");
    spec = good;
    spec.request.frame.kind = (enum brink_length_kind)(BRINK_LENGTH_HEX + 1);
    refused(&spec, "unknown");
    spec = good;
    spec.reply.frame.endian = (enum brink_endian)(BRINK_BIG_ENDIAN + 1);
    refused(&spec, "unknown");
    spec = good;
    memset(spec.name, 'x', sizeof spec.name);
    refused(&spec, "name");
}

static void digits_have_limits_and_delimiters_of_their_own(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("ascii=decimal,delimiter=space");
    spec.request.frame.delimiter = '7';
    refused(&spec, "digit");
    spec.request.frame.delimiter = ')';
    refused(&spec, "parenthesis");
    spec.request.frame.delimiter = '(';
    refused(&spec, "parenthesis");
    spec.request.frame.delimiter = ' ';
    spec.request.frame.size = 21;
    refused(&spec, "1 to 20 digits");
    spec = spec_of("ascii=hex,delimiter=space");
    spec.request.frame.delimiter = 'f';
    refused(&spec, "digit");
    spec.request.frame.delimiter = 'F';
    refused(&spec, "digit");
}

static void raw_means_both_ways(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("raw");
    assert_true(brink_spec_raw(&spec));
    spec = spec_of("u8,reply=(raw)");
    assert_false(brink_spec_raw(&spec));
    spec = spec_of("raw,reply=(u8)");
    assert_false(brink_spec_raw(&spec));
    spec = spec_of("raw,reply=(raw,first=(u8))");
    assert_false(brink_spec_raw(&spec));
    spec = spec_of("proxy2");
    assert_false(brink_spec_raw(&spec));
}

static void errors_have_names(void **state)
{
    (void)state;
    for (int i = 0; i <= BRINK_FRAME_NOT_A_DIGIT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(brink_frame_error_name((enum brink_frame_error)i),
                                    brink_frame_error_name((enum brink_frame_error)j));
    assert_string_equal(brink_frame_error_name((enum brink_frame_error)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_four_bytes_little_endian),
        cmocka_unit_test(what_cannot_work_is_refused),
        cmocka_unit_test(digits_have_limits_and_delimiters_of_their_own),
        cmocka_unit_test(raw_means_both_ways),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
