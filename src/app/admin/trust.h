/* app/admin/trust.h - what is answered to whom, as nobody says who they are.
 *
 * Who reaches a unix socket has been let in by the file's mode, or, in the abstract namespace,
 * which has none, by being root, the same user, or of the same group (SO_PEERCRED, unix(7)): they
 * may command. All others, that is TCP, may only look; and as a browser on this machine can be
 * made to look, too, by a page of anybody's whose name turns into 127.0.0.1 (DNS rebinding), the
 * name under which they ask must be one that nobody else has. */
#ifndef BRINK_APP_ADMIN_TRUST_H
#define BRINK_APP_ADMIN_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/sys.h"

enum brink_admin_trust {
    BRINK_ADMIN_TRUST_NONE =
        0,                    /* a user of the abstract namespace who is somebody else: may look */
    BRINK_ADMIN_TRUST_REMOTE, /* by TCP: may look, under a good name */
    BRINK_ADMIN_TRUST_OPERATOR
};

/* Of the one at the other end of a connection that was accepted. Any thread. */
enum brink_admin_trust brink_admin_trust(const struct brink_sys *sys, int fd);

/* True if a Host header (RFC 9110, 7.2) is an address, localhost, or one of `names`, with any port
 * or none; NULL, there is no such header, is good: browsers always send it. Pure. */
bool brink_admin_trust_host(const char *host, const char *const *names, size_t count);

#endif
