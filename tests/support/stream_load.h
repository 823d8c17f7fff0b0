/* tests/support/stream_load.h - clients that keep an echo busy, each on a connection and a thread
 * of its own: frames of many sizes, always some under way, each compared when it comes back. */
#ifndef BRINK_TESTS_STREAM_LOAD_H
#define BRINK_TESTS_STREAM_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { STREAM_LOAD_MAX = 64 };

struct stream_client {
    pthread_t thread;
    struct stream_load *load;
    int fd;
    uint64_t chance;
    uint64_t frames; /* that came back */
    uint64_t bytes;
    const char *trouble; /* NULL: none */
};

struct stream_load {
    struct stream_client clients[STREAM_LOAD_MAX];
    unsigned count;
    atomic_bool stop;
    atomic_uint rounds; /* of all clients together */
};

/* Begins on connections that are there already. */
void stream_load_start(struct stream_load *load, const int *fds, unsigned count);

/* Waits until all clients together have made so many rounds more. */
void stream_load_go_on(struct stream_load *load, unsigned rounds);

/* Has each finish and close its connection, in order; fails the test if anything was wrong. Returns
 * how many frames came back, and sets how many bytes that was. */
uint64_t stream_load_stop(struct stream_load *load, uint64_t *bytes);

#endif
