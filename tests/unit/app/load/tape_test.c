/* The frames that are made beforehand, read back by the decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "app/load/tape.h"
#include "unit/app/printed.h"

static brink_result make(struct brink_load_tape *tape, const char *spec, const char *sizes_text,
                         uint32_t frames, bool distinct, struct brink_message *why)
{
    struct brink_spec parsed;
    struct brink_load_sizes sizes;
    assert_false(brink_failed(brink_spec_parse(&parsed, spec, 0, why)));
    assert_false(brink_failed(brink_load_sizes_parse(sizes_text, &sizes, why)));
    return brink_load_tape_make(tape, &parsed.request, &sizes, frames, distinct, why);
}

static void made(struct brink_load_tape *tape, const char *spec, const char *sizes, uint32_t frames,
                 bool distinct)
{
    struct brink_message why = {""};
    brink_result result = make(tape, spec, sizes, frames, distinct, &why);
    if (brink_failed(result))
        fail_msg("%s", why.text);
}

/* Each frame is one, and they follow each other. */
static void check(const struct brink_load_tape *tape, const char *spec_text)
{
    struct brink_spec spec;
    struct brink_decoder decoder;
    struct brink_message why;
    assert_false(brink_failed(brink_spec_parse(&spec, spec_text, 0, &why)));
    brink_decoder_init(&decoder, &spec.request);
    if (tape->opening_differs) {
        for (size_t at = 0; at < tape->opening_size;)
            at += brink_decoder_next(&decoder, &spec.request, tape->opening + at,
                                     tape->opening_size - at)
                      .used;
        assert_true(brink_decoder_at_boundary(&decoder));
    }
    for (uint32_t i = 0; i < tape->count; i++) {
        size_t size = brink_load_tape_size(tape, i);
        struct brink_decoded decoded =
            brink_decoder_next(&decoder, &spec.request, tape->bytes + tape->offsets[i], size);
        assert_int_equal(decoded.event, BRINK_DECODE_FRAME);
        assert_true(decoded.used == size);
    }
}

static void test_one_size(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    made(&tape, "u32le", "64", 16, false);
    assert_int_equal(tape.count, 16);
    assert_true(tape.uniform);
    assert_false(tape.opening_differs);
    assert_true(tape.opening_size == 68);
    check(&tape, "u32le");
    for (uint32_t i = 1; i < tape.count; i++)
        assert_memory_equal(tape.bytes, tape.bytes + tape.offsets[i], 68);
    brink_load_tape_free(&tape);
}

static void test_distinct_frames(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    made(&tape, "u16be", "64", 1000, true);
    assert_false(tape.uniform);
    check(&tape, "u16be");
    for (uint32_t i = 0; i < tape.count; i++)
        for (uint32_t k = 0; k < i; k++)
            assert_memory_not_equal(tape.bytes + tape.offsets[i], tape.bytes + tape.offsets[k], 66);
    brink_load_tape_free(&tape);
}

static void test_shares_are_exact_and_mixed(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    uint32_t large = 0;
    uint32_t changes = 0;
    made(&tape, "u32le", "10:9,1000:1", 1000, false);
    check(&tape, "u32le");
    for (uint32_t i = 0; i < tape.count; i++) {
        large += brink_load_tape_size(&tape, i) == 1004;
        changes += i > 0 && brink_load_tape_size(&tape, i) != brink_load_tape_size(&tape, i - 1);
    }
    assert_int_equal(large, 100);
    assert_true(changes > 100); /* some 180 */
    brink_load_tape_free(&tape);
}

static void test_large_frames_are_fewer(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    made(&tape, "u32le", "4MiB", 1000, true);
    assert_int_equal(tape.count, 3);
    brink_load_tape_free(&tape);
    made(&tape, "u32le,max=64MiB", "32MiB", 1000, true);
    assert_int_equal(tape.count, 1);
    brink_load_tape_free(&tape);
    made(&tape, "u32le", "0", 0, false);
    assert_int_equal(tape.count, 1);
    brink_load_tape_free(&tape);
}

/* Asked for few frames, or with room for few: none of the sizes is left out for that. */
static void test_each_size_is_there(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    struct brink_message why;
    made(&tape, "u32le,max=128MiB", "64:90,16MiB:10", 1000, false);
    assert_int_equal(tape.count, 10);
    assert_true(tape.offsets[10] == 9 * 68 + (16 << 20) + 4);
    brink_load_tape_free(&tape);
    made(&tape, "u32le", "64:9999,100", 4096, false);
    assert_int_equal(tape.count, 10000);
    assert_true(tape.offsets[10000] == 9999 * 68 + 104);
    brink_load_tape_free(&tape);
    made(&tape, "u32le", "1:3,2:2,3:3", 1, false);
    assert_int_equal(tape.count, 5);
    check(&tape, "u32le");
    brink_load_tape_free(&tape);
    assert_int_equal(make(&tape, "u32le,max=1GiB", "64:999,512MiB", 1, false, &why).err, EINVAL);
    assert_has(why.text, "the smallest share needs 1000 frames made beforehand, of ");
    assert_has(why.text, "make the sizes smaller, or the weights more alike");
    assert_null(tape.bytes);
}

static void test_openings(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    made(&tape, "postgres", "100..200", 10, false);
    assert_true(tape.opening_differs);
    check(&tape, "postgres");
    brink_load_tape_free(&tape);
    made(&tape, "raw", "100", 10, false);
    assert_true(tape.opening_size == 100);
    assert_true(brink_load_tape_size(&tape, 9) == 100);
    brink_load_tape_free(&tape);
}

static void test_sizes_that_no_frame_has(void **state)
{
    (void)state;
    struct brink_load_tape tape;
    struct brink_message why;
    assert_int_equal(make(&tape, "u8", "1..256", 1000, false, &why).err, EINVAL);
    assert_has(why.text, "there is no frame with a payload of 256 bytes");
    assert_null(tape.bytes);
    assert_int_equal(make(&tape, "u8", "1..300", 1, false, &why).err, EINVAL);
    assert_has(why.text, "payload of 300 bytes"); /* though one of 150 is all there would be */
    assert_int_equal(make(&tape, "raw", "0", 1, false, &why).err, EINVAL);
    assert_has(why.text, "payload of 0 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_size),
        cmocka_unit_test(test_distinct_frames),
        cmocka_unit_test(test_shares_are_exact_and_mixed),
        cmocka_unit_test(test_large_frames_are_fewer),
        cmocka_unit_test(test_each_size_is_there),
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_sizes_that_no_frame_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
