/* brink/operate.h - what an operator does to a running server: sees its clients, drains a part of
 * it, changes its options.
 *
 * All functions: any thread but a worker's (so not from a stream's callback), between
 * brink_server_start and brink_server_wait. Those that say so wait until each worker has taken its
 * turn, which is moments unless one is stuck. Those that fail say why, with EINVAL for what makes
 * no sense, ENOENT for what there is not, ENOMEM, or EPIPE where the server has stopped, and have
 * done nothing. */
#ifndef BRINK_OPERATE_H
#define BRINK_OPERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/drain.h"
#include "brink/result.h"
#include "brink/server.h"
#include "brink/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- clients --- */

enum brink_client_state {
    BRINK_CLIENT_OPEN = 0,
    BRINK_CLIENT_CONNECTING, /* a server is looked for, waited for, or being connected to */
    BRINK_CLIENT_GREETING,   /* its PROXY header is being read */
    BRINK_CLIENT_LEAVING,    /* it is closed at its next boundary */
    BRINK_CLIENT_CLOSING,
    BRINK_CLIENT_STATES
};
const char *brink_client_state_name(enum brink_client_state state); /* "open" ... */

/* Texts are valid during the call. */
struct brink_client_info {
    brink_stream_id id;
    const char *listener; /* "" in the plain form */
    const char *peer;     /* its address: of a PROXY header, if there was one */
    const char *upstream; /* NULL: none, as the next */
    const char *server;   /* the server's name */
    const char *server_address;
    enum brink_client_state state;
    uint32_t worker;
    uint64_t age_ms;
    uint64_t quiet_ms;   /* since a byte last went either way */
    uint64_t bytes[2];   /* received, by side */
    uint64_t frames[2];  /* whole ones, likewise */
    uint64_t queued[2];  /* bytes received, by side, that the other has not taken yet */
    uint64_t missing[2]; /* bytes of the present frame still to come, by side */
    bool mid_frame[2];   /* a frame has begun and not ended */
};

/* Calls `visit` for up to `most` clients, of one listener (NULL: of all), on the caller's thread;
 * returns how many there are, visited or not. Waits for the workers. */
BRINK_MUST_CHECK brink_result brink_server_each_client(
    struct brink_server *server, const char *listener, size_t most, size_t *count,
    void (*visit)(void *context, const struct brink_client_info *info), void *context);

/* Lets one client go (reason drained, or drain-deadline). Returns at once; fails with ENOENT if
 * there is no such client. Waits for its worker. */
BRINK_MUST_CHECK brink_result brink_server_drain_client(struct brink_server *server,
                                                        brink_stream_id id,
                                                        const struct brink_drain_options *options,
                                                        struct brink_message *why);

/* --- parts --- */

/* The whole server, as brink_server_stop, which has the defaults but for the time. A further call
 * may change the policy to a harsher one and shorten the time. */
void brink_server_drain(struct brink_server *server, const struct brink_drain_options *options);

/* A listener accepts no more (who comes waits in the kernel's queue, until undrain or until the
 * queue is full) and lets its clients go. It stays so, also over brink_server_reload, until
 * undrain: those that have not left then stay. */
BRINK_MUST_CHECK brink_result brink_server_drain_listener(struct brink_server *server,
                                                          const char *listener,
                                                          const struct brink_drain_options *options,
                                                          struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_server_undrain_listener(struct brink_server *server,
                                                            const char *listener,
                                                            struct brink_message *why);

/* A server of an upstream gets no new connections, and its present ones are let go: each client
 * gets another server where the upstream says rehome, or is closed. `name` is its name or its
 * address. It stays so until undrain, or until it is gone. */
BRINK_MUST_CHECK brink_result brink_server_drain_upstream_server(
    struct brink_server *server, const char *upstream, const char *name,
    const struct brink_drain_options *options, struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_server_undrain_upstream_server(struct brink_server *server,
                                                                   const char *upstream,
                                                                   const char *name,
                                                                   struct brink_message *why);

/* Its share of new connections, 0 to BRINK_WEIGHT_MAX; until the server's source (configuration,
 * name, file) says another than it did. */
BRINK_MUST_CHECK brink_result brink_server_set_weight(struct brink_server *server,
                                                      const char *upstream, const char *name,
                                                      uint32_t weight, struct brink_message *why);

/* --- all --- */

/* Has the server go on with other options, all at once: listeners and upstreams are told by their
 * names, servers and listening sockets by their addresses. Those that stay keep what they have
 * (sockets with their queues, health, connections, figures); those that are new begin; those that
 * are gone end: an address is not listened on any more, a server is treated as when_down says.
 * Connections keep the listener options that they were opened under, and count with those that come
 * later: for limits, and in the figures. Clients that wait at an address that goes are accepted
 * still. Fails, with nothing changed, for options that brink_server_start would refuse, an address
 * that cannot be bound, and a change of what needs a restart, by name: workers, dispatch,
 * buffer_memory, where the log goes, a listener's handler, a new address fd:N, and the plain form
 * of the options; and with EPIPE while the server stops or hands over. Names are looked up
 * meanwhile, which may take its time. Waits for the workers; calls by several threads come one
 * after the other.
 */
BRINK_MUST_CHECK brink_result brink_server_reload(struct brink_server *server,
                                                  const struct brink_server_options *options,
                                                  struct brink_message *why);

#ifdef __cplusplus
}
#endif
#endif
