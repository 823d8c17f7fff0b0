/* app/admin/admin.h - figures over HTTP, for people and for Prometheus, from a thread of its own.
 *
 *     GET /            a page that shows them
 *     GET /metrics     Prometheus's text format
 *     GET /stats.json  the same as JSON
 *     GET /healthz     200 while the program runs
 *     GET /readyz      200; 503 once a stop was asked for
 *
 * Nobody is asked who they are: an address that other machines reach is refused unless it is
 * allowed. HTTP itself is libmicrohttpd's. One thread opens, starts and closes it. */
#ifndef BRINK_APP_ADMIN_ADMIN_H
#define BRINK_APP_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "app/admin/program.h"
#include "brink/result.h"
#include "brink/server.h"
#include "net/address.h"

struct MHD_Daemon;

enum {
    BRINK_ADMIN_CONNECTIONS = 16, /* at a time; others wait in the kernel's queue */
    /* Descriptors that it uses besides the one that listens. */
    BRINK_ADMIN_DESCRIPTORS = BRINK_ADMIN_CONNECTIONS + 4
};

struct brink_admin_options {
    const char *address; /* as in brink_server_options.listen; NULL: none */
    bool allow_remote;
};

/* All zeros: there is none. It may not move once it is started. */
struct brink_admin {
    const struct brink_server *server;
    const struct brink_admin_program *program; /* the owner's to set, before it is started; NULL:
                                                  nothing is told of it */
    struct MHD_Daemon *daemon;
    struct brink_address bound;
    bool open;
    int fd; /* that listens; the daemon's once that is there */
    int reserved[BRINK_ADMIN_DESCRIPTORS];
    unsigned reserved_count;
    uint64_t started_ns;
};

/* Listens; nobody is answered yet. To be called before the server is started: descriptors are set
 * aside until brink_admin_start, so that the server's limit of clients leaves them free. Fails with
 * the kernel's reason, or EINVAL for an address that other machines reach, and `why`; nothing is
 * open then. Without an address it does nothing. */
BRINK_MUST_CHECK brink_result brink_admin_open(struct brink_admin *admin,
                                               const struct brink_admin_options *options,
                                               struct brink_message *why);

/* Answers, with figures of `server`, which must outlive it. Fails if there is no thread or memory
 * for it, and says why; it is still to be closed then. Harmless if it is not open. */
BRINK_MUST_CHECK brink_result brink_admin_start(struct brink_admin *admin,
                                                const struct brink_server *server,
                                                struct brink_message *why);

/* Ends connections and the thread. Harmless if it is not open. */
void brink_admin_close(struct brink_admin *admin);

/* The address with the port that the kernel chose, into `text`, which is returned. */
const char *brink_admin_address(const struct brink_admin *admin, char *text, size_t size);

#endif
