/* app/systemd/listen_fds.h - sockets that a service manager passes: sd_listen_fds(3), without
 * libsystemd.
 *
 * Descriptors 3 and up, as many as LISTEN_FDS says, if LISTEN_PID is us; LISTEN_FDNAMES has their
 * names, colons between. An address fd:NAME stands for all that have the name: a socket unit with
 * several ListenStream= passes as many. */
#ifndef BRINK_APP_SYSTEMD_LISTEN_FDS_H
#define BRINK_APP_SYSTEMD_LISTEN_FDS_H

#include <stdbool.h>
#include <stddef.h>

#include "brink/result.h"
#include "brink/server.h"

enum { BRINK_LISTEN_FDS_FIRST = 3, BRINK_LISTEN_FDS_MAX = 256 };

struct brink_listen_fds {
    int count;
    const char *names; /* LISTEN_FDNAMES, or NULL: each is called "unknown" */
};

/* What the environment says; NULL for what is not set. */
struct brink_listen_fds_environment {
    const char *pid;
    const char *fds;
    const char *names;
    bool taken_over; /* the descriptors themselves come otherwise, from a program that had them */
};

/* None, if they are for another process. Those that are passed are not passed on by exec(3).
 * `names` must outlive it. Fails with EINVAL if the variables make no sense, with EBADF if a
 * descriptor is not there; `why` says which. */
BRINK_MUST_CHECK brink_result brink_listen_fds_init(
    struct brink_listen_fds *fds, const struct brink_listen_fds_environment *environment, long pid,
    struct brink_message *why);

/* The name of socket `index`, up to a colon or the end: its length; *name is where it begins. */
size_t brink_listen_fds_name(const struct brink_listen_fds *fds, int index, const char **name);

/* Options whose addresses are all for the server to use: those that are named fd:NAME are fd:N. */
struct brink_listen_fds_options {
    struct brink_server_options server;
    struct brink_listener_options listeners[BRINK_LISTENERS_MAX];
    const char *addresses[BRINK_LISTENERS_MAX][BRINK_LISTEN_MAX];
    char texts[BRINK_LISTEN_FDS_MAX][16]; /* of each socket: fd:N */
    bool used[BRINK_LISTEN_FDS_MAX];      /* an address means it */
};

/* Copies `from`, whose strings must outlive `to`. Fails with EINVAL if a name is not among `fds`,
 * or a listener would have too many addresses. */
BRINK_MUST_CHECK brink_result brink_listen_fds_resolve(const struct brink_listen_fds *fds,
                                                       const struct brink_server_options *from,
                                                       struct brink_listen_fds_options *to,
                                                       struct brink_message *why);

#endif
