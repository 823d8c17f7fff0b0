/* brink/upstream.h - the servers that a relay's clients are coupled with, and how one is chosen.
 *
 * Options only: they are filled in by the application, given to brink_server_start and copied
 * there. Times in milliseconds, 0 for none (or never), unless said otherwise. */
#ifndef BRINK_UPSTREAM_H
#define BRINK_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRINK_UPSTREAM_SERVERS_MAX = 1024, /* of a group, discovered ones included */
    BRINK_WEIGHT_MAX = 256,
    BRINK_TRIES_MAX = 8
};

/* Which server gets the next connection, of those that are up, tried none yet, and have room. */
enum brink_balance {
    BRINK_BALANCE_ROUND_ROBIN = 0,   /* in turn, by weight */
    BRINK_BALANCE_LEAST_CONNECTIONS, /* the fewest for its weight; ties in turn */
    BRINK_BALANCE_RANDOM_TWO, /* of two drawn by weight the one with fewer (Mitzenmacher, "The
                                 Power of Two Choices in Randomized Load Balancing", 2001) */
    BRINK_BALANCE_SOURCE      /* by the client's address: Maglev (Eisenbud et al., NSDI 2016) */
};

/* What becomes of a server's connections when it goes down or leaves the group. */
enum brink_when_down {
    BRINK_WHEN_DOWN_KEEP = 0, /* they go on as long as they can */
    BRINK_WHEN_DOWN_BOUNDARY, /* each is closed when it reaches a frame boundary */
    BRINK_WHEN_DOWN_NOW       /* they are closed at once */
};

enum brink_proxy_send { BRINK_PROXY_SEND_NONE = 0, BRINK_PROXY_SEND_V1, BRINK_PROXY_SEND_V2 };

/* One server, or, where its address is a name, one for each address that the name has. */
struct brink_upstream_server {
    const char *name;         /* for the log; NULL: its address */
    const char *address;      /* HOST:PORT, [V6]:PORT, unix:/path, unix:@name */
    uint32_t weight;          /* 1 to BRINK_WEIGHT_MAX; 0: gets no new connections */
    uint32_t max_connections; /* 0: no limit */
    bool backup;              /* used only while no other is up */
};

/* Frames are sent as they are, and replies are compared up to `expect_size` bytes:
 * (reply & mask) == (expect & mask). */
struct brink_health_options {
    uint32_t interval_ms; /* 0: no checks. Each waits up to a tenth more or less, by chance */
    uint32_t timeout_ms;  /* for connecting and the whole reply frame; 2 s */
    uint32_t rise;        /* checks in a row that must pass until it is up; 2 */
    uint32_t fall;        /* and fail until it is down; 3 */
    const uint8_t *send;  /* a whole frame; NULL: connecting is enough */
    size_t send_size;
    const uint8_t *expect; /* how the reply frame begins; NULL: any whole frame will do */
    const uint8_t *mask;   /* as long as `expect`; NULL: all bits */
    size_t expect_size;
};

/* A server that fails its clients is ejected: it gets no new connections for a while. */
struct brink_eject_options {
    uint32_t connect_failures; /* in a row; 0: not for these; 5 */
    uint32_t resets;           /* connections that it reset in a row; 0: not for these */
    uint32_t reply_ms;         /* a request frame without any reply for so long counts as a failed
                                  connect does; 0: not looked at */
    uint32_t base_ms;     /* for how long, the first time; 30 s; each time in a row as long again */
    uint32_t max_ms;      /* and at most; 5 min */
    uint32_t max_percent; /* never more than so many of the group's servers at a time; 50 */
};

struct brink_upstream_options {
    const char *name; /* for the log; unique */
    const struct brink_upstream_server *servers;
    size_t server_count;
    const char *dns;       /* "HOST:PORT": each of its addresses is a server; or NULL */
    const char *srv;       /* "_service._proto.domain": its SRV records are (RFC 2782); or NULL */
    const char *file;      /* a file of servers, watched: an address and options a line; or NULL */
    const char *resolvers; /* DNS servers, addresses with commas: "127.0.0.1:53,[::1]:53"; NULL:
                              those of resolv.conf(5) */
    uint32_t dns_min_ms;   /* records are looked up anew when their TTL is over, not before; 1 s */
    uint32_t dns_max_ms;   /* and not later; 5 min */
    enum brink_balance balance;
    uint32_t connect_ms; /* for one try; 5 s */
    uint32_t tries;      /* servers tried for one client, each once; 3, at most BRINK_TRIES_MAX */
    uint32_t queue_max;  /* clients that may wait while all servers are at max_connections; 1024 */
    uint32_t queue_ms;   /* and for how long; 5 s */
    uint32_t keepalive_ms;    /* idle time before the first probe; 60 s */
    uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT, tcp(7); 0: the system's */
    uint32_t slow_start_ms;   /* one that comes back gets its full share after so long */
    enum brink_when_down when_down;
    enum brink_proxy_send send_proxy; /* a PROXY protocol header before all else; checks too */
    /* A client whose server ends the connection, or goes down by `when_down`, between frames and
     * with no request unanswered gets another server, and does not notice. Only where frames carry
     * all state: refused for presets that keep some, and for raw bytes. */
    bool rehome;
    struct brink_health_options health;
    struct brink_eject_options eject;
};

/* The defaults named above; no servers, no checks. */
void brink_upstream_options_init(struct brink_upstream_options *options);

#ifdef __cplusplus
}
#endif
#endif
