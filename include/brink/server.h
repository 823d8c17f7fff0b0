/* brink/server.h - a server: listeners, workers, and what they do with each connection.
 *
 * A server owns N threads (workers), each with an event loop of its own; a connection stays with
 * the worker that accepted it (or they share one, see enum brink_server_dispatch). The functions
 * here may be called from any thread unless they say otherwise. */
#ifndef BRINK_SERVER_H
#define BRINK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"
#include "brink/listener.h"
#include "brink/log.h"
#include "brink/result.h"
#include "brink/stream.h"
#include "brink/upstream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which of the workers serves a connection that is ready. */
enum brink_server_dispatch {
    BRINK_DISPATCH_SHARDED = 0, /* the one that accepted it: the least to do for each frame */
    /* Whichever is idle: they wait on one epoll instance, and connections are armed by one-shot, so
     * that a few heavy ones are spread over all workers. For ECHO and RELAY. */
    BRINK_DISPATCH_SHARED
};

enum {
    BRINK_LISTEN_MAX = 16, /* addresses of one listener */
    BRINK_LISTENERS_MAX = 64,
    BRINK_UPSTREAMS_MAX = 64
};

/* Times in milliseconds, 0 for none; sizes in bytes. Start from brink_server_options_init. */
struct brink_server_options {
    enum brink_server_service service;
    /* HOST:PORT, :PORT, [v6]:PORT, unix:/path, unix:@abstract, fd:N; port 0: the kernel chooses */
    const char *listen[BRINK_LISTEN_MAX];
    size_t listen_count;
    const char *upstream; /* for RELAY: an address as above; names are resolved once, at start */
    struct brink_spec spec;
    const struct brink_stream_handler *handler; /* for FRAMES; must outlive the server */
    void *context;
    enum brink_server_dispatch dispatch;
    uint32_t workers;     /* 0: one per core available */
    uint32_t max_clients; /* over all workers; accepting pauses there. Lowered, with a warning,
                             to what the open-file limit allows */
    uint32_t idle_ms;     /* no byte either way for so long ends a connection; 60 s */
    uint32_t frame_ms;    /* a frame begun must be finished by then; none */
    uint32_t connect_ms;  /* 5 s */
    /* Queued in one direction: reading pauses at the high one and resumes at the low one. 0 and 0,
     * the default: for FRAMES 64 and 16 KiB; for ECHO and RELAY 1 and 0, that is, nothing is read
     * ahead for a receiver whose socket is full, which would only be copied. */
    size_t high_bytes;
    size_t low_bytes;
    /* For queued bytes, over all connections; 256 MiB. Beyond it nothing more is read for whoever
     * holds more than a few KiB of it already; the others go on. */
    uint64_t buffer_memory;
    struct brink_log log;
    /* More than one listener, groups of servers, limits: instead of `service` to `context`, the
     * times and the watermarks above, which stand for one listener and, for RELAY, a group of one
     * server. Not both. */
    const struct brink_listener_options *listeners;
    size_t listener_count;
    const struct brink_upstream_options *upstreams;
    size_t upstream_count;
    /* Called once all addresses are bound and before there is any thread, for who gives up rights
     * then; fails the start if it fails, and says why. `bound_context` is given to it. May be NULL.
     */
    brink_result (*on_bound)(void *context, struct brink_message *why);
    void *bound_context;
    int takeover_fd; /* the channel to the process that is taken over from; 0, the default: none;
                        see brink/handover.h */
};

/* The defaults: 4-byte little-endian frames, 4096 clients, the values above; no listener, no log.
 */
void brink_server_options_init(struct brink_server_options *options);

/* Resolves, binds, listens and starts the workers; clients are accepted when it returns. The
 * strings are not kept. The process's limit of open files is raised as far as it goes. On success
 * the caller owns *server and ends it with brink_server_wait and brink_server_free. On failure
 * *server is NULL, nothing is left open, and `why` says what is wrong. */
BRINK_MUST_CHECK brink_result brink_server_start(struct brink_server **server,
                                                 const struct brink_server_options *options,
                                                 struct brink_message *why);

