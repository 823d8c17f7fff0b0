/* server/listener_check.h - which options make a listener. */
#ifndef BRINK_SERVER_LISTENER_CHECK_H
#define BRINK_SERVER_LISTENER_CHECK_H

#include "server/view.h"

/* Fails with EINVAL and says why, beginning with the listener's name if it has one, if it cannot
 * work within the server that `options` describe, of which `view` is the view. That names are there
 * and no two the same is the caller's to see to. Pure. */
BRINK_MUST_CHECK brink_result brink_listener_check(const struct brink_listener_options *listener,
                                                   const struct brink_view *view,
                                                   const struct brink_server_options *options,
                                                   struct brink_message *why);

#endif
