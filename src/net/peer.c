/* A peer's address, kept small. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"

struct brink_peer brink_peer_from(const struct sockaddr *address, socklen_t length)
{
    struct brink_peer peer = {.family = AF_UNSPEC};
    if (length >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        peer.family = AF_INET;
        peer.port = ntohs(v4->sin_port);
        memcpy(peer.bytes, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (length >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        peer.family = AF_INET6;
        peer.port = ntohs(v6->sin6_port);
        memcpy(peer.bytes, &v6->sin6_addr, sizeof v6->sin6_addr);
    } else if (length >= sizeof address->sa_family && address->sa_family == AF_UNIX) {
        peer.family = AF_UNIX;
    }
    return peer;
}

/* The first 12 bytes of IPv4-mapped addresses. */
static const uint8_t mapped_head[12] = {[10] = 0xff, [11] = 0xff};

struct brink_peer brink_peer_unmapped(const struct brink_peer *peer)
{
    struct brink_peer plain = {.family = AF_INET, .port = peer->port};
    if (peer->family != AF_INET6 || memcmp(peer->bytes, mapped_head, sizeof mapped_head) != 0)
        return *peer;
    memcpy(plain.bytes, peer->bytes + sizeof mapped_head, 4);
    return plain;
}

struct brink_peer brink_peer_mapped(const struct brink_peer *peer)
{
    struct brink_peer mapped = {.family = AF_INET6, .port = peer->port};
    if (peer->family != AF_INET)
        return *peer;
    memcpy(mapped.bytes, mapped_head, sizeof mapped_head);
    memcpy(mapped.bytes + sizeof mapped_head, peer->bytes, 4);
    return mapped;
}

static void format_v6(const struct brink_peer *peer, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN];
    struct in6_addr v6;
    memcpy(&v6, peer->bytes, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6)) { /* an IPv4 client of a listener on all addresses */
        (void)inet_ntop(AF_INET, peer->bytes + 12, host, sizeof host);
        (void)snprintf(text, size, "%s:%u", host, (unsigned)peer->port);
        return;
    }
    (void)inet_ntop(AF_INET6, &v6, host, sizeof host);
    (void)snprintf(text, size, "[%s]:%u", host, (unsigned)peer->port);
}

const char *brink_peer_format(const struct brink_peer *peer, char *text, size_t size)
{
    char host[INET_ADDRSTRLEN];
    if (peer->family == AF_INET6) {
        format_v6(peer, text, size);
    } else if (peer->family == AF_INET) {
        (void)inet_ntop(AF_INET, peer->bytes, host, sizeof host);
        (void)snprintf(text, size, "%s:%u", host, (unsigned)peer->port);
    } else {
        (void)snprintf(text, size, peer->family == AF_UNIX ? "unix:" : "unknown");
    }
    return text;
}
