/* net/prefix.h - who is meant by a prefix, and lists of them.
 *
 *     10.0.0.0/8, 2001:db8::/32   all addresses that begin with so many bits (CIDR, RFC 4632)
 *     192.0.2.7, 2001:db8::7      one address
 *     unix                        whoever comes by a unix socket
 *
 * An IPv4-mapped IPv6 peer (::ffff:192.0.2.7, as a listener on all addresses sees IPv4 clients) is
 * an IPv4 peer here, and a prefix of such addresses is an IPv4 prefix: 0.0.0.0/0 is all IPv4, ::/0
 * all other IPv6. */
#ifndef BRINK_NET_PREFIX_H
#define BRINK_NET_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/arena.h"
#include "net/address.h"

/* Invariant: the bits after the first `bits` are zero. It has no padding, so that two are equal if
 * memcmp says so, and it may be hashed as 18 bytes. */
struct brink_prefix {
    uint8_t family;    /* AF_INET, AF_INET6, AF_UNIX, or 0 for a peer that is none of them */
    uint8_t bytes[16]; /* in network order; of IPv4 the first four */
    uint8_t bits;
};

enum { BRINK_PREFIX_TEXT_MAX = 64 };

/* Reads one of the forms above. Fails with EINVAL and says why, also if a bit beyond the prefix is
 * set: what was meant by 10.1.2.3/8 cannot be known. `prefix` is unchanged then. Pure. */
BRINK_MUST_CHECK brink_result brink_prefix_parse(struct brink_prefix *prefix, const char *text,
                                                 struct brink_message *why);

/* The prefix as text that brink_prefix_parse would read ("unknown" for family 0); returned is
 * `text`. */
const char *brink_prefix_format(const struct brink_prefix *prefix, char *text, size_t size);

/* The prefix that a peer's address begins with: the key of its source, for limits of each source.
 * At most 32 and 128 bits; 0 makes all of the family one source, as peers of unix sockets always
 * are. Pure. */
struct brink_prefix brink_prefix_of(const struct brink_peer *peer, uint8_t bits_v4,
                                    uint8_t bits_v6);

/* A set of prefixes, not changed once it is open: any thread may look into it. */
struct brink_prefix_list {
    struct brink_arena *arena;
    struct brink_prefix *prefixes; /* sorted; none holds another */
    size_t count;
    size_t room;
};

/* Makes a list of `texts`. Fails with EINVAL, and says which is wrong and why, or with ENOMEM;
 * holds nothing then. The arena's thread. */
BRINK_MUST_CHECK brink_result brink_prefix_list_open(struct brink_prefix_list *list,
                                                     struct brink_arena *arena,
                                                     const char *const *texts, size_t count,
                                                     struct brink_message *why);

/* One that was opened, or is all zero. The arena's thread. */
void brink_prefix_list_close(struct brink_prefix_list *list);

/* True if one of the prefixes holds the peer. A binary search; no allocation. */
bool brink_prefix_list_holds(const struct brink_prefix_list *list, const struct brink_peer *peer);

#endif
