/* A peer's address in 20 bytes, and as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    expect(&v4, 0, "unknown");
    assert_int_equal(sizeof(struct brink_peer), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