/* The address that listener `index` is bound to, with the port that the kernel chose, as text in
 * `text`, which is also returned. "" if there is no such listener. */
const char *brink_server_address(const struct brink_server *server, size_t index, char *text,
                                 size_t size);

/* Begins to stop: no more clients; each connection is closed once it stands at a frame boundary
 * both ways, has delivered all it read and is owed no reply; what is left after `drain_ms` is cut.
 * Returns at once. A further call can only shorten the time; 0 cuts now. */
void brink_server_stop(struct brink_server *server, uint32_t drain_ms);

struct brink_server_stats {
    uint64_t accepted;                   /* clients, ever */
    uint64_t clients;                    /* now */
    uint64_t closed[BRINK_REASON_COUNT]; /* by reason */
    uint64_t frames[2];                  /* whole frames received, by side (enum brink_side) */
    uint64_t bytes[2];                   /* bytes received, by side */
    uint64_t frames_cut[2];              /* frames left unfinished, by the side whose they were */
    uint64_t refused;       /* accepted and closed at once for want of descriptors or memory */
    uint64_t accept_pauses; /* times that accepting paused: limit reached, or no descriptors */
    uint64_t stale_events;  /* events for connections that had gone */
    uint64_t posts_dropped; /* brink_server_send to a stream gone or full */
    uint64_t buffered;      /* bytes of queued data held now */
    uint64_t drain_cut;     /* connections that the drain deadline ended */
    uint64_t denied;        /* by lists of who may connect, or the limit of their source */
    uint64_t probes;        /* clients that came and left without a byte either way */
    uint64_t rehomed;       /* times that a client was given another server between frames */
    uint64_t slowed;        /* times that a client over a rate had to wait */
    uint64_t rate_pauses;   /* of the accept_pauses: for the rate of new connections */
    uint64_t handed_over;   /* to another process (brink/handover.h): closed here, go on there */
    uint64_t taken_over;    /* from another process: not among the accepted */
    uint64_t memory_scarce; /* times that a worker's share of buffer_memory was spent */
    uint64_t buffer_memory; /* for what is buffered, as in force */
    uint32_t workers;
    uint32_t max_clients; /* as in force */
    bool stopping;        /* brink_server_stop has been called */
};

/* Sums what the workers count. Any thread, at any time before brink_server_free; each figure is
 * right by itself, they are not of one instant. */
void brink_server_stats(const struct brink_server *server, struct brink_server_stats *stats);

/* Of one worker: how the work is spread, and how long it makes others wait. */
struct brink_server_worker_stats {
    uint64_t cpu_ns; /* that its thread has used */
    /* The rest is of its event loop, which is all workers' where the dispatch is shared. */
    uint64_t clients; /* now */
    uint64_t frames;  /* received, of both sides */
    uint64_t turns;   /* of the loop: each serves those who are ready, once (shared: some) */
    uint64_t events;
    uint64_t
        long_turns; /* of 10 ms or more, of those that served 16 or more: others waited so long */
    uint64_t longest_turn_ms;
    uint64_t stale_events; /* for connections that had gone */
    uint64_t buffered;     /* bytes of queued data held now */
};

/* Worker `index`, from 0 to brink_server_stats.workers - 1; all 0 beyond. As brink_server_stats. */
void brink_server_worker_stats(const struct brink_server *server, uint32_t index,
                               struct brink_server_worker_stats *stats);

/* True if every worker that still runs has answered what the call before asked it; asks them anew.
 * A worker answers in its next turn, however idle or busy it is: one that never does is stuck in a
 * turn. It says nothing of single connections. True at the first call. Not by two threads at a
 * time, nor beside brink_server_free; to be called once in a while, as by a watchdog. */
bool brink_server_answers(struct brink_server *server);

