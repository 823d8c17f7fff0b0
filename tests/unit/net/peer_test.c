/* A peer's address in 20 bytes, and as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "net/address.h"

static void expect(const void *address, socklen_t length, const char *wanted)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_peer peer = brink_peer_from(address, length);
    assert_string_equal(brink_peer_format(&peer, text, sizeof text), wanted);
}

static void peers_are_written(void **state)
{
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(4711)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr), 1);
    expect(&v4, sizeof v4, "192.0.2.7:4711");
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
    expect(&v6, sizeof v6, "[2001:db8::1]:53");
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr), 1);
    expect(&v6, sizeof v6, "192.0.2.7:53"); /* an IPv4 client of a listener on all addresses */
    expect(&local, sizeof local.sun_family, "unix:");
    expect(&local, sizeof local, "unix:");
    expect(&v4, 0, "unknown");
    struct sockaddr_storage other = {.ss_family = AF_APPLETALK};
    expect(&other, sizeof other, "unknown");
    assert_int_equal(sizeof(struct brink_peer), 20);
}

static void only_mapped_addresses_are_written_as_ipv4(void **state)
{
    (void)state;
    static const char *const addresses[] = {"2001::ffff:c000:207", "::1:0:ffff:c000:207",
                                            "::fffe:c000:207", "::ffff:0:c000:207"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
        char wanted[BRINK_ADDRESS_TEXT_MAX];
        char host[INET6_ADDRSTRLEN];
        assert_int_equal(inet_pton(AF_INET6, addresses[i], &v6.sin6_addr), 1);
        assert_non_null(inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host));
        (void)snprintf(wanted, sizeof wanted, "[%s]:53", host);
        expect(&v6, sizeof v6, wanted);
    }
}

static struct brink_peer peer_of(const char *text)
{
    struct brink_peer peer = {.port = 53};
    peer.family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
    assert_int_equal(inet_pton(peer.family, text, peer.bytes), 1);
    return peer;
}

static void mapped_peers_become_ipv4_and_back(void **state)
{
    (void)state;
    static const char *const others[] = {"2001::ffff:c000:207", "::fffe:c000:207", "::c000:207"};
    struct brink_peer v4 = peer_of("192.0.2.7");
    struct brink_peer v6 = peer_of("::ffff:192.0.2.7");
    struct brink_peer plain = brink_peer_unmapped(&v6);
    struct brink_peer mapped = brink_peer_mapped(&v4);
    assert_memory_equal(&plain, &v4, sizeof v4);
    assert_memory_equal(&mapped, &v6, sizeof v6);
    plain = brink_peer_unmapped(&v4);
    mapped = brink_peer_mapped(&v6);
    assert_memory_equal(&plain, &v4, sizeof v4);
    assert_memory_equal(&mapped, &v6, sizeof v6);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        v6 = peer_of(others[i]);
        plain = brink_peer_unmapped(&v6);
        assert_memory_equal(&plain, &v6, sizeof v6);
    }
    struct brink_peer local = {.family = AF_UNIX};
    plain = brink_peer_unmapped(&local);
    mapped = brink_peer_mapped(&local);
    assert_memory_equal(&plain, &local, sizeof local);
    assert_memory_equal(&mapped, &local, sizeof local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_are_written),
        cmocka_unit_test(only_mapped_addresses_are_written_as_ipv4),
        cmocka_unit_test(mapped_peers_become_ipv4_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
