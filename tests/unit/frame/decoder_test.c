/* The decoder, step by step: each kind of length, each way to be bad, and every way of splitting.
 */
#include "frames.h"

static struct brink_decoded step(struct brink_decoder *decoder, const struct brink_spec *spec,
                                 const void *data, size_t length)
{
    return brink_decoder_next(decoder, &spec->request, data, length);
}

static void each_step_tells_how_far_it_came(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16be");
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    assert_true(brink_decoder_at_boundary(&decoder));
    struct brink_decoded d = step(&decoder, &spec, "\0", 1);
    assert_int_equal(d.event, BRINK_DECODE_HEADER);
    assert_int_equal(d.used, 1);
    assert_true(brink_decoder_in_header(&decoder));
    d = step(&decoder, &spec, "\3a", 2);
    assert_int_equal(d.event, BRINK_DECODE_BODY);
    assert_int_equal(d.used, 2);
    assert_int_equal(d.value, 3);
    assert_int_equal(d.frame, 5);
    assert_int_equal(d.header, 2);
    assert_int_equal(brink_decoder_missing(&decoder), 2);
    assert_false(brink_decoder_in_header(&decoder));
    d = step(&decoder, &spec, "bc\0\1", 4);
    assert_int_equal(d.event, BRINK_DECODE_FRAME);
    assert_int_equal(d.used, 2);
    assert_int_equal(d.frame, 0); /* the header came in another call */
    assert_true(brink_decoder_at_boundary(&decoder));
    d = step(&decoder, &spec, "\0\0", 2);
    assert_int_equal(d.event, BRINK_DECODE_FRAME);
    assert_int_equal(d.used, 2);
    assert_int_equal(d.frame, 2);
}

struct expectation {
    const char *spec;
    const char *hex;
    size_t sizes[4];
    enum brink_frame_error error;
    bool unfinished;
};

static const struct expectation expectations[] = {
    {"u8", "03616263 00 0161", {4, 1, 2}, BRINK_FRAME_OK, false},
    {"u24le", "020000 6162 000000", {5, 3}, BRINK_FRAME_OK, false},
    {"u48be", "000000000001 61", {7}, BRINK_FRAME_OK, false},
    {"u64le", "0100000000000000 61", {9}, BRINK_FRAME_OK, false},
    {"u64le", "ffffffffffffffff 61", {0}, BRINK_FRAME_TOO_LARGE, true},
    {"u64be,adjust=-8", "fffffffffffffff8", {0}, BRINK_FRAME_TOO_LARGE, true},
    {"u32le,max=8", "04000000 61626364 05000000", {8}, BRINK_FRAME_TOO_LARGE, true},
    {"u16be,includes=length", "0004 6162 0002 0001", {4, 2}, BRINK_FRAME_TOO_SMALL, true},
    {"offset=2,size=2,endian=big,includes=header", "4142 0006 6162", {6}, BRINK_FRAME_OK, false},
    {"u16be,min=4", "0002 6162 0001 61", {4}, BRINK_FRAME_TOO_SMALL, true},
    {"u16be,unit=4", "0001 61626364 0000", {6, 2}, BRINK_FRAME_OK, false},
    {"u16be,pad=4", "0003 616263 000000 0002 6162", {8, 4}, BRINK_FRAME_OK, false},
    {"u32be,mask=0x7fffffff", "80000001 61 00000001 62", {5, 5}, BRINK_FRAME_OK, false},
    {"u32be,signed=yes", "00000001 61 80000001", {5}, BRINK_FRAME_TOO_SMALL, true},
    {"u8,unit=3,adjust=1", "02 61626364656667", {8}, BRINK_FRAME_OK, false},
    {"varint", "00 0161 8001", {1, 2}, BRINK_FRAME_OK, true},
    {"varint", "8000", {0}, BRINK_FRAME_OVERLONG, true},
    {"varint", "808080808001", {0}, BRINK_FRAME_OVERLONG, true},
    {"varint=leb128,size=10,max=0xffffffffffffffff",
     "ffffffffffffffffff 02",
     {0},
     BRINK_FRAME_OVERLONG,
     true},
    {"varint=leb128,size=10", "ffffffffffffffffff 01", {0}, BRINK_FRAME_TOO_LARGE, true},
    {"varint=mqtt,offset=1", "c000 3001 61", {2, 3}, BRINK_FRAME_OK, false},
    {"ascii=decimal,delimiter=space", "3220 6162 3020", {4, 2}, BRINK_FRAME_OK, false},
    {"ascii=decimal,delimiter=space", "20", {0}, BRINK_FRAME_NOT_A_DIGIT, true},
    {"ascii=decimal,delimiter=space", "61", {0}, BRINK_FRAME_NOT_A_DIGIT, true},
    {"ascii=decimal,delimiter=space,size=2", "313131", {0}, BRINK_FRAME_NOT_A_DIGIT, true},
    {"ascii=decimal,size=20",
     "3939393939393939393939393939393939393939",
     {0},
     BRINK_FRAME_TOO_LARGE,
     true},
    {"ascii=hex,size=2", "3061 61626364656667686970 3030", {12, 2}, BRINK_FRAME_OK, false},
    {"ascii=hex,size=2", "3041 61626364656667686970", {12}, BRINK_FRAME_OK, false},
    {"ascii=decimal,size=1", "61", {0}, BRINK_FRAME_NOT_A_DIGIT, true},
    {"u8,header-only=2", "00 01 02 6162", {1, 1, 3}, BRINK_FRAME_OK, false},
    {"u8,first=(u16be)", "0001 61 01 62", {3, 2}, BRINK_FRAME_OK, false},
    {"u8,preface=3", "707070 01 61", {2}, BRINK_FRAME_OK, false},
    {"u8,preface=3", "7070", {0}, BRINK_FRAME_OK, true},
    {"u32le", "010000", {0}, BRINK_FRAME_OK, true},
    {"u32le", "02000000 61", {0}, BRINK_FRAME_OK, true},
};

