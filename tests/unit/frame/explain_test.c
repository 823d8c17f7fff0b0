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
    memcpy(spec.name, "a\"b\nc\\", 7);
    uint8_t bytes[4] = {255, 255, 255, 255};
    struct brink_decoded bad = refuse(&spec, bytes, sizeof bytes);
    char text[512];
    brink_frame_explain_error(&spec, &spec.request, &bad, bytes, sizeof bytes, text, sizeof text);
    assert_null(strchr(text, '\n'));
    assert_non_null(strstr(text, "spec=\"a?b?c?\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_bytes_the_value_and_the_limit),
        cmocka_unit_test(it_never_runs_over),
        cmocka_unit_test(a_name_cannot_break_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
