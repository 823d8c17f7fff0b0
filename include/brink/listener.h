/* brink/listener.h - one of a server's listeners: where clients come in, what is done with them,
 * and how much they may take.
 *
 * Options only, as brink/upstream.h. */
#ifndef BRINK_LISTENER_H
#define BRINK_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"
#include "brink/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum brink_server_service {
    BRINK_SERVICE_FRAMES = 0, /* the application gets whole frames (`handler`) */
    BRINK_SERVICE_ECHO,       /* frames go back to their sender */
    BRINK_SERVICE_RELAY       /* each client is coupled with a connection to `upstream` */
};

enum brink_proxy_accept {
    BRINK_PROXY_ACCEPT_NONE = 0,
    BRINK_PROXY_ACCEPT_OPTIONAL, /* a trusted peer may begin with a PROXY protocol header */
    BRINK_PROXY_ACCEPT_REQUIRED  /* it must */
};

/* What happens to a client over client_frames or client_bytes; over `frames` or `bytes`, which may
 * be another's fault, it is always slowed. */
enum brink_over_rate {
    BRINK_OVER_RATE_SLOW = 0, /* no more is read of the client until it is within the rate */
    BRINK_OVER_RATE_CLOSE
};

/* So many a second, on average; `burst` at once. 0: no limit; burst 0: a second's worth. */
struct brink_rate {
    uint64_t per_second;
    uint64_t burst;
};

struct brink_limit_options {
    uint32_t max_clients;          /* of this listener; 0: as many as the server has */
    uint32_t max_per_source;       /* of one source address, or prefix; 0: no limit */
    uint8_t source_bits_v4;        /* length of a source's prefix; 0: 32 */
    uint8_t source_bits_v6;        /* 0: 64, which is what one household or host has (RFC 6177) */
    struct brink_rate connections; /* new ones, of the listener; beyond it accepting pauses */
    struct brink_rate frames;      /* from all of its clients */
    struct brink_rate bytes;
    struct brink_rate client_frames; /* from each client */
    struct brink_rate client_bytes;
    enum brink_over_rate over_rate;
};

struct brink_bytes {
    const uint8_t *data;
    size_t size;
};

struct brink_listener_options {
    const char *name; /* for the log; unique */
    enum brink_server_service service;
    const char *const *listen; /* addresses as in brink_server_options */
    size_t listen_count;
    const char *upstream; /* for RELAY: the name of one of the server's upstreams */
    struct brink_spec spec;
    const struct brink_stream_handler *handler; /* for FRAMES; must outlive the server */
    void *context;
    uint32_t idle_ms;        /* no byte either way for so long ends a connection; 60 s */
    uint32_t first_frame_ms; /* a client's first frame must be whole by then; none */
    uint32_t frame_ms;       /* a frame begun must be whole by then; none */
    uint32_t half_closed_ms; /* once one side has ended: for the other to end; none */
    uint32_t max_age_ms;     /* after so long (a tenth less, by chance) it is closed at the next
                                frame boundary with nothing unanswered; none */
    size_t high_bytes;       /* as in brink_server_options */
    size_t low_bytes;
    enum brink_proxy_accept accept_proxy;
    const char *const *trusted; /* prefixes whose PROXY headers are believed; none: everybody's */
    size_t trusted_count;
    uint32_t proxy_ms; /* the header must be there by then; 5 s */
    /* Prefixes as 10.0.0.0/8, 2001:db8::/32 or an address; `unix`: unix sockets. Who is in `deny`,
     * or, where `allow` is not empty, not in it, is closed at once. deny wins. */
    const char *const *allow;
    size_t allow_count;
    const char *const *deny;
    size_t deny_count;
    struct brink_limit_options limits;
    /* Sent before the connection is closed, where a frame is not half sent; empty: nothing. */
    struct brink_bytes goodbye_refused; /* access, limits, no server */
    struct brink_bytes goodbye_drained;
    struct brink_bytes goodbye_oversize; /* a frame beyond the limit */
};

/* The defaults named above, 4-byte little-endian frames, no address. */
void brink_listener_options_init(struct brink_listener_options *options);

#ifdef __cplusplus
}
#endif
#endif
