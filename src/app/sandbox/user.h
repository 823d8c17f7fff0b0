/* app/sandbox/user.h - who the program is once its addresses are bound, and with what rights.
 *
 * capabilities(7): of root's rights CAP_NET_BIND_SERVICE stays, so that a reload may add a port
 * below 1024; and to who stays root CAP_DAC_OVERRIDE, without which root could not open its files
 * any more where they are another's. */
#ifndef BRINK_APP_SANDBOX_USER_H
#define BRINK_APP_SANDBOX_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "app/sandbox/paths.h"
#include "brink/result.h"

struct brink_user {
    const char *name; /* NULL: as who the program was started */
    uid_t uid;
    gid_t gid;
};

/* Looks the user up, and the group, the user's own if that is NULL. Without a name the user is who
 * the process is. `name` must outlive *user. Fails with ENOENT if there is no such user or group,
 * EPERM if this process may not become it, or the system's reason, and says why. May block, as
 * users may be looked up over the network. */
BRINK_MUST_CHECK brink_result brink_user_find(struct brink_user *user, const char *name,
                                              const char *group, struct brink_message *why);

/* Gives the files that are marked with BRINK_PATH_OWN, if they are this process's own, to the user;
 * then becomes it, with its groups, for good, drops all rights but those above, and has no program
 * that is started from here gain any (no_new_privs). The calling thread only, so before others are
 * there. Fails with the kernel's reason and says why: the process may be anything in between then
 * and should end. */
BRINK_MUST_CHECK brink_result brink_user_become(const struct brink_user *user,
                                                const struct brink_paths *paths,
                                                struct brink_message *why);

/* The name of who this process is, into `text`; the number if it has none. Returns `text`. */
const char *brink_user_self(char *text, size_t size);

#endif
