/* Lines of the PROXY protocol, version 1: what other programs send, every mistake, every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/proxy_line.h"
#include "unit/net/proxy_bytes.h"

#define LONGEST_V6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

/* The second to fifth and the checks were sent by HAProxy 2.6 (send-proxy); the sixth is the
 * longest that there is (section 2.1). */
static const struct {
    const char *line;
    const char *source; /* NULL: UNKNOWN */
    const char *destination;
} lines[] = {
    {"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324", "192.168.0.11:443"},
    {"PROXY TCP4 127.0.0.1 127.0.0.1 51446 48227\r\n", "127.0.0.1:51446", "127.0.0.1:48227"},
    {"PROXY TCP6 ::1 ::1 43798 55793\r\n", "[::1]:43798", "[::1]:55793"},
    {"PROXY TCP6 ::ffff:127.0.0.1 ::ffff:127.0.0.1 56932 46897\r\n", "127.0.0.1:56932",
     "127.0.0.1:46897"},
    {"PROXY UNKNOWN\r\n", NULL, NULL},
    {"PROXY UNKNOWN " LONGEST_V6 " " LONGEST_V6 " 65535 65535\r\n", NULL, NULL},
    {"PROXY UNKNOWN \r\n", NULL, NULL},
    {"PROXY UNKNOWN any\t\x80 thing\r\n", NULL, NULL},
    {"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0"},
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535",
     "255.255.255.255:65535"},
    {"PROXY TCP6 :: :: 0 0\r\n", "[::]:0", "[::]:0"},
    {"PROXY TCP6 2001:DB8::a 2001:db8:0:0:0:0:0:b 1 2\r\n", "[2001:db8::a]:1", "[2001:db8::b]:2"},
    {"PROXY TCP6 " LONGEST_V6 " " LONGEST_V6 " 65535 65535\r\n", "[" LONGEST_V6 "]:65535",
     "[" LONGEST_V6 "]:65535"},
};

static void expect_peer(const struct brink_peer *peer, const char *wanted)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    if (wanted == NULL)
        assert_int_equal(peer->family, 0);
    else
        assert_string_equal(brink_peer_format(peer, text, sizeof text), wanted);
}

static void lines_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        uint8_t bytes[200];
        size_t length = strlen(lines[i].line);
        memcpy(bytes, lines[i].line, length);
        memcpy(bytes + length, "\r\nPROXY TCP4 ", 13); /* the client's */
        struct proxy_told told = proxy_tell(bytes, length + 13);
        if (told.verdict != BRINK_PROXY_COMPLETE)
            fail_msg("%s: %d, %s", lines[i].line, (int)told.verdict, told.why.text);
        assert_int_equal(told.header.length, length);
        assert_int_equal(told.header.version, 1);
        assert_int_equal(told.header.kind,
                         lines[i].source != NULL ? BRINK_PROXY_PROXIED : BRINK_PROXY_UNKNOWN);
        assert_null(told.header.unique_id);
        expect_peer(&told.header.source, lines[i].source);
        expect_peer(&told.header.destination, lines[i].destination);
    }
}

static void nothing_after_the_line_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        uint8_t bytes[200];
        size_t length = strlen(lines[i].line);
        memset(bytes, '9', sizeof bytes);
        memcpy(bytes, lines[i].line, length);
        struct proxy_told all = proxy_tell(bytes, length);
        for (size_t size = 0; size <= length; size++) {
            struct proxy_told told = proxy_tell(bytes, size);
            assert_int_equal(told.verdict, size < length ? BRINK_PROXY_MORE : BRINK_PROXY_COMPLETE);
            assert_true(proxy_fits(&told, size, &all));
        }
        for (size_t at_a_time = 1; at_a_time < 20; at_a_time++) {
            struct proxy_told told;
            assert_int_equal(proxy_read(bytes, sizeof bytes, at_a_time, &told), length);
            assert_true(proxy_same_header(&told.header, &all.header));
        }
    }
}

