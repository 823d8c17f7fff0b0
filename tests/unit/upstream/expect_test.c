/* Is an answer the one that a check expects? Each is tried in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "upstream/expect.h"

static struct brink_spec spec;
static struct brink_health_options options;
static char why[256];

static void start(const char *text)
{
    struct brink_message message = {""};
    memset(&options, 0, sizeof options);
    if (brink_failed(brink_spec_parse(&spec, text, 0, &message)))
        fail_msg("%s", message.text);
}

static void expect_bytes(const char *bytes, const char *mask, size_t size)
{
    options.expect = (const uint8_t *)bytes;
    options.mask = (const uint8_t *)mask;
    options.expect_size = size;
}

static enum brink_verdict take(const char *bytes, size_t length, size_t piece)
{
    struct brink_expect expect;
    brink_expect_begin(&expect, &spec, &options);
    for (size_t at = 0; at < length; at += piece) {
        size_t some = length - at < piece ? length - at : piece;
        enum brink_verdict verdict = brink_expect_take(&expect, (const uint8_t *)bytes + at, some);
        assert_int_equal(verdict, expect.verdict);
    }
    brink_expect_explain(&expect, why, sizeof why);
    return expect.verdict;
}

/* The verdict, and what is said of it, is the same in any pieces. */
static enum brink_verdict verdict_of(const char *bytes, size_t length)
{
    char said[sizeof why];
    enum brink_verdict verdict = take(bytes, length, length);
    (void)memcpy(said, why, sizeof said);
    for (size_t piece = 1; piece < length; piece++) {
        assert_int_equal(take(bytes, length, piece), verdict);
        assert_string_equal(why, said);
    }
    return verdict;
}

static void any_whole_frame_passes_if_nothing_is_expected(void **state)
{
    (void)state;
    start("u32le");
    assert_int_equal(verdict_of("\2\0\0\0ok", 6), BRINK_VERDICT_PASSED);
    assert_string_equal(why, "");
    assert_int_equal(verdict_of("\0\0\0\0", 4), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("\2\0\0\0okmore behind", 17), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("\2\0\0\0o", 5), BRINK_VERDICT_OPEN);
    assert_string_equal(why, "");
    assert_int_equal(verdict_of("\2\0\0", 3), BRINK_VERDICT_OPEN);
}

static void it_passes_as_far_as_is_expected(void **state)
{
    (void)state;
    start("u32le");
    expect_bytes("\3\0\0\0ok", NULL, 6);
    assert_int_equal(verdict_of("\3\0\0\0okx", 7), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("\3\0\0\0ok", 6), BRINK_VERDICT_OPEN); /* not whole yet */
    assert_int_equal(verdict_of("\3\0\0\0oh!", 7), BRINK_VERDICT_DIFFERS);
    assert_string_equal(why, "reply differs at byte 5: 0x68, expected 0x6b");
    assert_int_equal(verdict_of("\3\0\0\0x", 5), BRINK_VERDICT_DIFFERS); /* known before its end */
}

static void only_the_bits_of_the_mask_count(void **state)
{
    (void)state;
    start("u8");
    expect_bytes("\2\x80\x01", "\xff\x0f\x0f", 3);
    assert_int_equal(verdict_of("\2\xf0\x41", 3), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("\2\xf0\x42", 3), BRINK_VERDICT_DIFFERS);
    assert_string_equal(why, "reply differs at byte 2: 0x42, expected 0x01 under mask 0x0f");
}

static void an_answer_that_is_too_short_fails(void **state)
{
    (void)state;
    start("u8");
    expect_bytes("\2ok", NULL, 3);
    assert_int_equal(verdict_of("\2ok", 3), BRINK_VERDICT_PASSED);
    expect_bytes("\2oklong", "\0\xff\xff\xff\xff\xff\xff", 7);
    assert_int_equal(verdict_of("\2ok", 3), BRINK_VERDICT_SHORT);
    assert_string_equal(why, "reply has only 3 bytes, expected 7");
    assert_int_equal(verdict_of("\2oklong", 7), BRINK_VERDICT_SHORT); /* the next frame is not it */
}

