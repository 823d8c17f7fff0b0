/* Headers of the PROXY protocol, version 2: what HAProxy sends, every mistake, every split; and
 * which version it is, if any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32c.h"
#include "unit/net/proxy_bytes.h"

#define SIGNATURE   "\r\n\r\n\0\r\nQUIT\n"
#define V4          "\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x16\xfa"
#define BYTES(text) text, sizeof text - 1

struct capture {
    const char *bytes;
    size_t length;
    enum brink_proxy_kind kind;
    const char *source;
    const char *destination;
    const char *unique_id;
};

/* Sent by HAProxy 2.6 with send-proxy-v2: for TCP over IPv4 and IPv6, with crc32c, with crc32c and
 * unique-id, for a client of a unix socket, and for a check with crc32c. */
static const struct capture captures[] = {
    {BYTES(SIGNATURE "!\x11\0\x0c\x7f\0\0\1\x7f\0\0\1\xce\xb0\xbd\x97"), BRINK_PROXY_PROXIED,
     "127.0.0.1:52912", "127.0.0.1:48535", NULL},
    {BYTES(SIGNATURE "!!\0$\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x8b\x96"
                     "\xd2\x07"),
     BRINK_PROXY_PROXIED, "[::1]:35734", "[::1]:53767", NULL},
    {BYTES(SIGNATURE "!\x11\0\x13\x7f\0\0\1\x7f\0\0\1\xa8\x10\xa7\xdd\3\0\4\xc6\xbd`y"),
     BRINK_PROXY_PROXIED, "127.0.0.1:43024", "127.0.0.1:42973", NULL},
    {BYTES(SIGNATURE "!!\0:\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xd5\xee"
                     "\xa5"
                     "5\3\0\4\"\7\xe9P\5\0\x0cid-::1:54766"),
     BRINK_PROXY_PROXIED, "[::1]:54766", "[::1]:42293", "id-::1:54766"},
    {BYTES(SIGNATURE " \0\0\0"), BRINK_PROXY_LOCAL, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE " \0\0\7\3\0\4\xa9\xb8~\x8f"), BRINK_PROXY_LOCAL, "unknown", "unknown", NULL},
};

/* Made up for what HAProxy does not send. */
static const struct capture others[] = {
    {BYTES(SIGNATURE "!\x12\0\x0c" V4), BRINK_PROXY_PROXIED, "192.0.2.7:4711", "198.51.100.1:5882",
     NULL}, /* a datagram's */
    {BYTES(SIGNATURE "!\x11\0\x0f" V4 "\4\0\0"), BRINK_PROXY_PROXIED, "192.0.2.7:4711",
     "198.51.100.1:5882", NULL},
    {BYTES(SIGNATURE "!\x11\0\x17" V4 "\xea\0\2xy\5\0\0\4\0\0"), BRINK_PROXY_PROXIED,
     "192.0.2.7:4711", "198.51.100.1:5882", ""},
    {BYTES(SIGNATURE "!\0\0\0"), BRINK_PROXY_UNKNOWN, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE "!\0\0\5\5\0\2id"), BRINK_PROXY_UNKNOWN, "unknown", "unknown", "id"},
    {BYTES(SIGNATURE "!\1\0\5\5\0\3id"), BRINK_PROXY_UNKNOWN, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE "!\0\0\1x"), BRINK_PROXY_UNKNOWN, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE "!\x10\0\x0c" V4), BRINK_PROXY_UNKNOWN, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE "!\x30\0\1x"), BRINK_PROXY_UNKNOWN, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE " \xff\0\3\5\0\xff"), BRINK_PROXY_LOCAL, "unknown", "unknown", NULL},
    {BYTES(SIGNATURE " \x11\0\x0c" V4), BRINK_PROXY_LOCAL, "unknown", "unknown", NULL},
};

static void expect_capture(const struct capture *capture)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    uint8_t bytes[200];
    memset(bytes, 0x20, sizeof bytes);
    memcpy(bytes, capture->bytes, capture->length);
    struct proxy_told told = proxy_tell(bytes, sizeof bytes);
    if (told.verdict != BRINK_PROXY_COMPLETE)
        fail_msg("%d, %s", (int)told.verdict, told.why.text);
    assert_int_equal(told.header.version, 2);
    assert_int_equal(told.header.kind, capture->kind);
    assert_int_equal(told.header.length, capture->length);
    assert_string_equal(brink_peer_format(&told.header.source, text, sizeof text), capture->source);
    assert_string_equal(brink_peer_format(&told.header.destination, text, sizeof text),
                        capture->destination);
    if (capture->unique_id == NULL) {
        assert_null(told.header.unique_id);
        return;
    }
    assert_non_null(told.header.unique_id);
    assert_int_equal(told.header.unique_id_length, strlen(capture->unique_id));
    assert_memory_equal(told.header.unique_id, capture->unique_id, strlen(capture->unique_id));
}