/* Of one listener, over all workers; what the figures mean is said above. */
struct brink_server_listener_stats {
    const char *name;     /* valid until brink_server_free, as the next two; "" in the plain form */
    const char *service;  /* "echo", "relay" or "frames" */
    const char *upstream; /* whose servers its clients are coupled with; NULL: nobody's */
    size_t first_address; /* its addresses are those of brink_server_address from here on */
    size_t address_count;
    bool drained; /* brink_server_drain_listener */
    uint64_t accepted;
    uint64_t clients; /* now */
    uint64_t closed[BRINK_REASON_COUNT];
    uint64_t frames[2];
    uint64_t bytes[2];
    uint64_t frames_cut[2];
    uint64_t refused;
    uint64_t denied;
    uint64_t source_limited; /* of the denied: for the limit of their source */
    uint64_t accept_pauses;
    uint64_t rate_pauses;
    uint64_t probes;
    uint64_t rehomed;
    uint64_t slowed;
    uint64_t drain_cut;
    uint64_t handed_over;
    uint64_t taken_over;
};

/* Listener `index`, in the order of the options. False, and all 0, if there is none. As
 * brink_server_stats. */
bool brink_server_listener_stats(const struct brink_server *server, size_t index,
                                 struct brink_server_listener_stats *stats);

/* Of one upstream: all its servers together. What was counted stays when a server leaves. */
struct brink_server_upstream_stats {
    const char *name;     /* valid until brink_server_free */
    uint32_t servers;     /* now, as those below */
    uint32_t usable;      /* up, not drained, and of a weight that is not 0 */
    uint32_t connections; /* to servers that have left, too */
    uint32_t queued;      /* clients that wait for a place */
    uint64_t connect_failures;
    uint64_t ejections;
};

/* Upstream `index`, in the order of the options. False, and all 0, if there is none. Any thread, at
 * any time before brink_server_free; holds what opens and closes connections of this upstream up
 * for as long as it takes to add up to BRINK_UPSTREAM_SERVERS_MAX numbers; frames never. */
bool brink_server_upstream_stats(const struct brink_server *server, size_t index,
                                 struct brink_server_upstream_stats *stats);

enum brink_upstream_server_state {
    BRINK_UPSTREAM_SERVER_UP = 0,
    BRINK_UPSTREAM_SERVER_DOWN,    /* its checks fail */
    BRINK_UPSTREAM_SERVER_EJECTED, /* for a while: it failed its clients */
    BRINK_UPSTREAM_SERVER_DRAINED, /* brink_server_drain_upstream_server, whatever it is else */
    BRINK_UPSTREAM_SERVER_STATES
};
const char *brink_upstream_server_state_name(enum brink_upstream_server_state state); /* "up" ... */

/* Of one server of an upstream. What is counted begins when the server is added. */
struct brink_upstream_server_stats {
    const char *name;    /* valid during the call, as the address */
    const char *address; /* no two of an upstream have the same */
    enum brink_upstream_server_state state;
    uint64_t state_ms; /* for how long it has been in that state */
    uint32_t weight;
    uint32_t max_connections; /* 0: no limit */
    uint32_t tier;            /* 0 first; the next only while no server of those before is usable */
    uint32_t connections;
    uint64_t total_connections;
    uint64_t connect_failures;
    uint64_t unanswered; /* requests without any reply in time */
    uint64_t resets;     /* connections that it reset */
    uint64_t ejections;
    uint64_t frames[2]; /* whole ones received on connections to it, by side; as the next */
    uint64_t bytes[2];
    uint64_t replies;  /* whose time was measured: see brink/figures.h */
    uint64_t reply_us; /* all together */
};

/* Calls `visit` for each server that upstream `index` has now. As brink_server_upstream_stats, but
 * servers that come or go wait until the last call has returned: it should be short. It may call
 * nothing that has to do with this upstream. */
void brink_server_each_upstream_server(
    const struct brink_server *server, size_t index,
    void (*visit)(void *context, const struct brink_upstream_server_stats *stats), void *context);

/* Waits until the server has stopped. One thread, once. True if every connection left in time:
 * false if the drain deadline cut some. */
bool brink_server_wait(struct brink_server *server);

/* Frees what is left. Only after brink_server_wait; `server` may be NULL. */
void brink_server_free(struct brink_server *server);

#ifdef __cplusplus
}
#endif
#endif
