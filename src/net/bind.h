/* net/bind.h - sockets that listen. */
#ifndef BRINK_NET_BIND_H
#define BRINK_NET_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "brink/result.h"
#include "net/address.h"
#include "sys/sys.h"

/* Makes `count` sockets that listen on one address, one for each worker, into `fds`: of TCP by
 * SO_REUSEPORT (socket(7)), so that the kernel spreads the clients; of a unix socket or a
 * descriptor that was handed to us, duplicates of one. `bound` gets the address with the port that
 * the kernel chose. A unix socket's file that nobody listens on any more is replaced. The caller
 * owns the sockets. On failure (the kernel's reason, and `why`) nothing is open. */
BRINK_MUST_CHECK brink_result brink_bind(const struct brink_sys *sys,
                                         const struct brink_address *address, int *fds,
                                         size_t count, struct brink_address *bound,
                                         struct brink_message *why);

/* Removes a unix socket's file. Nothing to do for other addresses. */
void brink_unbind(const struct brink_sys *sys, const struct brink_address *bound);

#endif