static void captures_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++)
        expect_capture(&captures[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect_capture(&others[i]);
}

static void unix_sockets_have_no_address_here(void **state)
{
    (void)state;
    uint8_t bytes[16 + 216 + 5] = SIGNATURE "!1\0\xdd/run/client";
    memcpy(bytes + 16 + 216, "\5\0\2id", 5);
    struct proxy_told told = proxy_tell(bytes, sizeof bytes);
    assert_int_equal(told.verdict, BRINK_PROXY_COMPLETE);
    assert_int_equal(told.header.kind, BRINK_PROXY_PROXIED);
    assert_int_equal(told.header.source.family, AF_UNIX);
    assert_int_equal(told.header.destination.family, AF_UNIX);
    assert_int_equal(told.unique_id_at, 16 + 216 + 3);
}

static void sixteen_bytes_and_then_the_rest_are_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)captures[i].bytes;
        size_t length = captures[i].length;
        struct proxy_told all = proxy_tell(bytes, length);
        for (size_t size = 0; size < length; size++) {
            struct proxy_told told = proxy_tell(bytes, size);
            assert_int_equal(told.verdict, BRINK_PROXY_MORE);
            assert_int_equal(size + told.wanted, size == 0 ? 15 : size < 16 ? 16 : length);
        }
        for (size_t at_a_time = 1; at_a_time < 20; at_a_time++) {
            struct proxy_told told;
            assert_int_equal(proxy_read(bytes, length, at_a_time, &told), length);
            assert_true(proxy_same_header(&told.header, &all.header));
        }
    }
}

static void what_is_no_header_is_the_clients(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } strangers[] = {
        {BYTES("\5\0\0\0hello")}, {BYTES("\0")},        {BYTES("GET / HTTP/1.1\r\n")},
        {BYTES("PROXYTCP4")},     {BYTES("PROXX")},     {BYTES("proxy TCP4 ")},
        {BYTES("\r\n\r\n\r\n")},  {BYTES("\r\n\r\n ")}, {BYTES("\r\n\r\n\0\r\nQUIT\r!")},
    };
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)strangers[i].bytes;
        struct proxy_told all = proxy_tell(bytes, strangers[i].length);
        assert_int_equal(all.verdict, BRINK_PROXY_NONE);
        assert_non_null(strstr(all.why.text, "does not begin with a PROXY header"));
        for (size_t size = 0; size < strangers[i].length; size++) {
            struct proxy_told told = proxy_tell(bytes, size);
            assert_true(proxy_fits(&told, size, &all));
        }
    }
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } mistakes[] = {
        {BYTES(SIGNATURE "\x11"), "version and command are 0x11"},
        {BYTES(SIGNATURE "\x31"), "version and command are 0x31"},
        {BYTES(SIGNATURE "\x22"), "version and command are 0x22"},
        {BYTES(SIGNATURE "!\x41"), "family and protocol are 0x41"},
        {BYTES(SIGNATURE "!\x13"), "family and protocol are 0x13"},
        {BYTES(SIGNATURE "!\x11\x0f\xf1"), "too large: 4097 bytes; at most 4096"},
        {BYTES(SIGNATURE "!\x11\xff\xff"), "too large: 65551 bytes"},
        {BYTES(SIGNATURE " \0\xff\xff"), "too large"},
        {BYTES(SIGNATURE "!\x11\0\x0b"), "they take 12 bytes, and 11 are"},
        {BYTES(SIGNATURE "!\x21\0\x23"), "they take 36 bytes, and 35 are"},
        {BYTES(SIGNATURE "!\x31\0\xd7"), "they take 216 bytes, and 215 are"},
        {BYTES(SIGNATURE "!\x11\0\x0d" V4 "\4"), "cut off"},
        {BYTES(SIGNATURE "!\x11\0\x0e" V4 "\4\0"), "cut off"},
        {BYTES(SIGNATURE "!\x11\0\x10" V4 "\4\0\2x"), "cut off"},
        {BYTES(SIGNATURE "!\x11\0\x12" V4 "\3\0\3abc"), "one CRC32c of 4 bytes"},
        {BYTES(SIGNATURE "!\x11\0\x13" V4 "\3\0\4abcd"), "damaged"},
        {BYTES(SIGNATURE "!\0\0\7\3\0\4abcd"), "damaged"},
        {BYTES(SIGNATURE "!\x11\0\x14" V4 "\5\0\1a\5\0\1b"), "one unique id"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)mistakes[i].bytes;
        struct proxy_told all = proxy_tell(bytes, mistakes[i].length);
        if (all.verdict != BRINK_PROXY_CORRUPT || strstr(all.why.text, mistakes[i].words) == NULL)
            fail_msg("%zu: %d, %s", i, (int)all.verdict, all.why.text);
        for (size_t size = 0; size < mistakes[i].length; size++) {
            struct proxy_told told = proxy_tell(bytes, size);
            assert_true(proxy_fits(&told, size, &all));
        }
    }
}

