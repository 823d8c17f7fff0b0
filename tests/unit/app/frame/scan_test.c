/* Frames found in bytes, whatever way these come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/frame/scan.h"
#include "unit/app/printed.h"

static struct brink_spec spec_of(const char *text)
{
    struct brink_spec spec;
    struct brink_message why;
    assert_false(brink_failed(brink_spec_parse(&spec, text, 0, &why)));
    return spec;
}

static const uint8_t three_frames[] = {2, 0, 'h', 'i', 0, 0, 5, 0, 'h', 'e', 'l', 'l', 'o'};

/* Scans all of it, `step` bytes at a time. */
static brink_result scan_all(struct brink_scan *scan, const uint8_t *data, size_t length,
                             size_t step, struct brink_message *why)
{
    for (size_t at = 0; at < length; at += step) {
        size_t left = length - at;
        brink_result result = brink_scan_feed(scan, data + at, left < step ? left : step, why);
        if (brink_failed(result))
            return result;
    }
    return brink_scan_end(scan, why);
}

static void test_rows_and_summary(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    for (size_t step = 1; step <= sizeof three_frames; step++) {
        struct printed printed;
        struct brink_scan scan;
        struct brink_message why;
        FILE *out = printed_begin(&printed);
        brink_scan_init(&scan, &spec, &spec.request, out);
        assert_false(brink_failed(scan_all(&scan, three_frames, sizeof three_frames, step, &why)));
        brink_scan_print_summary(&scan, out);
        assert_string_equal(
            printed_end(&printed),
            "      OFFSET  HEADER         SIZE  FIRST BYTES\n"
            "           0       2            4  02 00 68 69                          ..hi\n"
            "           4       2            2  00 00                                ..\n"
            "           6       2            7  05 00 68 65 6c 6c 6f                 ..hello\n"
            "3 frames, 13 bytes; smallest 2, largest 7, mean 4 B\n");
        printed_free(&printed);
    }
}

static void test_end_within_a_frame(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    struct brink_scan scan;
    struct brink_message why;
    brink_scan_init(&scan, &spec, &spec.request, NULL);
    assert_int_equal(scan_all(&scan, three_frames, 10, 3, &why).err, EPROTO);
    assert_string_equal(why.text,
                        "the bytes end within a frame: at offset 6 there are 4 of 7 bytes");
    assert_true(scan.frames == 2);
}

static void test_end_within_a_header(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    struct brink_scan scan;
    struct brink_message why;
    brink_scan_init(&scan, &spec, &spec.request, NULL);
    assert_int_equal(scan_all(&scan, three_frames, 5, 5, &why).err, EPROTO);
    assert_has(why.text, "within a header: the frame at offset 4 has 1 bytes so far");
}

static void test_nothing_is_no_error(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    struct brink_scan scan;
    struct brink_message why;
    struct printed printed;
    brink_scan_init(&scan, &spec, &spec.request, NULL);
    assert_false(brink_failed(brink_scan_end(&scan, &why)));
    brink_scan_print_summary(&scan, printed_begin(&printed));
    assert_string_equal(printed_end(&printed), "0 frames, 0 bytes\n");
    printed_free(&printed);
}

static void test_bad_frame_is_told_with_its_place(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le,max=100");
    static const uint8_t bytes[] = {1, 0, 'x', 0xff, 0xff, 'y', 'z'};
    for (size_t step = 1; step <= sizeof bytes; step++) {
        struct brink_scan scan;
        struct brink_message why;
        brink_scan_init(&scan, &spec, &spec.request, NULL);
        assert_int_equal(scan_all(&scan, bytes, sizeof bytes, step, &why).err, EPROTO);
        assert_has(why.text, "at offset 3 is no frame: too-large header=ffff");
        assert_true(scan.frames == 1);
    }
}

static void test_preface_is_a_row_of_its_own(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    struct brink_scan scan;
    struct brink_message why;
    struct printed printed;
    static const uint8_t bytes[] = {'P', 'R', 'I', 1, 0, 'x'};
    spec.request.preface = 3;
    brink_scan_init(&scan, &spec, &spec.request, printed_begin(&printed));
    assert_false(brink_failed(scan_all(&scan, bytes, sizeof bytes, sizeof bytes, &why)));
    assert_has(printed_end(&printed), "           0     raw            3  50 52 49 ");
    assert_true(scan.raw == 3);
    assert_true(scan.frames == 1);
    printed_free(&printed);
}

static void test_refused_encryption_is_followed_by_a_first_frame(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16le");
    struct brink_scan scan;
    struct brink_message why;
    spec.request.has_first = true;
    spec.request.first = spec_of("u8").request.frame;
    spec.negotiate = 3;
    static const uint8_t bytes[] = {2, 'S', 'S', 4, 'd', 'a', 't', 'a', 1, 0, 'q'};
    brink_scan_init(&scan, &spec, &spec.request, NULL);
    assert_false(brink_failed(scan_all(&scan, bytes, sizeof bytes, 4, &why)));
    assert_true(scan.frames == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_summary),
        cmocka_unit_test(test_end_within_a_frame),
        cmocka_unit_test(test_end_within_a_header),
        cmocka_unit_test(test_nothing_is_no_error),
        cmocka_unit_test(test_bad_frame_is_told_with_its_place),
        cmocka_unit_test(test_preface_is_a_row_of_its_own),
        cmocka_unit_test(test_refused_encryption_is_followed_by_a_first_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
