/* app/serve/stopping.h - how a server comes to its end: who balances clients is told at once,
 * clients are accepted for a while longer, and then all are let go.
 *
 *   SERVING --signal--> DELAYING --delay_ms are over--> DRAINING --signal--> LEAVING
 *      |                    `--------signal---------------------------------^
 *      `--signal, no delay----------------------------> DRAINING
 *
 * Time is an argument, in milliseconds of the monotonic clock. One thread. */
#ifndef BRINK_APP_SERVE_STOPPING_H
#define BRINK_APP_SERVE_STOPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "brink/drain.h"

enum brink_stopping_state {
    BRINK_STOPPING_NOT = 0,
    BRINK_STOPPING_DELAYING, /* told to be unready, and still accepting */
    BRINK_STOPPING_DRAINING,
    BRINK_STOPPING_LEAVING
};

/* What the command line or the configuration says of it. */
struct brink_stopping_options {
    struct brink_drain_options drain;
    uint32_t delay_ms;
};

/* The defaults: those of a drain, and no delay. */
void brink_stopping_options_init(struct brink_stopping_options *options);

struct brink_stopping {
    const struct brink_stopping_options *options;
    enum brink_stopping_state state;
    uint64_t drain_at_ms; /* while DELAYING */
    bool asked;           /* somebody wants it to be drained otherwise than the options say: */
    struct brink_drain_options wanted;
};

/* A signal has asked for the end; returns the state that this leads to, which is new but for a
 * signal after the second. Who says how it is to be drained (`wanted`, else NULL) does not cut by
 * asking again: only the policy `now` leads to LEAVING then. */
enum brink_stopping_state brink_stopping_ask(struct brink_stopping *stopping,
                                             const struct brink_drain_options *wanted,
                                             uint64_t now_ms);

/* True if the delay has just come to its end: it is DRAINING from now on. */
bool brink_stopping_tick(struct brink_stopping *stopping, uint64_t now_ms);

/* How long it is until then, or `otherwise_ms` if that is less. */
int brink_stopping_wait_ms(const struct brink_stopping *stopping, int otherwise_ms,
                           uint64_t now_ms);

/* How it is to be drained in that state: in the last one at once. */
struct brink_drain_options brink_stopping_drain(const struct brink_stopping *stopping);

/* How long it may take from the first signal on, all in all. */
uint32_t brink_stopping_total_ms(const struct brink_stopping *stopping);

#endif
