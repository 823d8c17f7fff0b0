/* net/address.h - where to listen and where to connect to.
 *
 *     HOST:PORT   a name or an IPv4 address; `*` for every address
 *     :PORT       every local address, IPv4 and IPv6 (to listen); 127.0.0.1 (to connect)
 *     [V6]:PORT   an IPv6 address
 *     unix:/path  a unix socket; unix:@name one in the abstract namespace (unix(7))
 *     fd:N        a socket that this process was started with
 *     fd:NAME     to listen: those that a service manager passed under that name
 */
#ifndef BRINK_NET_ADDRESS_H
#define BRINK_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "brink/result.h"

enum brink_address_kind { BRINK_ADDRESS_NONE = 0, BRINK_ADDRESS_SOCKET, BRINK_ADDRESS_FD };

struct brink_address {
    enum brink_address_kind kind;
    int fd; /* for BRINK_ADDRESS_FD */
    socklen_t length;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    } sock;
};

enum { BRINK_ADDRESS_TEXT_MAX = 128 };

enum brink_address_use { BRINK_ADDRESS_TO_LISTEN, BRINK_ADDRESS_TO_CONNECT };

enum { BRINK_HOST_MAX = 256 };

/* Reads an address without looking anything up: pure. Where it is a name that must be looked up,
 * `name` gets it (else "") and `address` lacks the host, or of fd:NAME the descriptor (-1). Fails
 * with EINVAL and says why; `address` is unchanged then. */
BRINK_MUST_CHECK brink_result brink_address_read(struct brink_address *address, const char *text,
                                                 enum brink_address_use use,
                                                 char name[BRINK_HOST_MAX],
                                                 struct brink_message *why);

/* The same, and looks a name up with getaddrinfo(3), which may block for seconds: not for a
 * worker's thread. fd:NAME fails: who knows what was passed has put numbers in its place. */
BRINK_MUST_CHECK brink_result brink_address_parse(struct brink_address *address, const char *text,
                                                  enum brink_address_use use,
                                                  struct brink_message *why);

/* The address as text that brink_address_parse would read; returned is `text`. */
const char *brink_address_format(const struct brink_address *address, char *text, size_t size);

/* True if no other machine reaches it: a unix socket, or a loopback address of IPv4 or IPv6. */
bool brink_address_is_local(const struct brink_address *address);

/* A peer's address in 20 bytes, as thousands of idle connections keep one each. */
struct brink_peer {
    uint8_t bytes[16];
    uint16_t port;  /* host byte order */
    uint8_t family; /* AF_INET, AF_INET6, AF_UNIX, or 0 */
    uint8_t unused;
};

struct brink_peer brink_peer_from(const struct sockaddr *address, socklen_t length);
const char *brink_peer_format(const struct brink_peer *peer, char *text, size_t size);

/* An IPv4-mapped IPv6 peer (RFC 4291, 2.5.5.2), as a listener on all addresses sees IPv4 clients,
 * becomes an IPv4 peer; any other stays what it is. */
struct brink_peer brink_peer_unmapped(const struct brink_peer *peer);

/* The reverse: an IPv4 peer becomes an IPv4-mapped IPv6 peer. */
struct brink_peer brink_peer_mapped(const struct brink_peer *peer);

#endif
