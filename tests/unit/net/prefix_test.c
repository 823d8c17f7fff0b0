/* Prefixes: each form, each mistake, and lists against a matcher that looks at one after the
 * other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "net/prefix.h"
#include "support/counting_source.h"
#include "unit/net/dumb_prefix.h"

static struct brink_peer peer_of(const char *host)
{
    struct brink_peer peer = {.port = 4711};
    if (strcmp(host, "unix") == 0) {
        peer.family = AF_UNIX;
    } else if (strcmp(host, "unknown") != 0) {
        peer.family = strchr(host, ':') == NULL ? AF_INET : AF_INET6;
        assert_int_equal(inet_pton(peer.family, host, peer.bytes), 1);
    }
    return peer;
}

static void forms_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } forms[] = {
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7/32", "192.0.2.7"},
        {"192.0.2.128/25", "192.0.2.128/25"},
        {"255.255.255.254/31", "255.255.255.254/31"},
        {"2001:db8::/32", "2001:db8::/32"},
        {"2001:DB8:0::/33", "2001:db8::/33"},
        {"::1", "::1"},
        {"::1/128", "::1"},
        {"::/0", "::/0"},
        {"fe80::/10", "fe80::/10"},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"unix", "unix"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct brink_prefix prefix;
        struct brink_message why = {""};
        char text[BRINK_PREFIX_TEXT_MAX];
        if (brink_failed(brink_prefix_parse(&prefix, forms[i].text, &why)))
            fail_msg("%s: %s", forms[i].text, why.text);
        assert_string_equal(brink_prefix_format(&prefix, text, sizeof text), forms[i].written);
    }
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } mistakes[] = {
        {"", "is no address and no prefix"},
        {"/8", "is no address and no prefix"},
        {"10.0.0/8", "is no address and no prefix"},
        {"10.0.0.0.0", "is no address and no prefix"},
        {"010.0.0.0/8", "is no address and no prefix"},
        {"example.org", "is no address and no prefix"},
        {"10.0.0.1:80", "is no address and no prefix"},
        {"[::1]/128", "is no address and no prefix"},
        {"fe80::1%lo", "is no address and no prefix"},
        {"unix:", "is no address and no prefix"},
        {"unix/0", "is no address and no prefix"},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", "is no address and no prefix"},
        {"10.0.0.0/", "\"\" is no length"},
        {"10.0.0.0/33", "\"33\" is no length of a prefix; write a number up to 32"},
        {"::/129", "\"129\" is no length of a prefix; write a number up to 128"},
        {"10.0.0.0/08", "\"08\" is no length"},
        {"10.0.0.0/-1", "\"-1\" is no length"},
        {"10.0.0.0/8/8", "\"8/8\" is no length"},
        {"10.0.0.0/8a", "\"8a\" is no length"},
        {"10.0.0.0/ 8", "\" 8\" is no length"},
        {"10.0.0.0/255.0.0.0", "\"255.0.0.0\" is no length"},
        {"10.1.2.3/8", "beyond its first 8; write 10.0.0.0/8, or 10.1.2.3 for"},
        {"192.0.2.129/25", "write 192.0.2.128/25, or 192.0.2.129 for"},
        {"10.0.0.1/0", "beyond its first 0; write 0.0.0.0/0, or 10.0.0.1 for"},
        {"10.0.0.1/31", "write 10.0.0.0/31, or"},
        {"2001:db8::1/64", "write 2001:db8::/64, or 2001:db8::1 for"},
        {"::ffff:10.1.0.0/104", "write 10.0.0.0/8, or 10.1.0.0 for"},
        {"::ffff:0:0/90", "write ::ffc0:0:0/90"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct brink_prefix prefix;
        struct brink_prefix before;
        struct brink_message why = {""};
        memset(&prefix, 0x5a, sizeof prefix);
        before = prefix;
        assert_int_equal(brink_prefix_parse(&prefix, mistakes[i].text, &why).err, EINVAL);
        if (strstr(why.text, mistakes[i].words) == NULL)
            fail_msg("\"%s\": %s", mistakes[i].text, why.text);
        assert_memory_equal(&prefix, &before, sizeof prefix);
    }
}

static void a_peer_has_a_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *peer;
        uint8_t bits_v4;
        uint8_t bits_v6;
        const char *prefix;
    } sources[] = {
        {"192.0.2.7", 32, 64, "192.0.2.7"},
        {"192.0.2.7", 24, 64, "192.0.2.0/24"},
        {"192.0.2.7", 30, 64, "192.0.2.4/30"},
        {"192.0.2.7", 0, 64, "0.0.0.0/0"},
        {"192.0.2.7", 255, 64, "192.0.2.7"},
        {"::ffff:192.0.2.7", 24, 64, "192.0.2.0/24"},
        {"2001:db8:1:2:3:4:5:6", 24, 64, "2001:db8:1:2::/64"},
        {"2001:db8:1:2:3:4:5:6", 24, 47, "2001:db8::/47"},
        {"2001:db8:1:2:3:4:5:6", 24, 128, "2001:db8:1:2:3:4:5:6"},
        {"2001:db8:1:2:3:4:5:6", 24, 200, "2001:db8:1:2:3:4:5:6"},
        {"unix", 32, 64, "unix"},
        {"unknown", 32, 64, "unknown"},
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        char text[BRINK_PREFIX_TEXT_MAX];
        struct brink_peer peer = peer_of(sources[i].peer);
        struct brink_prefix prefix = brink_prefix_of(&peer, sources[i].bits_v4, sources[i].bits_v6);
        assert_string_equal(brink_prefix_format(&prefix, text, sizeof text), sources[i].prefix);
        peer.port++;
        struct brink_prefix again = brink_prefix_of(&peer, sources[i].bits_v4, sources[i].bits_v6);
        assert_memory_equal(&prefix, &again, sizeof prefix);
    }
}

static void open_list(struct brink_prefix_list *list, struct brink_arena *arena,
                      const char *const *texts, size_t count)
{
    struct brink_message why = {""};
    if (brink_failed(brink_prefix_list_open(list, arena, texts, count, &why)))
        fail_msg("%s", why.text);
}

static bool holds(const struct brink_prefix_list *list, const char *host)
{
    struct brink_peer peer = peer_of(host);
    return brink_prefix_list_holds(list, &peer);
}

static void a_list_holds_who_is_in_it(void **state)
{
    (void)state;
    static const char *const texts[] = {"2001:db8::/32", "10.0.0.0/8", "192.0.2.7",
                                        "10.1.0.0/16",   "10.0.0.0/8", "unix",
                                        "192.0.2.8/31",  "2001:db9::1"};
    static const char *const in[] = {
        "10.0.0.0",    "10.255.255.255",  "10.1.2.3",    "192.0.2.7",
        "192.0.2.8",   "192.0.2.9",       "2001:db8::1", "::ffff:10.1.2.3",
        "2001:db9::1", "2001:db8:ffff::", "unix"};
    static const char *const out[] = {"9.255.255.255", "11.0.0.0",    "192.0.2.6",
                                      "192.0.2.10",    "2001:db7::1", "2001:db9::2",
                                      "::10.0.0.0",    "::",          "unknown"};
    struct brink_arena arena;
    struct brink_prefix_list list;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    open_list(&list, &arena, texts, sizeof texts / sizeof texts[0]);
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
        if (!holds(&list, in[i]))
            fail_msg("%s is not held", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++)
        if (holds(&list, out[i]))
            fail_msg("%s is held", out[i]);
    brink_prefix_list_close(&list);
    brink_prefix_list_close(&list);
    brink_arena_close(&arena);
}

static void all_of_one_family_is_not_all_of_the_other(void **state)
{
    (void)state;
    static const char *const v4[] = {"0.0.0.0/0"};
    static const char *const v6[] = {"::/0"};
    struct brink_arena arena;
    struct brink_prefix_list list;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    open_list(&list, &arena, v4, 1);
    assert_true(holds(&list, "0.0.0.0") && holds(&list, "255.255.255.255"));
    assert_true(holds(&list, "::ffff:1.2.3.4"));
    assert_false(holds(&list, "::") || holds(&list, "2001:db8::") || holds(&list, "unix"));
    brink_prefix_list_close(&list);
    open_list(&list, &arena, v6, 1);
    assert_true(holds(&list, "::") && holds(&list, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(holds(&list, "::ffff:1.2.3.4") || holds(&list, "1.2.3.4"));
    assert_false(holds(&list, "unix") || holds(&list, "unknown"));
    brink_prefix_list_close(&list);
    open_list(&list, &arena, NULL, 0);
    assert_false(holds(&list, "1.2.3.4") || holds(&list, "unix") || holds(&list, "unknown"));
    brink_prefix_list_close(&list);
    brink_arena_close(&arena);
}

static void a_list_that_fails_holds_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.0.0.0/8", "10.0.0.1/8", "unix"};
    struct counting_source source;
    struct brink_arena arena;
    struct brink_prefix_list list;
    struct brink_message why = {""};
    counting_open(&arena, &source);
    assert_int_equal(brink_prefix_list_open(&list, &arena, texts, 3, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "10.0.0.1/8"));
    assert_int_equal(source.blocks, 0);
    source.fail_at = source.calls + 1;
    assert_int_equal(brink_prefix_list_open(&list, &arena, texts, 1, &why).err, ENOMEM);
    assert_int_equal(brink_prefix_list_open(&list, &arena, texts, SIZE_MAX, &why).err, ENOMEM);
    assert_int_equal(source.blocks, 0);
    brink_arena_close(&arena);
}

enum { MANY = 3000, TEXT = 64 };

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

/* Few different bits, so that prefixes hold, neighbour and equal one another. */
static struct brink_peer drawn_peer(uint64_t *seed)
{
    struct brink_peer peer = {.family = AF_UNIX};
    uint64_t kind = draw(seed) % 20;
    if (kind == 0)
        return peer;
    peer.family = kind < 10 ? AF_INET : AF_INET6;
    for (size_t i = 0; i < (kind < 10 ? 4U : 16U); i++)
        peer.bytes[i] = (uint8_t)(draw(seed) % 4 == 0 ? draw(seed) : 0);
    if (kind > 16)
        memcpy(peer.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    return peer;
}

static void drawn_text(uint64_t *seed, char text[TEXT])
{
    char host[INET6_ADDRSTRLEN];
    struct brink_peer peer = drawn_peer(seed);
    unsigned most = peer.family == AF_INET ? 32 : 128;
    unsigned bits = (unsigned)(draw(seed) % (most + 1));
    (void)snprintf(text, TEXT, "unix");
    if (peer.family == AF_UNIX)
        return;
    for (unsigned i = bits; i < most; i++)
        peer.bytes[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
    (void)inet_ntop(peer.family, peer.bytes, host, sizeof host);
    (void)snprintf(text, TEXT, "%s/%u", host, bits);
}

static void check_against_dumb(struct brink_arena *arena, char (*texts)[TEXT], size_t count,
                               uint64_t *seed)
{
    struct brink_prefix_list list;
    const char *list_texts[MANY];
    for (size_t i = 0; i < count; i++) {
        drawn_text(seed, texts[i]);
        list_texts[i] = texts[i];
    }
    open_list(&list, arena, list_texts, count);
    for (unsigned round = 0; round < 200; round++) {
        struct brink_peer peer = drawn_peer(seed);
        bool held = false;
        for (size_t i = 0; i < count && !held; i++)
            held = dumb_match(texts[i], &peer);
        assert_int_equal(brink_prefix_list_holds(&list, &peer), held);
    }
    brink_prefix_list_close(&list);
}

static void lists_of_any_size_agree_with_a_dumb_matcher(void **state)
{
    (void)state;
    static char texts[MANY][TEXT];
    struct brink_arena arena;
    uint64_t seed = 4711;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    for (size_t count = 1; count <= 120; count++)
        check_against_dumb(&arena, texts, count, &seed);
    check_against_dumb(&arena, texts, MANY, &seed);
    brink_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_and_written),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(a_peer_has_a_prefix),
        cmocka_unit_test(a_list_holds_who_is_in_it),
        cmocka_unit_test(all_of_one_family_is_not_all_of_the_other),
        cmocka_unit_test(a_list_that_fails_holds_nothing),
        cmocka_unit_test(lists_of_any_size_agree_with_a_dumb_matcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
