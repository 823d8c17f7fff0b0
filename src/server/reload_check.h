/* server/reload_check.h - which options a running server can take on. */
#ifndef BRINK_SERVER_RELOAD_CHECK_H
#define BRINK_SERVER_RELOAD_CHECK_H

#include "server/server.h"

/* Fails with EINVAL, and names it, if something changes that needs a restart. The options have been
 * checked otherwise. */
BRINK_MUST_CHECK brink_result brink_reload_check(const struct brink_server *server,
                                                 const struct brink_server_options *options,
                                                 struct brink_message *why);

#endif
