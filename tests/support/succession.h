/* tests/support/succession.h - one server taking over from another, in one process. */
#ifndef BRINK_TESTS_SUCCESSION_H
#define BRINK_TESTS_SUCCESSION_H

#include <pthread.h>

#include "support/served.h"

/* The new one, on a thread of its own. */
struct succession {
    int ends[2]; /* of the channel: the old one's, the new one's */
    struct brink_server_options options;
    pthread_t thread;
    struct brink_server *server; /* NULL: it did not start */
    brink_result started;
    brink_result taken_over;
    struct brink_message why;
};

/* A channel; the second end is the new server's once it has begun. */
void succession_open(struct succession *succession);
/* Starts the new server, and has it take over. */
void succession_begin(struct succession *succession, const struct brink_server_options *options);
/* Waits until it has, and returns it, or fails the test. */
struct brink_server *succession_end(struct succession *succession);

/* All of it, by defaults: `old` has ended, and been freed, when it returns; its last figures are in
 * `stats`. */
struct brink_server *succeed(struct brink_server *old, const struct brink_server_options *options,
                             struct brink_server_stats *stats);

#endif
