/* The pairs that a log line gets of a header that was refused. */
#include "frames.h"

static struct brink_decoded refuse(const struct brink_spec *spec, const uint8_t *bytes,
                                   size_t length)
{
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec->request);
    return brink_decoder_next(&decoder, &spec->request, bytes, length);
}

static void it_has_the_bytes_the_value_and_the_limit(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le,max=1000");
    const uint8_t bytes[] = {0xff, 0x0f, 0, 0, 1, 2};
    struct brink_decoded bad = refuse(&spec, bytes, sizeof bytes);
    char text[512];
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_non_null(strstr(text, "header=ff0f00000102 value=4095 limit=1000 "
                                 "spec=\"u32le,max=1000\" likely=\""));
}

static void it_never_runs_over(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    uint8_t bytes[100];
    memset(bytes, 0xff, sizeof bytes);
    struct brink_decoded bad = refuse(&spec, bytes, sizeof bytes);
    for (size_t size = 0; size < 300; size++) {
        char text[301];
        memset(text, '#', sizeof text);
        brink_frame_explain_error(&spec, &spec.request, &bad, bytes, size % 101, text, size);
        assert_int_equal(text[size], '#');
        if (size > 0)
            assert_non_null(memchr(text, '\0', size));
    }
}

static void a_name_cannot_break_the_line(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    memcpy(spec.name, "a\"b\nc\\d\x7f", 9);
    uint8_t bytes[4] = {255, 255, 255, 255};
    struct brink_decoded bad = refuse(&spec, bytes, sizeof bytes);
    char text[512];
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_null(strchr(text, '\n'));
    assert_non_null(strstr(text, "spec=\"a?b?c?d?\""));
}

static void a_name_without_an_end_is_cut(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    memset(spec.name, 'x', sizeof spec.name);
    uint8_t bytes[4] = {255, 255, 255, 255};
    struct brink_decoded bad = refuse(&spec, bytes, sizeof bytes);
    char text[512];
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_non_null(strstr(text, "spec=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" "));
}

static void the_first_frame_has_its_own_limit(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le,max=1000,first=(u32le,max=77)");
    const uint8_t bytes[] = {0xff, 0x0f, 0, 0};
    char text[512];
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    struct brink_decoded bad = brink_decoder_next(&decoder, &spec.request, bytes, sizeof bytes);
    assert_int_equal(bad.error, BRINK_FRAME_TOO_LARGE);
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_non_null(strstr(text, " limit=77 "));
    const uint8_t empty_first[] = {0, 0, 0, 0, 0xff, 0x0f, 0, 0};
    brink_decoder_init(&decoder, &spec.request);
    (void)brink_decoder_next(&decoder, &spec.request, empty_first, sizeof empty_first);
    bad = brink_decoder_next(&decoder, &spec.request, empty_first + 4, 4);
    assert_int_equal(bad.error, BRINK_FRAME_TOO_LARGE);
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_non_null(strstr(text, " limit=1000 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_bytes_the_value_and_the_limit),
        cmocka_unit_test(it_never_runs_over),
        cmocka_unit_test(a_name_cannot_break_the_line),
        cmocka_unit_test(a_name_without_an_end_is_cut),
        cmocka_unit_test(the_first_frame_has_its_own_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
