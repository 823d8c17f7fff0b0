/* server/channel.h - one end of the channel between two processes of which one takes over from the
 * other: messages (server/handover_wire.h) and descriptors. Its descriptor does not block. Any
 * thread may send; one at a time receives. */
#ifndef BRINK_SERVER_CHANNEL_H
#define BRINK_SERVER_CHANNEL_H

#include "server/handover_wire.h"
#include "sys/sys.h"

struct brink_channel {
    const struct brink_sys *sys;
    int fd;
};

/* Fails with EAGAIN while the channel is full, ENOBUFS while the kernel has no room for it (no
 * event tells when it has), EMSGSIZE for what does not fit in a message, and EPIPE once the other
 * has gone or the channel is broken. The descriptors stay the caller's. */
BRINK_MUST_CHECK brink_result brink_channel_send(const struct brink_channel *channel,
                                                 const struct brink_handover_message *message,
                                                 const int *fds, size_t count);

/* What comes next, of the kinds that are known. The descriptors are the caller's. Fails with EAGAIN
 * if nothing is there, ENOBUFS as above, EPIPE as above, and EINVAL for what makes no sense:
 * a parcel's id may be told all the same. No descriptor is left to the caller then. */
BRINK_MUST_CHECK brink_result brink_channel_receive(const struct brink_channel *channel,
                                                    struct brink_handover_message *message,
                                                    int fds[BRINK_RIGHTS_MAX], size_t *count);

/* The same, but they wait, at most until `until_ms`: ETIMEDOUT. For who has a thread to wait on. */
BRINK_MUST_CHECK brink_result brink_channel_send_until(const struct brink_channel *channel,
                                                       const struct brink_handover_message *message,
                                                       const int *fds, size_t count,
                                                       uint64_t until_ms);
BRINK_MUST_CHECK brink_result brink_channel_receive_until(const struct brink_channel *channel,
                                                          struct brink_handover_message *message,
                                                          int fds[BRINK_RIGHTS_MAX], size_t *count,
                                                          uint64_t until_ms);

void brink_channel_close_fds(const struct brink_channel *channel, const int *fds, size_t count);

#endif
