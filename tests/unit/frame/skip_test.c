/* Frames that are passed over at a glance, with their sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame/skip.h"

enum { ROOM = 4096 };

static uint8_t bytes[ROOM];
static size_t filled;

static void put(uint8_t payload)
{
    memset(bytes + filled, 0, 4U + payload);
    bytes[filled] = payload;
    filled += 4U + payload;
}

static void each_frame_passed_over_is_counted_by_size(void **state)
{
    (void)state;
    struct brink_spec spec;
    struct brink_decoder decoder;
    struct brink_size_tally sizes;
    struct brink_histogram histogram = {{0}, 0};
    uint64_t frames = 0;
    memset(&sizes, 0, sizeof sizes);
    brink_spec_default(&spec);
    brink_decoder_init(&decoder, &spec.request);
    filled = 0;
    put(12);  /* 16 bytes */
    put(13);  /* 17 */
    put(60);  /* 64 */
    put(200); /* 204 */
    size_t whole = filled;
    put(100); /* which is not all there */
    size_t skipped =
        brink_decoder_skip_sizes(&decoder, &spec.request, bytes, whole + 50, &frames, &sizes);
    assert_int_equal(skipped, whole);
    assert_int_equal(frames, 4);
    brink_size_tally_read(&sizes, &histogram);
    assert_int_equal(histogram.counts[0], 1);
    assert_int_equal(histogram.counts[1], 2);
    assert_int_equal(histogram.counts[2], 1);
    assert_int_equal(histogram.sum, whole);
}

static void it_passes_over_the_same_without(void **state)
{
    (void)state;
    struct brink_spec spec;
    struct brink_decoder decoder;
    struct brink_size_tally sizes;
    memset(&sizes, 0, sizeof sizes);
    brink_spec_default(&spec);
    brink_decoder_init(&decoder, &spec.request);
    filled = 0;
    for (uint8_t payload = 0; payload < 40; payload++)
        put(payload);
    for (size_t length = 0; length <= filled; length++) {
        uint64_t frames = 0;
        uint64_t sized = 0;
        size_t skipped = brink_decoder_skip(&decoder, &spec.request, bytes, length, &frames);
        assert_int_equal(skipped, brink_decoder_skip_sizes(&decoder, &spec.request, bytes, length,
                                                           &sized, &sizes));
        assert_int_equal(frames, sized);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_passed_over_is_counted_by_size),
        cmocka_unit_test(it_passes_over_the_same_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
