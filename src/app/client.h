/* app/client.h - one blocking connection that sends a frame and waits for the one that comes back.
 *
 * The sockets never block: waiting is epoll's, edge-triggered, so that a deadline and a signal end
 * it. Sending and receiving go on at once, as an echo of a frame larger than all buffers on the way
 * comes back before the whole of it has left. One thread. */
#ifndef BRINK_APP_CLIENT_H
#define BRINK_APP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"
#include "net/address.h"
#include "sys/sys.h"

struct brink_client {
    const struct brink_sys *sys;
    const struct brink_direction *direction; /* of what comes back, which is what was sent */
    struct brink_decoder decoder;
    int epoll_fd;
    int fd; /* negative: not connected */
};

/* `direction` must outlive the client. `cancel_fd`: waiting ends with ECANCELED when it is
 * readable; -1 for none. Fails with the kernel's reason, holding nothing. */
BRINK_MUST_CHECK brink_result brink_client_open(struct brink_client *client,
                                                const struct brink_sys *sys,
                                                const struct brink_direction *direction,
                                                int cancel_fd);
void brink_client_close(struct brink_client *client);

/* Deadlines are of the monotonic clock, in milliseconds: ETIMEDOUT past them. On failure the client
 * is not connected. */
BRINK_MUST_CHECK brink_result brink_client_connect(struct brink_client *client,
                                                   const struct brink_address *address,
                                                   uint64_t deadline_ms);
void brink_client_disconnect(struct brink_client *client);

static inline bool brink_client_connected(const struct brink_client *client)
{
    return client->fd >= 0;
}

/* Sends `length` bytes, a whole frame with what must stand before it, and receives a frame into
 * `reply` (room for `length` bytes), whose length goes into `*replied`; without frames (raw), as
 * many bytes as were sent. Fails with ETIMEDOUT, ECANCELED, ECONNABORTED (the peer closed),
 * EMSGSIZE (what came back is longer), EPROTO (is no frame), or the kernel's reason. The connection
 * cannot be used for another exchange then; what came is in `reply` all the same. */
BRINK_MUST_CHECK brink_result brink_client_exchange(struct brink_client *client,
                                                    const uint8_t *request, size_t length,
                                                    uint8_t *reply, size_t *replied,
                                                    uint64_t deadline_ms);

/* Waits until then, whatever happens at the connection meanwhile. ECANCELED when cancelled. */
BRINK_MUST_CHECK brink_result brink_client_rest(struct brink_client *client, uint64_t until_ms);

uint64_t brink_client_now_ms(const struct brink_client *client);

#endif
