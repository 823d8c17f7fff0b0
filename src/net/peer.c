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