static void a_header_that_is_none_is_told_before_any_difference(void **state)
{
    (void)state;
    start("u32le");
    expect_bytes("\2\0\0\0", NULL, 4);
    assert_int_equal(verdict_of("HTTP/1.1 400", 12), BRINK_VERDICT_NOT_FRAME);
    assert_string_equal(
        why, "reply is not a frame: too-large, begins with 48545450: this looks like HTTP");
    assert_int_equal(verdict_of("HTT", 3), BRINK_VERDICT_OPEN);
    spec.reply.has_first = true; /* of which another length is too much */
    spec.reply.first = spec.reply.frame;
    spec.reply.first.max = 8;
    assert_int_equal(verdict_of("\0\1\0\0", 4), BRINK_VERDICT_NOT_FRAME);
    assert_string_equal(why, "reply is not a frame: too-large, begins with 00010000: the frame is "
                             "larger than the limit (--max-frame), or the spec is another one");
}

static void a_preface_is_passed_over(void **state)
{
    (void)state;
    start("u8,preface=5");
    expect_bytes("\1x", NULL, 2);
    assert_int_equal(verdict_of("hello\1x", 7), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("hello\1y", 7), BRINK_VERDICT_DIFFERS);
    assert_string_equal(why, "reply differs at byte 1: 0x79, expected 0x78");
    assert_int_equal(verdict_of("hell", 4), BRINK_VERDICT_OPEN);
}

static void raw_bytes_are_compared_as_they_come(void **state)
{
    (void)state;
    start("raw");
    assert_int_equal(verdict_of("x", 1), BRINK_VERDICT_PASSED);
    expect_bytes("+PONG", NULL, 5);
    assert_int_equal(verdict_of("+PON", 4), BRINK_VERDICT_OPEN);
    assert_int_equal(verdict_of("+PONG\r\n", 7), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("-ERR", 4), BRINK_VERDICT_DIFFERS);
}

static void a_negotiation_is_answered_by_one_byte(void **state)
{
    (void)state;
    static const uint8_t ssl_request[8] = {0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f};
    start("postgres");
    options.send = ssl_request;
    options.send_size = sizeof ssl_request;
    assert_int_equal(verdict_of("N", 1), BRINK_VERDICT_PASSED);
    expect_bytes("S", NULL, 1);
    assert_int_equal(verdict_of("S\x16\x03\x03", 4), BRINK_VERDICT_PASSED);
    assert_int_equal(verdict_of("N", 1), BRINK_VERDICT_DIFFERS);
    expect_bytes("SS", NULL, 2);
    assert_int_equal(verdict_of("SS", 2), BRINK_VERDICT_SHORT);
    spec.reply = (struct brink_direction){.preface = 0}; /* if what follows is raw, too */
    assert_int_equal(verdict_of("SS", 2), BRINK_VERDICT_SHORT);
    start("postgres");
    options.send = ssl_request;
    options.send_size = 9; /* any other frame is answered by one */
    expect_bytes("R", NULL, 1);
    assert_int_equal(verdict_of("R\0\0\0\x8\0\0\0\0", 9), BRINK_VERDICT_PASSED);
}

static void what_is_said_is_cut_to_its_room(void **state)
{
    (void)state;
    struct brink_expect expect;
    char small[8];
    char none = 'x';
    start("u32le");
    brink_expect_begin(&expect, &spec, &options);
    brink_expect_explain(&expect, &none, 0);
    assert_int_equal(none, 'x');
    (void)brink_expect_take(&expect, (const uint8_t *)"\xff\xff\xff\xff", 4);
    brink_expect_explain(&expect, small, sizeof small);
    assert_string_equal(small, "reply i");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_whole_frame_passes_if_nothing_is_expected),
        cmocka_unit_test(it_passes_as_far_as_is_expected),
        cmocka_unit_test(only_the_bits_of_the_mask_count),
        cmocka_unit_test(an_answer_that_is_too_short_fails),
        cmocka_unit_test(a_header_that_is_none_is_told_before_any_difference),
        cmocka_unit_test(a_preface_is_passed_over),
        cmocka_unit_test(raw_bytes_are_compared_as_they_come),
        cmocka_unit_test(a_negotiation_is_answered_by_one_byte),
        cmocka_unit_test(what_is_said_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
