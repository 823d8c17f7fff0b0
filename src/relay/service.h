/* relay/service.h - what one worker does with its clients: the context that their sessions share.
 *
 * All functions: the worker's thread. The counters may be read by any. */
#ifndef BRINK_RELAY_SERVICE_H
#define BRINK_RELAY_SERVICE_H

#include "base/counter.h"
#include "base/list.h"
#include "brink/drain.h"
#include "brink/frame.h"
#include "brink/listener.h"
#include "brink/log.h"
#include "net/address.h"
#include "net/prefix.h"
#include "net/stream.h"
#include "relay/dialing.h"
#include "relay/rates.h"
#include "relay/sources.h"

struct brink_session;
struct brink_service;
struct brink_service_kind;

/* The same for all workers of a server; not changed while a service has them. */
struct brink_service_options {
    const struct brink_service_kind *kind;
    const char *name; /* of its listener, for figures */
    struct brink_spec spec;
    struct brink_group *group; /* for pairs; must outlive the service */
    uint64_t seed;             /* for what is left to chance */
    const struct brink_stream_handler *handler;
    void *context;
    uint32_t idle_ms;
    uint32_t frame_ms;
    uint32_t first_frame_ms;
    uint32_t half_closed_ms;
    uint32_t max_age_ms;
    size_t high_bytes;
    size_t low_bytes;
    enum brink_proxy_accept accept_proxy; /* for pairs */
    struct brink_prefix_list trusted;     /* to say who their clients are; none: all peers */
    uint32_t proxy_ms;
    struct brink_prefix_list allow; /* none: all */
    struct brink_prefix_list deny;
    uint32_t max_clients; /* of this listener, 0: no limit; the owner's to apply, as the next */
    struct brink_rate connections; /* new ones */
    struct brink_sources *sources; /* of this service's clients, over all workers */
    uint32_t max_per_source;       /* 0: no limit */
    uint8_t source_bits_v4;
    uint8_t source_bits_v6;
    struct brink_rates rates;
    struct brink_bytes goodbye_refused;
    struct brink_bytes goodbye_drained;
    struct brink_bytes goodbye_oversize;
    enum brink_arming arming; /* of the connections; listeners are armed by edge */
    struct brink_log log;
};

/* What kind of sessions a service has: echo, pair or endpoint. */
struct brink_service_kind {
    const char *name;
    size_t session_size;
    unsigned legs; /* connections of a session: its client's, and the upstream's */
    /* A client has come, `session` is set up but for its legs. On failure nothing is held, and `fd`
     * is still the caller's. */
    brink_result (*open)(struct brink_session *session, int fd);
    /* The timer has fired for a reason of the kind's own; see session.h. May be NULL. */
    uint64_t (*on_timer)(struct brink_session *session, uint64_t now_ms);
    /* Frames that its client has been sent; NULL where each request is its own reply. */
    uint64_t (*replies)(struct brink_session *session);
    /* The upstream has ended its connection, or is to be left. True: the session goes on, with
     * another. May be NULL: it does not. */
    bool (*on_lost)(struct brink_session *session);
    /* One of two connections has been reclaimed. May be NULL. */
    void (*on_leg_gone)(struct brink_session *session);
    /* The session begins to close. May be NULL. */
    void (*on_closing)(struct brink_session *session);
    /* All connections are gone, the session will be freed. May be NULL. */
    void (*on_gone)(struct brink_session *session);
};

struct brink_service_stats {
    brink_counter accepted;
    brink_counter sessions; /* open now */
    brink_counter closed[BRINK_REASON_COUNT];
    brink_counter frames[2];
    brink_counter bytes[2];
    brink_counter frames_cut[2];
    brink_counter refused; /* for want of descriptors or memory */
    brink_counter denied;
    brink_counter source_limited; /* of the denied */
    brink_counter probes;         /* clients that came and left without a byte */
    brink_counter rehomed;
    brink_counter slowed; /* times that a client over a rate had to wait */
    brink_counter drain_cut;
    brink_counter taken_over; /* from another process: not among the accepted */
    brink_counter frames_cut_by[2][BRINK_REASON_COUNT];
    brink_counter bad_frames[2][BRINK_FRAME_ERRORS];
    brink_counter retries;      /* connects that were tried because one before had failed */
    brink_counter waits;        /* clients that had to wait for a server's place */
    brink_counter pauses[2];    /* times that a side was not read because the other took no more */
    brink_counter paused[2];    /* sides that are not, now */
    brink_counter paused_us[2]; /* up to settled_us: the time of all of them together */
    uint64_t settled_us;
    struct brink_size_tally frame_bytes[2];
    struct brink_time_tally frame_us[2];
    struct brink_time_tally reply_us;
};

/* That sessions are to leave; see relay/drain.h. */
struct brink_drain {
    struct brink_link link;        /* in the service's list, or alone: it is not in force */
    struct brink_session *session; /* the one that is to; NULL: all, */
    struct brink_target *target;   /* or all of this server, which is held */
    bool over;                     /* not in force any more, but still in the list */
    struct brink_drain_options options;
    uint64_t from_ms;
    uint64_t by_ms; /* what is left then is cut */
};

struct brink_service {
    struct brink_io io; /* first: found again from a stream */
    const struct brink_service_options *options;
    const struct brink_service_kind *kind;
    bool metered;        /* its rates call for a meter behind each session */
    size_t session_size; /* with that */
    struct brink_slab_pool sessions;
    struct brink_dialings dialings; /* of pairs, as the next */
    struct brink_slab_pool greetings;
    struct brink_slab_pool headers;
    struct brink_service_stats stats;
    bool handing_over;           /* see relay/handover.h */
    struct brink_link drains;    /* that are in force, or were */
    struct brink_drain drain;    /* of all its sessions */
    struct brink_slab_pool some; /* drains of some of them */
    uint32_t visits; /* of brink_service_each that go on: it may not be destroyed meanwhile */
    void (*on_session_gone)(struct brink_service *service); /* the owner's */
};

/* The worker's buffers, and the options, must outlive it. */
void brink_service_init(struct brink_service *service, struct brink_buffers *buffers,
                        const struct brink_service_options *options);

/* All sessions must have gone, and nobody may visit them. */
void brink_service_destroy(struct brink_service *service);

/* Takes over a client's connection. If that fails it is closed, counted and logged, and
 * on_session_gone is called. */
void brink_service_accept(struct brink_service *service, int fd, const struct brink_peer *peer);

/* Calls fn for each session of the service, once for each of its legs that is open. fn may close
 * it: what is closed is reclaimed later. */
void brink_service_each(struct brink_service *service,
                        void (*fn)(struct brink_session *session, const void *arg),
                        const void *arg);

/* The service is to have no more sessions. */
static inline bool brink_service_drains(const struct brink_service *service)
{
    return !brink_list_empty(&service->drain.link) && !service->drain.over;
}

static inline struct brink_service *brink_service_of(const struct brink_stream *stream)
{
    return BRINK_CONTAINER_OF(stream->io, struct brink_service, io);
}

/* For who goes through all sessions of a loop, of whichever service, a part at a time: calls fn for
 * the session of which the loop's slot `index` has the first leg that is open, if it has such. fn
 * may close it. */
void brink_sessions_visit(struct brink_loop *loop, uint32_t index,
                          void (*fn)(struct brink_session *session, void *arg), void *arg);

#endif