static void frames_are_as_the_formula_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const struct expectation *expected = &expectations[i];
        uint8_t bytes[64];
        size_t length = from_hex(expected->hex, bytes, sizeof bytes);
        struct brink_spec spec = spec_of(expected->spec);
        struct frames frames = decode(&spec.request, bytes, length);
        size_t wanted = 0;
        while (wanted < 4 && expected->sizes[wanted] != 0)
            wanted++;
        if (frames.count != wanted || frames.error != expected->error ||
            frames.unfinished != expected->unfinished)
            fail_msg("%s %s: %zu frames, error %d, unfinished %d", expected->spec, expected->hex,
                     frames.count, (int)frames.error, frames.unfinished);
        for (size_t j = 0; j < wanted; j++)
            assert_int_equal(frames.sizes[j], expected->sizes[j]);
        assert_split_invariant(&spec.request, bytes, length);
    }
}

static void what_is_bad_stays_bad(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le,max=10");
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    struct brink_decoded d = step(&decoder, &spec, "\xff\0\0\0abc", 7);
    assert_int_equal(d.event, BRINK_DECODE_BAD);
    assert_int_equal(d.error, BRINK_FRAME_TOO_LARGE);
    assert_int_equal(d.used, 4);
    assert_int_equal(d.value, 255);
    assert_int_equal(d.frame, 259);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(step(&decoder, &spec, "\1\0\0\0a", 5).event, BRINK_DECODE_BAD);
        assert_false(brink_decoder_at_boundary(&decoder));
        assert_false(brink_decoder_in_header(&decoder));
        assert_int_equal(brink_decoder_missing(&decoder), 0);
    }
}

static void raw_is_always_at_a_boundary(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("raw");
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.request);
    struct brink_decoded d = step(&decoder, &spec, "\xff\xff\xff\xff\xff", 5);
    assert_int_equal(d.event, BRINK_DECODE_RAW);
    assert_int_equal(d.used, 5);
    assert_true(brink_decoder_at_boundary(&decoder));
}

static void an_announced_byte_and_what_follows_it(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("postgres");
    struct brink_decoder decoder;
    brink_decoder_init(&decoder, &spec.reply);
    brink_decoder_expect_raw(&decoder, 1);
    struct brink_decoded d = brink_decoder_next(&decoder, &spec.reply, (const uint8_t *)"S\x16", 2);
    assert_int_equal(d.event, BRINK_DECODE_RAW);
    assert_int_equal(d.used, 1);
    brink_decoder_switch(&decoder, 'S');
    d = brink_decoder_next(&decoder, &spec.reply, (const uint8_t *)"\x16\3\3\0\1x", 6);
    assert_int_equal(d.event, BRINK_DECODE_FRAME);
    assert_int_equal(d.frame, 6);
    brink_decoder_init(&decoder, &spec.request);
    assert_true(step(&decoder, &spec, "\0\0\0\4", 4).first);
    assert_false(step(&decoder, &spec, "Q\0\0\0\4", 5).first);
    brink_decoder_expect_first(&decoder);
    assert_true(step(&decoder, &spec, "\0\0\0\4", 4).first);
}

