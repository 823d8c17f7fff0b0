/* server/taker.h - the new process's side of a hand-over: the thread that receives parcels and
 * deals them out to the workers, who answer them.
 *
 * A worker adopts a session, says that it has, and only then lets it go on: what has not been
 * accepted has not been touched, so the old process can take it back. If the answer cannot be
 * given the session is given up, and the channel with it. */
#ifndef BRINK_SERVER_TAKER_H
#define BRINK_SERVER_TAKER_H

#include "server/channel.h"
#include "server/control.h"
#include "server/worker.h"

struct brink_server;

/* All is its thread's, while there is one. */
struct brink_taker {
    struct brink_control_task task;
    struct brink_control control;
    struct brink_server *server;
    struct brink_channel channel;
    struct brink_source source;
    struct brink_post begin_post;
    struct brink_timer *timer; /* tries again what the kernel had no memory for */
    uint64_t counts[64];       /* clients of each worker, or that it gets; BRINK_WORKERS_MAX */
    uint32_t out;              /* parcels that are at the workers */
    uint64_t taken;
    uint64_t refused;
    bool runs;
    bool broken; /* the channel is: what comes of it is not heard any more */
    bool done;   /* the old process has said that that was all */
};

/* Starts the thread, which hears nothing yet. Fails with EAGAIN, ENOMEM and so on; the channel is
 * the caller's then. */
BRINK_MUST_CHECK brink_result brink_taker_start(struct brink_taker *taker,
                                                struct brink_server *server, int channel);

/* Takes what comes from now on. */
void brink_taker_begin(struct brink_taker *taker);

/* Ends it, and closes the channel. If it has begun, no worker may run any more. Harmless if there
 * is none. */
void brink_taker_stop(struct brink_taker *taker);

#endif
