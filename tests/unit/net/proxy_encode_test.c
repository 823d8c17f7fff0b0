/* Headers of the PROXY protocol as they are written: byte by byte, and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>

#include "unit/net/proxy_bytes.h"

#define SIGNATURE   "\r\n\r\n\0\r\nQUIT\n"
#define V4          "\xc0\x00\x02\x07"
#define V4_MAPPED   "\0\0\0\0\0\0\0\0\0\0\xff\xff" V4
#define V6          "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define PORTS       "\x12\x67\x16\xfa"
#define BYTES(text) text, sizeof text - 1

static struct brink_peer peer_of(const char *host, uint16_t port)
{
    struct brink_peer peer = {.port = port};
    if (strcmp(host, "unix") == 0) {
        peer.family = AF_UNIX;
    } else if (strcmp(host, "unknown") != 0) {
        peer.family = strchr(host, ':') == NULL ? AF_INET : AF_INET6;
        assert_int_equal(inet_pton(peer.family, host, peer.bytes), 1);
    }
    return peer;
}

static struct brink_proxy_header header_of(uint8_t version, const char *source,
                                           const char *destination)
{
    return (struct brink_proxy_header){.version = version,
                                       .kind = BRINK_PROXY_PROXIED,
                                       .source = peer_of(source, 4711),
                                       .destination = peer_of(destination, 5882)};
}

static void expect(const struct brink_proxy_header *header, const char *wanted, size_t size)
{
    uint8_t bytes[BRINK_PROXY_ENCODED_MAX];
    size_t length = 0;
    assert_int_equal(brink_proxy_header_encode(header, bytes, sizeof bytes, &length).err, 0);
    assert_int_equal(length, size);
    assert_memory_equal(bytes, wanted, size);
    struct proxy_told told = proxy_tell(bytes, length);
    assert_int_equal(told.verdict, BRINK_PROXY_COMPLETE);
    assert_int_equal(told.header.length, length);
}

static void lines_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *destination;
        const char *line;
    } lines[] = {
        {"192.0.2.7", "198.51.100.1", "PROXY TCP4 192.0.2.7 198.51.100.1 4711 5882\r\n"},
        {"::ffff:192.0.2.7", "::ffff:198.51.100.1",
         "PROXY TCP4 192.0.2.7 198.51.100.1 4711 5882\r\n"},
        {"2001:db8::7", "2001:db8::1", "PROXY TCP6 2001:db8::7 2001:db8::1 4711 5882\r\n"},
        {"192.0.2.7", "2001:db8::1", "PROXY TCP6 ::ffff:c000:207 2001:db8::1 4711 5882\r\n"},
        {"2001:db8::7", "0.1.0.2", "PROXY TCP6 2001:db8::7 ::ffff:1:2 4711 5882\r\n"},
        {"::192.0.2.7", "::", "PROXY TCP6 ::c000:207 :: 4711 5882\r\n"},
        {"unix", "unix", "PROXY UNKNOWN\r\n"},
        {"192.0.2.7", "unix", "PROXY UNKNOWN\r\n"},
        {"unknown", "192.0.2.7", "PROXY UNKNOWN\r\n"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct brink_proxy_header header = header_of(1, lines[i].source, lines[i].destination);
        expect(&header, lines[i].line, strlen(lines[i].line));
    }
}

static void bytes_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *destination;
        const char *bytes;
        size_t length;
    } headers[] = {
        {"192.0.2.7", "192.0.2.7", BYTES(SIGNATURE "!\x11\0\x0c" V4 V4 PORTS)},
        {"::ffff:192.0.2.7", "192.0.2.7", BYTES(SIGNATURE "!\x11\0\x0c" V4 V4 PORTS)},
        {"2001:db8::1", "2001:db8::1", BYTES(SIGNATURE "!!\0$" V6 V6 PORTS)},
        {"192.0.2.7", "2001:db8::1", BYTES(SIGNATURE "!!\0$" V4_MAPPED V6 PORTS)},
        {"2001:db8::1", "::ffff:192.0.2.7", BYTES(SIGNATURE "!!\0$" V6 V4_MAPPED PORTS)},
        {"unix", "192.0.2.7", BYTES(SIGNATURE "!\0\0\0")},
        {"unknown", "unknown", BYTES(SIGNATURE "!\0\0\0")},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct brink_proxy_header header = header_of(2, headers[i].source, headers[i].destination);
        expect(&header, headers[i].bytes, headers[i].length);
    }
}

static void a_unique_id_is_appended(void **state)
{
    (void)state;
    struct brink_proxy_header header = header_of(2, "192.0.2.7", "192.0.2.7");
    header.unique_id = (const uint8_t *)"i\0d";
    header.unique_id_length = 3;
    expect(&header, BYTES(SIGNATURE "!\x11\0\x12" V4 V4 PORTS "\5\0\3i\0d"));
    header.unique_id_length = 0;
    expect(&header, BYTES(SIGNATURE "!\x11\0\x0f" V4 V4 PORTS "\5\0\0"));
    header = header_of(2, "unix", "unix");
    header.unique_id = (const uint8_t *)"id";
    header.unique_id_length = 2;
    expect(&header, BYTES(SIGNATURE "!\0\0\5\5\0\2id"));
    header.version = 1;
    expect(&header, BYTES("PROXY UNKNOWN\r\n"));
}

static void who_speaks_for_itself_says_so(void **state)
{
    (void)state;
    struct brink_proxy_header header = header_of(2, "192.0.2.7", "192.0.2.7");
    header.unique_id = (const uint8_t *)"id";
    header.unique_id_length = 2;
    header.kind = BRINK_PROXY_LOCAL;
    expect(&header, BYTES(SIGNATURE " \0\0\0"));
    header.version = 1;
    expect(&header, BYTES("PROXY UNKNOWN\r\n"));
    header.kind = BRINK_PROXY_UNKNOWN;
    expect(&header, BYTES("PROXY UNKNOWN\r\n"));
    header.version = 2;
    header.unique_id = NULL;
    expect(&header, BYTES(SIGNATURE "!\0\0\0"));
}

static void the_longest_fit(void **state)
{
    (void)state;
    static const uint8_t id[BRINK_PROXY_UNIQUE_ID_MAX];
    static const char all[] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    uint8_t bytes[BRINK_PROXY_ENCODED_MAX];
    size_t length = 0;
    struct brink_proxy_header header = header_of(2, all, all);
    header.unique_id = id;
    header.unique_id_length = sizeof id;
    assert_int_equal(brink_proxy_header_encode(&header, bytes, sizeof bytes, &length).err, 0);
    assert_int_equal(length, sizeof bytes);
    header = header_of(1, all, all);
    header.source.port = UINT16_MAX;
    header.destination.port = UINT16_MAX;
    assert_int_equal(brink_proxy_header_encode(&header, bytes, sizeof bytes, &length).err, 0);
    assert_int_equal(length, 104);
}

static void what_cannot_be_written_is_not(void **state)
{
    (void)state;
    static const uint8_t id[BRINK_PROXY_UNIQUE_ID_MAX + 1];
    uint8_t bytes[BRINK_PROXY_ENCODED_MAX];
    uint8_t before[sizeof bytes];
    size_t length = 7;
    memset(bytes, 0x5a, sizeof bytes);
    memcpy(before, bytes, sizeof bytes);
    for (uint8_t version = 1; version <= 2; version++) {
        struct brink_proxy_header header = header_of(version, "192.0.2.7", "192.0.2.7");
        size_t size = version == 1 ? 42 : 28;
        assert_int_equal(brink_proxy_header_encode(&header, bytes, size - 1, &length).err, ENOBUFS);
        assert_int_equal(brink_proxy_header_encode(&header, bytes, 0, &length).err, ENOBUFS);
        header.unique_id = id;
        header.unique_id_length = sizeof id;
        assert_int_equal(brink_proxy_header_encode(&header, bytes, sizeof bytes, &length).err,
                         EINVAL);
        header.unique_id = NULL;
        header.version = version == 1 ? 0 : 3;
        assert_int_equal(brink_proxy_header_encode(&header, bytes, sizeof bytes, &length).err,
                         EINVAL);
        assert_memory_equal(bytes, before, sizeof bytes);
        assert_int_equal(length, 7);
        header.version = version;
        uint8_t exact[64];
        assert_int_equal(brink_proxy_header_encode(&header, exact, size, &length).err, 0);
        assert_int_equal(length, size);
        length = 7;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_written),       cmocka_unit_test(bytes_are_written),
        cmocka_unit_test(a_unique_id_is_appended), cmocka_unit_test(who_speaks_for_itself_says_so),
        cmocka_unit_test(the_longest_fit),         cmocka_unit_test(what_cannot_be_written_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
