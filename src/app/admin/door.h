/* app/admin/door.h - accepts those who ask, at several addresses, on a thread of its own.
 *
 * libmicrohttpd would accept at one address only, and, as it says itself, be busy waiting if there
 * is no descriptor for the first of its connections. Here it is tried again a little later, and at
 * the limit of connections others wait in the kernel's queue. */
#ifndef BRINK_APP_ADMIN_DOOR_H
#define BRINK_APP_ADMIN_DOOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "brink/result.h"
#include "sys/sys.h"

enum { BRINK_ADMIN_ADDRESSES = 8 };

struct brink_admin_door {
    const struct brink_sys *sys;
    int fds[BRINK_ADMIN_ADDRESSES]; /* that listen; the caller's */
    size_t count;
    unsigned most; /* connections at a time */
    /* On the door's thread: takes the connection over. False if it could not: it is closed. */
    bool (*enter)(void *context, int fd, const struct sockaddr *peer, socklen_t length);
    void *context;
    /* the door's own */
    pthread_t thread;
    int wake_fd;
    atomic_uint inside;
    atomic_bool closing;
    bool runs;
    bool open; /* wake_fd is */
};

/* With what stands above filled in. It may not move while it runs. Fails with the kernel's reason;
 * nothing is to be stopped then. */
BRINK_MUST_CHECK brink_result brink_admin_door_start(struct brink_admin_door *door);

/* Any thread: one that entered has left. */
void brink_admin_door_left(struct brink_admin_door *door);

/* One that was stopped and not closed lets people in again. Fails with the kernel's reason. */
BRINK_MUST_CHECK brink_result brink_admin_door_resume(struct brink_admin_door *door);

/* Nobody enters any more once it returns. Harmless if it does not run, or all zeros, as is
 * brink_admin_door_close, for when all who entered have left. */
void brink_admin_door_stop(struct brink_admin_door *door);
void brink_admin_door_close(struct brink_admin_door *door);

#endif
