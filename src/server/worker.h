/* server/worker.h - one thread with one loop, and the clients that it accepted.
 *
 * Set up and taken down by whoever owns the server; in between it belongs to its thread, but for
 * what is atomic. */
#ifndef BRINK_SERVER_WORKER_H
#define BRINK_SERVER_WORKER_H

#include <pthread.h>

#include "event/loop.h"
#include "net/listener.h"
#include "relay/service.h"
#include "server/clients.h"

struct brink_worker {
    struct brink_server *server;
    struct brink_clients *clients;
    struct brink_worker *peers; /* all workers, this one among them */
    uint32_t peer_count;
    uint32_t index;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_service service;
    struct brink_listener listeners[BRINK_LISTEN_MAX];
    size_t listener_count;
    pthread_t thread;

    /* At the client limit: it accepts none until somebody left. Whoever leaves takes the flag down
     * and posts. */
    atomic_bool waits_for_place;
    struct brink_post place_post;

    bool exhausted;              /* a listener rests: a descriptor that gets free is welcome */
    uint64_t exhaustion_told_ms; /* when the log last said so */

    atomic_bool stop_posted;
    struct brink_post stop_post;
    _Atomic(uint64_t) stop_by_ms; /* when what is left is cut; BRINK_NEVER: not stopping */
    uint64_t drain_from_ms;
    bool draining;
    struct brink_timer *sweep;
};

struct brink_worker_settings {
    const struct brink_sys *sys;
    struct brink_server *server;
    const struct brink_service_options *service;
    const struct brink_service_kind *kind;
    struct brink_clients *clients;
    struct brink_worker *peers;
    uint32_t peer_count;
    uint64_t budget;
    size_t high_bytes;
    size_t low_bytes;
    /* Where the worker's arena gets its memory; NULL: the build's default. */
    const struct brink_memory_source *memory;
    void *memory_context;
};

/* Everything but the thread. On failure nothing is held. */
BRINK_MUST_CHECK brink_result brink_worker_init(struct brink_worker *worker, uint32_t index,
                                                const struct brink_worker_settings *settings);

/* Accepts clients from `fd`, which listens. On failure `fd` is still the caller's. */
BRINK_MUST_CHECK brink_result brink_worker_listen(struct brink_worker *worker, int fd);

/* Starts the thread, with all signals blocked in it. */
BRINK_MUST_CHECK brink_result brink_worker_start(struct brink_worker *worker);

/* Any thread: accepts no more, and ends when its sessions have drained or at `by_ms`. A later call
 * can only bring that forward. */
void brink_worker_stop(struct brink_worker *worker, uint64_t by_ms);

/* Waits until the thread has ended. */
void brink_worker_join(struct brink_worker *worker);

/* The thread must have ended, or never have been started. */
void brink_worker_destroy(struct brink_worker *worker);

#endif
