/* What is guessed of a header that was refused. */
#include "frames.h"

#include "frame/likely.h"

static void expect(const char *text, const char *bytes, size_t length, const char *words)
{
    struct brink_spec spec = spec_of(text);
    struct brink_decoder decoder;
    struct brink_decoded d;
    size_t at = 0;
    brink_decoder_init(&decoder, &spec.request);
    do {
        d = brink_decoder_next(&decoder, &spec.request, (const uint8_t *)bytes + at, length - at);
        at += d.used;
    } while (d.event != BRINK_DECODE_BAD && at < length);
    assert_int_equal(d.event, BRINK_DECODE_BAD);
    const char *likely =
        brink_likely_cause(&spec.request.frame, &d, (const uint8_t *)bytes, length);
    if (strstr(likely, words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", text, likely, words);
    assert_null(strpbrk(likely, "\"\n"));
}

static void other_protocols_are_recognised(void **state)
{
    (void)state;
    expect("u32le", "GET / HTTP/1.1\r\n", 16, "HTTP");
    expect("u32le", "HTTP/1.1 400 Bad", 16, "HTTP");
    expect("u32le", "\x16\3\1\2\0\1\0", 7, "TLS");
    expect("u32le", "SSH-2.0-OpenSSH", 15, "SSH");
    expect("u32le", "PRI * HTTP/2.0\r\n", 16, "HTTP/2");
    expect("u32le", "PROXY TCP4 1.2.3", 16, "PROXY");
    expect("u32le", "\r\n\r\n\0\r\nQUIT\n", 12, "PROXY");
    expect("u32le", "PATC", 4, "HTTP"); /* no more of it has come */
    expect("u32le", "hello, is anybody there?", 24, "text");
    expect("u32le", "lines\r\n\tand tabs", 16, "text");
}

static void what_is_only_like_tls_is_not_taken_for_it(void **state)
{
    (void)state;
    expect("u32le", "\x16\3\5\x7f", 4, "--max-frame");
    expect("u32le", "\x16\4\1\x7f", 4, "--max-frame");
}

static void wrong_numbers_are_explained(void **state)
{
    (void)state;
    expect("u32le", "\0\0\3\xe8\0\0\0\0", 8, "big-endian");
    expect("u32be,max=1MiB", "\xe8\3\0\0\0\0\0\0", 8, "little-endian");
    expect("u32be,includes=length", "\0\0\0\3\0\0\0", 7, "includes=none");
    expect("u32le,max=4096", "\x01\x20\x01\0\0\0\0\0", 8, "--max-frame");
    expect("varint", "\x80\x80\x80\x80\x80\x80\x80", 7, "varint");
    expect("syslog", "\1\2\3\4\5", 5, "digits");
    expect("u8,max=10", "\xc8\0\0\0", 4, "--max-frame"); /* one byte has no order */
    expect("varint,max=10", "\xff\1\0\0", 4, "--max-frame");
    expect("u8,min=10", "\3\0\0\0", 4, "lost its place");
    expect("u8,includes=length,min=10", "\0\0\0\0", 4, "lost its place");
    expect("u8,includes=length,min=10", "\x09\0\0\0", 4, "includes=none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_protocols_are_recognised),
        cmocka_unit_test(what_is_only_like_tls_is_not_taken_for_it),
        cmocka_unit_test(wrong_numbers_are_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
