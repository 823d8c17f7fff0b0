/* app/serve/signals.h - SIGTERM, SIGINT, and what else who serves is told by, as values instead of
 * interruptions. */
#ifndef BRINK_APP_SERVE_SIGNALS_H
#define BRINK_APP_SERVE_SIGNALS_H

#include <stdbool.h>

#include "brink/result.h"

struct brink_signals {
    int fd;      /* readable when one has come: for those who wait for other things as well */
    int wake_fd; /* ends a wait from another thread */
};

/* Blocks SIGTERM and SIGINT, and SIGUSR1, SIGUSR2 and SIGHUP for who serves, in this thread and in
 * those that it starts from now on (so before the first), to be taken by brink_signals_wait. On
 * failure nothing is left open. */
BRINK_MUST_CHECK brink_result brink_signals_open(struct brink_signals *signals, bool serves);

/* Takes the next of them; 0 when `timeout_ms` is over (-1: never), or once brink_signals_wake was
 * called. One thread. */
int brink_signals_wait(struct brink_signals *signals, int timeout_ms);

/* Any thread: the wait that goes on, and every later one, returns. */
void brink_signals_wake(struct brink_signals *signals);

/* The signals stay blocked. */
void brink_signals_close(struct brink_signals *signals);

#endif
