/* net/proxy_header.h - the PROXY protocol: how a proxy tells who its client is.
 *
 * A header before all else on a connection, after W. Tarreau, "The PROXY protocol, versions 1 & 2"
 * (HAProxy, doc/proxy-protocol.txt): a line of text (version 1) or bytes (version 2). Pure: bytes
 * in, verdict out. All functions: any thread, no allocation, nothing read outside of the bytes. */
#ifndef BRINK_NET_PROXY_HEADER_H
#define BRINK_NET_PROXY_HEADER_H

#include <stdint.h>

#include "net/address.h"

enum {
    /* The longest header that is accepted. A sender keeps below 536 bytes (section 2), but one that
     * ends TLS may append certificates' names; more than this is refused, so that who waits for a
     * header holds no more than this of it. */
    BRINK_PROXY_HEADER_MAX = 4096,
    BRINK_PROXY_UNIQUE_ID_MAX = 128,                                  /* section 2.2.5 */
    BRINK_PROXY_ENCODED_MAX = 16 + 36 + 3 + BRINK_PROXY_UNIQUE_ID_MAX /* longest that we write */
};

enum brink_proxy_verdict {
    BRINK_PROXY_MORE = 0, /* good so far, but not whole */
    BRINK_PROXY_COMPLETE,
    BRINK_PROXY_NONE,   /* it does not begin as a PROXY header does: these are the client's bytes */
    BRINK_PROXY_CORRUPT /* it does, but is none: nothing after it can be trusted */
};

enum brink_proxy_kind {
    BRINK_PROXY_LOCAL = 0, /* the proxy speaks for itself, as when it checks a server's health */
    BRINK_PROXY_UNKNOWN,   /* for a client that it cannot name */
    BRINK_PROXY_PROXIED    /* for `source` */
};

struct brink_proxy_header {
    uint8_t version; /* 1 or 2 */
    enum brink_proxy_kind kind;
    /* Where PROXIED, the client and whom it spoke to: IPv4, IPv6 or (version 2, without its path)
     * AF_UNIX. Else family 0, and what counts are the addresses of the connection itself. */
    struct brink_peer source;
    struct brink_peer destination;
    size_t length;            /* of the header; what follows is the client's */
    const uint8_t *unique_id; /* within the bytes; NULL if there is none. Any bytes, not text */
    size_t unique_id_length;  /* up to BRINK_PROXY_UNIQUE_ID_MAX */
};

/* Reads a header of either version at the start of `bytes`, which are all that has come so far. The
 * verdict is the same however the bytes came, as early as it can be known. For
 *
 * MORE      `wanted` bytes at least are still to come before the header can end, so that who reads
 *           so many, and asks again, never reads beyond it: at first 15, which is the shortest;
 * COMPLETE  `header` is set;
 * NONE and
 * CORRUPT   `why` says what is wrong. It holds nothing that the peer sent but numbers.
 *
 * What is not named stays as it was. A CRC32c that is there must be right. Of a LOCAL header all
 * but its length is ignored (section 2.2). A family or protocol of UNSPEC is UNKNOWN; datagrams'
 * addresses are taken as streams' are. */
enum brink_proxy_verdict brink_proxy_header_decode(const uint8_t *bytes, size_t size,
                                                   struct brink_proxy_header *header,
                                                   size_t *wanted, struct brink_message *why);

/* Writes `header` (all but its length) to `bytes`, and to `length` how many they are: no more than
 * BRINK_PROXY_ENCODED_MAX, to be sent in one piece. IPv4-mapped peers are written as IPv4, and
 * where only one of the two peers is IPv4, it is written as IPv4-mapped IPv6. Peers that are
 * neither, as those of unix sockets, make the header an UNKNOWN one.
 *
 * Version 1 has no unique id and no LOCAL: it is left out, and UNKNOWN is written. As some servers
 * refuse that, a check of our own had better be PROXIED with the addresses of its own connection
 * (section 2.1). A LOCAL header has no unique id.
 *
 * Fails with ENOBUFS if `room` is too small, and with EINVAL for another version or a unique id
 * that is too long; nothing is written then. */
BRINK_MUST_CHECK brink_result brink_proxy_header_encode(const struct brink_proxy_header *header,
                                                        uint8_t *bytes, size_t room,
                                                        size_t *length);

#endif
