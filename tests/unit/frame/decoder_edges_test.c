/* Edges of the decoder: the largest number in digits, and bytes announced within a header. */
#include "frames.h"

static struct brink_decoded first_step(const char *text, const char *bytes)
{
    struct brink_spec spec = spec_of(text);
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    return brink_decoder_next(&decoder, &spec.request, (const uint8_t *)bytes, strlen(bytes));
}

static void digits_count_up_to_64_bits_and_no_further(void **state)
{
    (void)state;
    const char *text = "ascii=decimal,size=20,adjust=-100,max=18446744073709551615";
    struct brink_decoded d = first_step(text, "18446744073709551615");
    assert_int_equal(d.event, BRINK_DECODE_BODY);
    assert_true(d.value == UINT64_MAX);
    d = first_step(text, "18446744073709551616"); /* the last digit is what is too much */
    assert_int_equal(d.event, BRINK_DECODE_BAD);
    assert_int_equal(d.error, BRINK_FRAME_TOO_LARGE);
    d = first_step(text, "18446744073709551620"); /* here it is the one before */
    assert_int_equal(d.event, BRINK_DECODE_BAD);
    assert_int_equal(d.error, BRINK_FRAME_TOO_LARGE);
}

static void letters_beyond_f_are_no_digits(void **state)
{
    (void)state;
    struct brink_decoded d = first_step("ascii=hex,size=4", "00fF");
    assert_int_equal(d.event, BRINK_DECODE_BODY);
    assert_true(d.value == 0xff);
    static const char *const wrong[] = {"00g0", "00G0", "00`0", "00:0", "00/0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        d = first_step("ascii=hex,size=4", wrong[i]);
        assert_int_equal(d.event, BRINK_DECODE_BAD);
        assert_int_equal(d.error, BRINK_FRAME_NOT_A_DIGIT);
    }
}

static void announced_bytes_do_not_cut_a_header_in_two(void **state)
{
    (void)state;
    const uint8_t bytes[] = {3, 0, 0, 0, 'a', 'b', 'c', '!', 1, 0, 0, 0, 'd'};
    struct brink_spec spec = spec_of("u32le");
    const struct brink_direction *direction = &spec.request;
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, direction);
    struct brink_decoded d = brink_decoder_next(&decoder, direction, bytes, 2);
    assert_int_equal(d.event, BRINK_DECODE_HEADER);
    brink_decoder_expect_raw(&decoder, 1);
    d = brink_decoder_next(&decoder, direction, bytes + 2, sizeof bytes - 2);
    assert_int_equal(d.event, BRINK_DECODE_FRAME);
    assert_int_equal(d.used, 5);
    d = brink_decoder_next(&decoder, direction, bytes + 7, sizeof bytes - 7);
    assert_int_equal(d.event, BRINK_DECODE_RAW);
    assert_int_equal(d.used, 1);
    d = brink_decoder_next(&decoder, direction, bytes + 8, sizeof bytes - 8);
    assert_int_equal(d.event, BRINK_DECODE_FRAME);
    assert_int_equal(d.used, 5);
}

static void what_the_owner_keeps_is_left_alone(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("postgres");
    const uint8_t bytes[] = {0, 0, 0, 9, 0, 3, 0, 0, 0, 'Q', 0, 0, 0, 5, 'x', 'Q', 0, 0, 0, 1};
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    assert_int_equal(decoder.owner_word, 0);
    assert_int_equal(decoder.owner_mark, 0);
    decoder.owner_word = UINT32_MAX;
    decoder.owner_mark = 1;
    struct brink_decoded d = {.event = BRINK_DECODE_HEADER};
    for (size_t i = 0; i < sizeof bytes; i++)
        d = brink_decoder_next(&decoder, &spec.request, bytes + i, 1);
    assert_int_equal(d.event, BRINK_DECODE_BAD); /* a length that does not count itself */
    assert_true(decoder.owner_word == UINT32_MAX);
    assert_int_equal(decoder.owner_mark, 1);
}

/* Built by hand: what no spec's text comes to. */
static void what_is_not_plain_is_measured_as_ever(void **state)
{
    (void)state;
    static const uint8_t bytes[24] = {0, 0, 0, 0, 2, 0, 0, 0};
    struct brink_spec spec;
    struct brink_decoder decoder;
    uint64_t frames = 0;
    brink_spec_default(&spec);
    spec.request.frame.header_only = 3; /* 0 and 2 mean a header alone */
    brink_decoder_init(&decoder, &spec.request);
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, bytes, 24, &frames), 20);
    assert_int_equal(frames, 5);
    spec.request.frame.header_only = 0;
    spec.request.frame.min = 50;
    spec.request.frame.max = 40; /* none can be */
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, bytes, 24, &frames), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_plain_is_measured_as_ever),
        cmocka_unit_test(digits_count_up_to_64_bits_and_no_further),
        cmocka_unit_test(letters_beyond_f_are_no_digits),
        cmocka_unit_test(announced_bytes_do_not_cut_a_header_in_two),
        cmocka_unit_test(what_the_owner_keeps_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
