/* net/listener.h - accepting clients.
 *
 * Clients are accepted until none waits, but at most BRINK_ACCEPT_BURST in a turn. A listener
 * pauses when its owner admits no more clients, and rests for BRINK_LISTENER_REST_MS when the
 * kernel has no descriptor or memory for another: those who wait stay in the kernel's queue. While
 * it does not accept it is armed by one-shot for nothing, so that new clients cost it no wakeup; to
 * go on, it is armed by edge again, which tells of those who wait. The loop's thread. */
#ifndef BRINK_NET_LISTENER_H
#define BRINK_NET_LISTENER_H

#include "base/counter.h"
#include "event/loop.h"
#include "net/address.h"

enum { BRINK_ACCEPT_BURST = 16, BRINK_LISTENER_REST_MS = 100 };

struct brink_listener;

struct brink_listener_owner {
    /* Reserves room for one more client; false: there is none, the listener pauses. */
    bool (*admit)(struct brink_listener *listener);
    /* Gives back what admit reserved: nobody came. */
    void (*unadmit)(struct brink_listener *listener);
    /* A client, admitted; the owner takes over `fd`. */
    void (*on_client)(struct brink_listener *listener, int fd, const struct brink_peer *peer);
    /* The kernel would accept no client (an errno value), and the listener rests. If true is
     * returned, the client who waits longest is turned away by way of the spare descriptor: for
     * when no client is here who might leave and so free a descriptor. */
    bool (*on_exhausted)(struct brink_listener *listener, int sys_errno);
    /* It has been closed, and its memory may go. May be NULL. */
    void (*on_gone)(struct brink_listener *listener);
};

/* Invariant: armed by edge exactly if begun and neither paused, resting nor held. */
struct brink_listener {
    struct brink_source source;
    struct brink_loop *loop;
    const struct brink_listener_owner *owner;
    void *context; /* the owner's */
    struct brink_timer *rest;
    int spare_fd;
    bool paused;
    bool resting;
    bool begun;
    bool held;
    bool ending;          /* once no client waits it is closed */
    brink_counter pauses; /* times that it paused or rested */
};

/* Starts accepting on `fd`, which listens. On failure (ENOMEM, ENOSPC, EMFILE...) nothing is held,
 * and `fd` is still the caller's. */
BRINK_MUST_CHECK brink_result brink_listener_start(struct brink_listener *listener,
                                                   struct brink_loop *loop, int fd,
                                                   const struct brink_listener_owner *owner,
                                                   void *context);

/* The same, but nobody is accepted until brink_listener_begin: for who must not fail then. */
BRINK_MUST_CHECK brink_result brink_listener_start_held(struct brink_listener *listener,
                                                        struct brink_loop *loop, int fd,
                                                        const struct brink_listener_owner *owner,
                                                        void *context);
void brink_listener_begin(struct brink_listener *listener);

/* Accepts those who wait in the kernel's queue, when the owner admits them, and closes the socket
 * once there are none: nobody is reset who came before. */
void brink_listener_end(struct brink_listener *listener);

/* Until released, it accepts nobody, nor asks its owner, on another thread. On a loop that is not
 * shared nothing happens. */
void brink_listener_claim(struct brink_listener *listener);
void brink_listener_release(struct brink_listener *listener);

/* The owner has room again. Harmless when not paused. */
void brink_listener_resume(struct brink_listener *listener);

/* Descriptors or memory have become free: no need to rest longer. Harmless when not resting. */
void brink_listener_retry(struct brink_listener *listener);

/* Accepts those who wait, `most` at most and as long as the owner admits them: for who will stop
 * it. It is held no more. */
void brink_listener_accept_rest(struct brink_listener *listener, unsigned most);

/* From now on, or until told otherwise, it accepts nobody: who comes waits in the kernel's queue.
 */
void brink_listener_hold(struct brink_listener *listener, bool hold);

/* Closes the socket; clients who wait in its queue are reset. Harmless when stopped. */
void brink_listener_stop(struct brink_listener *listener);

#endif