/* Not byte by byte: a reader that asks again and again should need few system calls. */
static void few_reads_are_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        size_t length = strlen(lines[i].line);
        size_t read = 0;
        unsigned reads = 0;
        while (read < length) {
            struct proxy_told told = proxy_tell((const uint8_t *)lines[i].line, read);
            read += told.wanted;
            reads++;
        }
        assert_int_equal(read, length);
        if (strncmp(lines[i].line, "PROXY TCP4", 10) == 0)
            assert_in_range(reads, 1, 9);
        else
            assert_in_range(reads, 1, 1 + length / 2);
    }
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *words;
    } mistakes[] = {
        {"PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n", "neither TCP4"},
        {"PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "neither TCP4"},
        {"PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n", "neither TCP4"},
        {"PROXY UNKNOWNS\r\n", "neither TCP4"},
        {"PROXY UNKNOWN\n", "neither TCP4"},
        {"PROXY \r\n", "neither TCP4"},
        {"PROXY UNKNOWN x\ny\r\n", "stands alone at byte 15"},
        {"PROXY UNKNOWN x\ry\r\n", "stands alone at byte 15"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", "stands alone at byte 30"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n", "stands alone"},
        {"PROXY TCP4 \r\n", "it has 1 such"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "it has 3 such"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", "it has 5 such"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n", "it has 5 such"},
        {"PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", "it has 5 such"},
        {"PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n", "it has 3 such"},
        {"PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n", "source address is no IPv4"},
        {"PROXY TCP4 1.2.3.04 5.6.7.8 1 2\r\n", "source address is no IPv4"},
        {"PROXY TCP4 1.2.3.4 5.6.7 1 2\r\n", "destination address is no IPv4"},
        {"PROXY TCP4 ::1 ::1 1 2\r\n", "source address is no IPv4"},
        {"PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n", "source address is no IPv6"},
        {"PROXY TCP6 ::1 ::1::1 1 2\r\n", "destination address is no IPv6"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n", "source port"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", "source port"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 99999999999999999999\r\n", "destination port"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 +2\r\n", "destination port"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 x\r\n", "destination port"},
        {"PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n", "destination port"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)mistakes[i].line;
        size_t length = strlen(mistakes[i].line);
        struct proxy_told all = proxy_tell(bytes, length);
        if (all.verdict != BRINK_PROXY_CORRUPT || strstr(all.why.text, mistakes[i].words) == NULL)
            fail_msg("%s: %d, %s", mistakes[i].line, (int)all.verdict, all.why.text);
        for (size_t size = 0; size < length; size++) {
            struct proxy_told told = proxy_tell(bytes, size);
            assert_true(proxy_fits(&told, size, &all));
        }
    }
}

static void a_nul_byte_is_seen(void **state)
{
    (void)state;
    static const char line[] = "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0003\r\n";
    struct proxy_told told = proxy_tell((const uint8_t *)line, sizeof line - 1);
    assert_int_equal(told.verdict, BRINK_PROXY_CORRUPT);
    assert_non_null(strstr(told.why.text, "NUL"));
}

/* "PROXY UNKNOWN " and x to the end: 107 bytes with CR LF are the most. */
static void a_line_has_an_end(void **state)
{
    (void)state;
    uint8_t bytes[300];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "PROXY UNKNOWN ", 14);
    assert_int_equal(proxy_tell(bytes, 105).verdict, BRINK_PROXY_MORE);
    assert_int_equal(proxy_tell(bytes, 105).wanted, 2);
    assert_int_equal(proxy_tell(bytes, 106).verdict, BRINK_PROXY_CORRUPT);
    assert_int_equal(proxy_tell(bytes, sizeof bytes).verdict, BRINK_PROXY_CORRUPT);
    memcpy(bytes + 105, "\r\n", 2);
    assert_int_equal(proxy_tell(bytes, 106).wanted, 1);
    assert_int_equal(proxy_tell(bytes, 107).verdict, BRINK_PROXY_COMPLETE);
    memcpy(bytes + 105, "x\r\n", 3);
    assert_int_equal(proxy_tell(bytes, 107).verdict, BRINK_PROXY_CORRUPT);
    assert_int_equal(proxy_tell(bytes, 108).verdict, BRINK_PROXY_CORRUPT);
    assert_non_null(strstr(proxy_tell(bytes, 108).why.text, "does not end within 107"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(nothing_after_the_line_is_asked_for),
        cmocka_unit_test(few_reads_are_enough),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(a_nul_byte_is_seen),
        cmocka_unit_test(a_line_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
