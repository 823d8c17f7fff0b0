/* dumb_prefix.h - prefixes as a child would match them: bit by bit, one after the other. Written
 * only for the tests of src/net/prefix.c and its fuzz target. */
#ifndef BRINK_TESTS_DUMB_PREFIX_H
#define BRINK_TESTS_DUMB_PREFIX_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

/* "4" or "6" and the bits as '0' and '1': what a peer is, for a child. */
static inline void dumb_bits(const struct brink_peer *peer, char text[130])
{
    size_t count = peer->family == AF_INET ? 32 : 128;
    text[0] = peer->family == AF_INET ? '4' : '6';
    for (size_t i = 0; i < count; i++)
        text[1 + i] = peer->bytes[i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
    text[1 + count] = '\0';
    if (count == 128 && strspn(text + 1, "0") == 80 && strspn(text + 81, "1") >= 16) {
        text[0] = '4'; /* ::ffff:0:0/96, the mapped addresses */
        memmove(text + 1, text + 97, 33);
    }
}

/* `text` is a prefix with its length: no short forms. */
static inline bool dumb_match(const char *text, const struct brink_peer *peer)
{
    char host[64];
    char wanted[130];
    char bits[130];
    if (peer->family == AF_UNIX || strcmp(text, "unix") == 0)
        return peer->family == AF_UNIX && strcmp(text, "unix") == 0;
    if (peer->family != AF_INET && peer->family != AF_INET6)
        return false;
    size_t length = strcspn(text, "/");
    (void)snprintf(host, sizeof host, "%.*s", (int)length, text);
    size_t count = strtoul(text + length + 1, NULL, 10);
    struct brink_peer prefix = {.family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET};
    if (inet_pton(prefix.family, host, prefix.bytes) != 1)
        return false;
    dumb_bits(&prefix, wanted);
    dumb_bits(peer, bits);
    if (prefix.family == AF_INET6 && wanted[0] == '4')
        count -= 96;
    return strncmp(wanted, bits, 1 + count) == 0;
}

#endif
