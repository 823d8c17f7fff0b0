/* app/systemd/notify.h - tells a service manager how we are: sd_notify(3), without libsystemd.
 *
 * A state is lines of NAME=value, one datagram to the socket that NOTIFY_SOCKET of the environment
 * names. Each goes by a socket of its own, so that a manager that is started anew is found again;
 * nothing waits, and nobody who listens is no mistake. */
#ifndef BRINK_APP_SYSTEMD_NOTIFY_H
#define BRINK_APP_SYSTEMD_NOTIFY_H

#include <stdint.h>
#include <sys/un.h>

#include "brink/result.h"
#include "sys/sys.h"

struct brink_notify {
    const struct brink_sys *sys;
    struct sockaddr_un address;
    socklen_t length;     /* 0: there is no manager */
    uint64_t watchdog_ms; /* it wants WATCHDOG=1 within so long; 0: it does not */
};

/* What the environment says; NULL for what is not set. */
struct brink_notify_environment {
    const char *socket;        /* NOTIFY_SOCKET: /path or @abstract */
    const char *watchdog_usec; /* WATCHDOG_USEC */
    const char *watchdog_pid;  /* WATCHDOG_PID: whom it is for; not set: anybody */
};

/* Fails with EINVAL, and there is no manager then, if `socket` is set and no path or name: `why`
 * says so. */
BRINK_MUST_CHECK brink_result brink_notify_init(struct brink_notify *notify,
                                                const struct brink_sys *sys,
                                                const struct brink_notify_environment *environment,
                                                long pid, struct brink_message *why);

/* Any thread. Lines as printf(3) would write them, up to 1023 bytes. Fails with what the system
 * said, EMSGSIZE if it is too long; without a manager it succeeds. */
BRINK_MUST_CHECK __attribute__((format(printf, 2, 3))) brink_result
brink_notify_send(const struct brink_notify *notify, const char *format, ...);

#endif
