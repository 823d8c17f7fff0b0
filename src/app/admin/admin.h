/* app/admin/admin.h - figures over HTTP, for people and for Prometheus, and commands for operators,
 * from threads of its own.
 *
 *     GET  /             a page that shows the figures
 *     GET  /metrics      Prometheus's text format
 *     GET  /stats.json   the same as JSON
 *     GET  /healthz      200 while the program runs
 *     GET  /readyz       200; 503 once a stop was asked for
 *     GET  /errors.json  the last warnings and errors of the log
 *     GET  /clients.json?listener=&limit=
 *     POST /drain        listener= | upstream=&server= | client=, or the whole; policy=, timeout=,
 *                        spread=
 *     POST /undrain      listener= | upstream=&server=
 *     POST /weight       upstream=&server=&weight=
 *     POST /close        client=, now
 *     POST /reload, /upgrade
 *     POST /log          level=
 *
 * Who may ask what is said in trust.h; an address that other machines reach is refused unless it is
 * allowed. HTTP itself is libmicrohttpd's. One thread opens, starts and closes it.
 *
 *     door.h     accepts, at all addresses             -->  libmicrohttpd's thread: answer.h
 *     work.h     does what may take long, operate.h   <-->
 */
#ifndef BRINK_APP_ADMIN_ADMIN_H
#define BRINK_APP_ADMIN_ADMIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/admin/actions.h"
#include "app/admin/door.h"
#include "app/admin/program.h"
#include "app/admin/work.h"
#include "brink/result.h"
#include "brink/server.h"
#include "net/address.h"

struct MHD_Daemon;

enum {
    BRINK_ADMIN_CONNECTIONS = 16, /* at a time; others wait in the kernel's queue */
    /* Descriptors that it uses besides those that listen. */
    BRINK_ADMIN_DESCRIPTORS = BRINK_ADMIN_CONNECTIONS + 4
};

struct brink_admin_options {
    const char *const *addresses; /* as in brink_server_options.listen */
    size_t count;                 /* 0: none */
    bool allow_remote;
    bool inherited;           /* another process may answer there yet: see brink_admin_own */
    bool by_default;          /* nobody asked for these addresses: the caller can do without */
    const char *absent;       /* why there is none, to be told; NULL: nothing is to be told */
    const char *const *hosts; /* under which names it may be asked; must outlive it */
    size_t host_count;
};

/* Where it listens. */
struct brink_admin_listener {
    struct brink_address bound;
    int fd; /* negative: it is not open */
};

/* All zeros: there is none. It may not move once it is started. */
struct brink_admin {
    struct brink_server *server;
    struct brink_admin_actions actions;
    const char *const *hosts;
    size_t host_count;
    const struct brink_admin_program *program; /* the owner's to set, before it is started; NULL:
                                                  nothing is told of it */
    struct MHD_Daemon *daemon;
    struct brink_admin_listener listeners[BRINK_ADMIN_ADDRESSES];
    size_t count;
    struct brink_admin_door door;
    struct brink_admin_work work;
    bool open;
    bool owns; /* removes the files of unix sockets at its end */
    int reserved[BRINK_ADMIN_DESCRIPTORS];
    unsigned reserved_count;
    uint64_t started_ns;
    atomic_bool unready;
};

/* Listens; nobody is answered yet. To be called before there are threads: the file of a unix socket
 * is made for its user and group alone (mode 0660) by way of umask(2). And before the server is
 * started: descriptors are set aside until brink_admin_start, so that the server's limit of clients
 * leaves them free. A unix socket's file that nobody listens on is replaced. Fails with the
 * kernel's reason, or EINVAL for an address that other machines reach, and `why`; nothing is open
 * then. Without an address it does nothing. */
BRINK_MUST_CHECK brink_result brink_admin_open(struct brink_admin *admin,
                                               const struct brink_admin_options *options,
                                               struct brink_message *why);

/* Answers, with figures of `server`, and by `actions`, which are copied; both must outlive it.
 * Fails if there is no thread or memory for it, and says why; it is still to be closed then.
 * Harmless if it is not open. */
BRINK_MUST_CHECK brink_result brink_admin_start(struct brink_admin *admin,
                                                struct brink_server *server,
                                                const struct brink_admin_actions *actions,
                                                struct brink_message *why);

/* No other process answers at the addresses that were inherited: they are this one's. */
void brink_admin_own(struct brink_admin *admin);

/* Another process answers there from now on: nobody enters any more, who is inside is answered yet,
 * and files of unix sockets stay. Not beside the others; harmless if it is not started. */
void brink_admin_pass_on(struct brink_admin *admin);

/* And does so no more. Fails if there is no thread for it, and says why. */
BRINK_MUST_CHECK brink_result brink_admin_take_back(struct brink_admin *admin,
                                                    struct brink_message *why);

/* From now on /readyz tells balancers to send nobody any more. Any thread. */
void brink_admin_unready(struct brink_admin *admin);

/* Waits for what is being done, ends connections and the threads. Harmless if it is not open. */
void brink_admin_close(struct brink_admin *admin);

/* Address `index` with the port that the kernel chose, into `text`, which is returned. */
const char *brink_admin_address(const struct brink_admin *admin, size_t index, char *text,
                                size_t size);

#endif
