/* The frames that ping and demo send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "app/request.h"

static struct brink_spec spec_of(const char *text)
{
    struct brink_spec spec;
    struct brink_message why;
    assert_false(brink_failed(brink_spec_parse(&spec, text, 0, &why)));
    return spec;
}

/* The decoder finds one frame in it, to its last byte. */
static void assert_one_frame(const struct brink_direction *direction, const uint8_t *bytes,
                             size_t length)
{
    struct brink_decoder decoder;
    struct brink_decoded decoded;
    brink_decoder_init(&decoder, direction);
    do {
        assert_true(length > 0);
        decoded = brink_decoder_next(&decoder, direction, bytes, length);
        bytes += decoded.used;
        length -= decoded.used;
    } while (decoded.event == BRINK_DECODE_RAW);
    assert_int_equal(decoded.event, BRINK_DECODE_FRAME);
    assert_int_equal(length, 0);
}

static void test_frames_are_what_the_spec_says(void **state)
{
    (void)state;
    static const char *const specs[] = {"u8", "u16be", "u32le", "u64be", "offset=3,size=2"};
    static const size_t payloads[] = {0, 1, 7, 8, 9, 200};
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        struct brink_spec spec = spec_of(specs[i]);
        for (size_t j = 0; j < sizeof payloads / sizeof payloads[0]; j++) {
            uint8_t bytes[512];
            size_t length = 0;
            assert_true(brink_request_room(&spec.request, payloads[j]) <= sizeof bytes);
            assert_false(brink_failed(
                brink_request_fill(&spec.request, true, payloads[j], 1, bytes, &length)));
            assert_one_frame(&spec.request, bytes, length);
        }
    }
}

static void test_opening_has_what_comes_first(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    spec.request.preface = 24;
    uint8_t bytes[128];
    size_t opening = 0;
    size_t later = 0;
    assert_false(brink_failed(brink_request_fill(&spec.request, true, 10, 1, bytes, &opening)));
    assert_one_frame(&spec.request, bytes, opening);
    assert_false(brink_failed(brink_request_fill(&spec.request, false, 10, 1, bytes, &later)));
    assert_int_equal(opening, later + 24);
    spec.request.preface = 0;
    spec.request.has_first = true;
    spec.request.first = spec.request.frame;
    spec.request.first.size = 2;
    assert_false(brink_failed(brink_request_fill(&spec.request, true, 10, 1, bytes, &opening)));
    assert_int_equal(opening, later - 2);
    assert_one_frame(&spec.request, bytes, opening);
}

static void test_contents_depend_on_the_seed_alone(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("raw");
    uint8_t first[100];
    uint8_t again[100];
    uint8_t other[100];
    size_t length;
    assert_false(brink_failed(brink_request_fill(&spec.request, true, 100, 7, first, &length)));
    assert_int_equal(length, 100);
    assert_false(brink_failed(brink_request_fill(&spec.request, false, 100, 7, again, &length)));
    assert_false(brink_failed(brink_request_fill(&spec.request, false, 100, 8, other, &length)));
    assert_memory_equal(first, again, 100);
    assert_memory_not_equal(first, other, 100);
}

static void test_what_no_frame_can_hold_fails(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u8");
    uint8_t bytes[512];
    size_t length;
    assert_int_equal(brink_request_fill(&spec.request, true, 256, 1, bytes, &length).err, EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_are_what_the_spec_says),
        cmocka_unit_test(test_opening_has_what_comes_first),
        cmocka_unit_test(test_contents_depend_on_the_seed_alone),
        cmocka_unit_test(test_what_no_frame_can_hold_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
