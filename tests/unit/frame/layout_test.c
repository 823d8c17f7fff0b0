/* The arithmetic of a frame's length, at its edges. */
#include "frames.h"

#include "frame/layout.h"

static struct brink_layout layout_with(uint64_t unit, int64_t adjust, uint64_t pad, uint64_t max)
{
    struct brink_layout layout = spec_of("u64be").request.frame;
    layout.unit = unit;
    layout.adjust = adjust;
    layout.pad = pad;
    layout.max = max;
    return layout;
}

static void expect(const struct brink_layout *layout, uint64_t value, enum brink_frame_error error,
                   uint64_t frame)
{
    uint64_t measured;
    assert_int_equal(brink_layout_measure(layout, value, false, 8, &measured), error);
    if (error == BRINK_FRAME_OK)
        assert_int_equal(measured, frame);
}

static void nothing_overflows(void **state)
{
    (void)state;
    struct brink_layout layout = layout_with(1, 0, 1, UINT64_MAX);
    expect(&layout, UINT64_MAX, BRINK_FRAME_TOO_LARGE, 0);
    expect(&layout, UINT64_MAX - 8, BRINK_FRAME_OK, UINT64_MAX);
    expect(&layout, UINT64_MAX - 7, BRINK_FRAME_TOO_LARGE, 0);
    layout = layout_with(2, 0, 1, UINT64_MAX);
    expect(&layout, UINT64_C(1) << 63, BRINK_FRAME_TOO_LARGE, 0);
    layout = layout_with(1, INT64_MAX, 1, UINT64_MAX);
    expect(&layout, UINT64_C(1) << 63, BRINK_FRAME_TOO_LARGE, 0);
    layout = layout_with(1, 0, 1u << 31, UINT64_MAX);
    expect(&layout, UINT64_MAX - 8, BRINK_FRAME_TOO_LARGE, 0);
    layout = layout_with(1, INT64_MIN, 1, UINT64_MAX);
    expect(&layout, UINT64_C(1) << 63, BRINK_FRAME_OK, 8);
    expect(&layout, 5, BRINK_FRAME_TOO_SMALL, 0);
    layout = layout_with(1, -128, 1, UINT64_MAX); /* the sum fits, though a part of it does not */
    expect(&layout, UINT64_MAX, BRINK_FRAME_OK, UINT64_MAX - 120);
    layout = layout_with(1, -4, 1, UINT64_MAX);
    expect(&layout, 0, BRINK_FRAME_TOO_SMALL, 0);
}

static void less_than_the_header_is_too_small(void **state)
{
    (void)state;
    struct brink_layout layout = layout_with(1, -8, 1, 1000);
    expect(&layout, 8, BRINK_FRAME_OK, 8);
    expect(&layout, 7, BRINK_FRAME_TOO_SMALL, 0);
    expect(&layout, 1000, BRINK_FRAME_OK, 1000);
    expect(&layout, 1001, BRINK_FRAME_TOO_LARGE, 0);
}

static void a_negative_is_corrupt_or_a_header_alone(void **state)
{
    (void)state;
    struct brink_layout layout = layout_with(1, 0, 1, 1000);
    uint64_t frame;
    assert_int_equal(brink_layout_measure(&layout, 5, true, 8, &frame), BRINK_FRAME_TOO_SMALL);
    layout.header_only = 1;
    assert_int_equal(brink_layout_measure(&layout, 5, true, 8, &frame), BRINK_FRAME_OK);
    assert_int_equal(frame, 8);
}

static void headers_have_a_smallest_and_a_largest_size(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        uint32_t min, max;
    } cases[] = {
        {"u32le", 4, 4},   {"offset=3,size=2", 5, 5},  {"varint", 1, 5},     {"mqtt", 2, 5},
        {"syslog", 2, 11}, {"ascii=hex,size=4", 4, 4}, {"netstring", 2, 10}, {"raw", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct brink_spec spec = spec_of(cases[i].spec);
        assert_int_equal(brink_layout_header_min(&spec.request.frame), cases[i].min);
        assert_int_equal(brink_layout_header_max(&spec.request.frame), cases[i].max);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_overflows),
        cmocka_unit_test(less_than_the_header_is_too_small),
        cmocka_unit_test(a_negative_is_corrupt_or_a_header_alone),
        cmocka_unit_test(headers_have_a_smallest_and_a_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
