/* net/options.h - socket options. */
#ifndef BRINK_NET_OPTIONS_H
#define BRINK_NET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/sys.h"

/* What every connection gets; set on a listening socket, Linux hands it on to those that it
 * accepts. TCP_NODELAY: a reply is not held back for the peer's delayed acknowledgement (RFC 896).
 * SO_OOBINLINE: an urgent byte stays in its place in the stream (RFC 6093). Options of TCP fail on
 * a unix socket, and none of them is worth losing a connection for, so failures are not told. */
void brink_options_tune(const struct brink_sys *sys, int fd);

/* Keepalive: a peer that vanished without a word is found out a minute after `idle_ms` (rounded up
 * to seconds) of silence. Handed on as well. It takes four calls, and does nothing before that: for
 * a connection that is made to be used once it is not worth them. */
enum { BRINK_KEEPALIVE_IDLE_MS = 60 * 1000, BRINK_KEEPALIVE_AFTER_MS = 30 * 1000 };
void brink_options_keep_alive(const struct brink_sys *sys, int fd, uint32_t idle_ms);

/* TCP_USER_TIMEOUT (tcp(7), RFC 5482): a peer that acknowledges nothing for so long is given up. 0
 * leaves it to the system. */
void brink_options_user_timeout(const struct brink_sys *sys, int fd, uint32_t user_timeout_ms);

/* SO_REUSEADDR; SO_REUSEPORT if `share`; an IPv6 socket takes IPv4 as well. */
void brink_options_listen(const struct brink_sys *sys, int fd, bool share);

#endif
