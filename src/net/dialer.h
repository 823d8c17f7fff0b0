/* net/dialer.h - connecting without waiting.
 *
 * The descriptor is armed once, as it will be for good: the first event tells the outcome. How
 * long to wait is the owner's affair: closing the source gives up. The loop's thread. */
#ifndef BRINK_NET_DIALER_H
#define BRINK_NET_DIALER_H

#include "event/loop.h"
#include "net/address.h"

/* Begins to connect. source->ops is set by the caller; its run is called once there is a result,
 * never from within this function. Fails with the kernel's reason (ECONNREFUSED, EMFILE, ...;
 * EAGAIN: a unix socket's queue is full, try again later); the source is not in the loop then. */
BRINK_MUST_CHECK brink_result brink_dial(struct brink_loop *loop, struct brink_source *source,
                                         const struct brink_address *to, enum brink_arming arming);

/* To be called in run. Success: connected; what else has been told meanwhile stands in
 * source->ready. EINPROGRESS: not yet, run is called again. Else the connection failed: close the
 * source. */
BRINK_MUST_CHECK brink_result brink_dial_result(struct brink_loop *loop,
                                                struct brink_source *source);

#endif