static void a_unique_id_has_128_bytes_at_most(void **state)
{
    (void)state;
    uint8_t bytes[16 + 12 + 3 + 129] = SIGNATURE "!\x11\0\x8f" V4 "\5\0\x80";
    struct proxy_told told = proxy_tell(bytes, sizeof bytes);
    assert_int_equal(told.verdict, BRINK_PROXY_COMPLETE);
    assert_int_equal(told.header.unique_id_length, 128);
    assert_int_equal(told.unique_id_at, 16 + 12 + 3);
    bytes[15]++;
    bytes[16 + 12 + 2]++;
    told = proxy_tell(bytes, sizeof bytes);
    assert_int_equal(told.verdict, BRINK_PROXY_CORRUPT);
    assert_non_null(strstr(told.why.text, "at most 128 bytes"));
}

/* The largest that is accepted: 4096 bytes, most of them a TLV that nobody knows. */
static void the_largest_header_is_read(void **state)
{
    (void)state;
    uint8_t bytes[BRINK_PROXY_HEADER_MAX] = SIGNATURE "!\x11\x0f\xf0" V4 "\xe0\x0f\xe1";
    struct proxy_told told = proxy_tell(bytes, sizeof bytes);
    assert_int_equal(told.verdict, BRINK_PROXY_COMPLETE);
    assert_int_equal(told.header.length, sizeof bytes);
    told = proxy_tell(bytes, 16);
    assert_int_equal(told.wanted, sizeof bytes - 16);
}

static void every_damaged_bit_is_seen(void **state)
{
    (void)state;
    uint8_t bytes[100];
    size_t length = captures[3].length;
    memcpy(bytes, captures[3].bytes, length);
    for (size_t bit = 16 * 8; bit < length * 8; bit++) {
        if (bit / 8 >= 52 && bit / 8 < 55)
            continue; /* the checksum's own type and length */
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(proxy_tell(bytes, length).verdict, BRINK_PROXY_CORRUPT);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(proxy_tell(bytes, length).verdict, BRINK_PROXY_COMPLETE);
}

/* Two checksums, each right if it were alone, would cost two passes; many, many. */
static void a_second_checksum_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[16 + 12 + 7 + 7] = SIGNATURE "!\x11\0\x1a" V4 "\3\0\4\0\0\0\0\3\0\4";
    uint32_t sum = brink_crc32c(0, bytes, sizeof bytes);
    for (size_t i = 0; i < 4; i++)
        bytes[16 + 12 + 3 + i] = (uint8_t)(sum >> (24 - 8 * i));
    struct proxy_told told = proxy_tell(bytes, sizeof bytes);
    assert_int_equal(told.verdict, BRINK_PROXY_CORRUPT);
    assert_non_null(strstr(told.why.text, "one CRC32c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_are_read),
        cmocka_unit_test(unix_sockets_have_no_address_here),
        cmocka_unit_test(sixteen_bytes_and_then_the_rest_are_asked_for),
        cmocka_unit_test(what_is_no_header_is_the_clients),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(a_unique_id_has_128_bytes_at_most),
        cmocka_unit_test(the_largest_header_is_read),
        cmocka_unit_test(every_damaged_bit_is_seen),
        cmocka_unit_test(a_second_checksum_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