/* Skips from a decoder's start; tells how many bytes were passed over. */
static size_t skipped_of(const char *spec_text, const char *hex, uint64_t *frames)
{
    struct brink_spec spec = spec_of(spec_text);
    struct brink_decoder decoder;
    uint8_t bytes[64];
    size_t length = from_hex(hex, bytes, sizeof bytes);
    *frames = 0;
    brink_decoder_init(&decoder, &spec.request);
    return brink_decoder_skip(&decoder, &spec.request, bytes, length, frames);
}

static void whole_frames_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *hex;
        size_t bytes;
        uint64_t frames;
    } cases[] = {
        {"u32le", "00000000 01000000aa 02000000bbbb 00000000 00000000", 19, 4},
        {"u32le", "00000000 05000000 aabbccdd", 4, 1},       /* one does not end here */
        {"u32le", "00000000 ffffffff aabbccdd ee", 4, 1},    /* one is too large */
        {"u32le", "00000000 0000", 0, 0},                    /* too few bytes for a glance */
        {"u16be", "0001aa 0003bbbbbb 0000 0000 0000", 8, 2}, /* the last eight are too few */
        {"u64be", "0000000000000000 0000000000000002 cccc", 18, 2},
        {"u24be,adjust=1", "000000 11 000001 22 33 000000 44 0000", 9, 2},
        {"kafka", "00000000 ffffffff 00000000 00", 4, 1}, /* one is negative */
        {"u8,mask=0x0f", "f1aa e0 e2bbcc 00 00 00 00 00 00 00 00", 7, 4},
        {"varint=leb128", "01aa 02bbbb 00 00 00 00 00 00 00", 0, 0}, /* no fixed field */
        {"u32le,includes=length", "04000000 06000000aaaa 03000000 00000000", 10,
         2},                                                     /* less than itself */
        {"u16be,min=4", "0002aaaa 0001aa 0000 0000 0000", 4, 1}, /* below min */
        {"u8,max=3", "02aaaa 03aaaaaa 00 00 00 00 00 00", 3, 1}, /* above max */
        {"u8,unit=2", "01aaaa 00 02bbbbbbbb 00 00 00 00 00 00 00 00 00", 11, 5},
        {"u8,pad=4", "00aaaaaa 03bbbbbb 00000000 00000000 00", 12, 3},
        {"u8,adjust=5,max=5", "00aaaaaaaaaa 00 00 00 00 00 00", 0, 0}, /* none can be */
        {"u32le,adjust=-4294967296", "00000000 00000000 00000000", 0, 0},
        {"u32le,adjust=4294967296", "00000000 00000000 00000000", 0, 0},
        {"u64le,max=9223372036854775807", "0000000000000000 0000000000000000", 16, 2},
        {"raw", "00000000 00000000 00000000", 0, 0},
        {"preface=4,size=4", "00000000 00000000 00000000", 0, 0},
        {"postgres", "00000008 04d2162f 00000000 00000000", 0, 0}, /* the first is another */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t frames;
        size_t bytes = skipped_of(cases[i].spec, cases[i].hex, &frames);
        if (bytes != cases[i].bytes || frames != cases[i].frames)
            fail_msg("%s %s: %zu bytes, %u frames", cases[i].spec, cases[i].hex, bytes,
                     (unsigned)frames);
    }
}

static void nothing_is_skipped_within_a_frame(void **state)
{
    (void)state;
    static const uint8_t zeros[16] = {0};
    struct brink_spec spec = spec_of("u32le");
    struct brink_decoder decoder;
    uint64_t frames = 0;
    brink_decoder_init(&decoder, &spec.request);
    (void)brink_decoder_next(&decoder, &spec.request, (const uint8_t *)"\7", 1);
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, zeros, 16, &frames), 0);
    (void)brink_decoder_next(&decoder, &spec.request, zeros, 3);
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, zeros, 16, &frames), 0);
    (void)brink_decoder_next(&decoder, &spec.request, zeros, 7);
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, zeros, 16, &frames), 12);
    brink_decoder_expect_raw(&decoder, 1);
    assert_int_equal(brink_decoder_skip(&decoder, &spec.request, zeros, 16, &frames), 0);
    assert_int_equal(frames, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_tells_how_far_it_came),
        cmocka_unit_test(frames_are_as_the_formula_says),
        cmocka_unit_test(what_is_bad_stays_bad),
        cmocka_unit_test(raw_is_always_at_a_boundary),
        cmocka_unit_test(an_announced_byte_and_what_follows_it),
        cmocka_unit_test(whole_frames_are_skipped),
        cmocka_unit_test(nothing_is_skipped_within_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
