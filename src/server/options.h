/* server/options.h - which options make a server. */
#ifndef BRINK_SERVER_OPTIONS_H
#define BRINK_SERVER_OPTIONS_H

#include "brink/server.h"

/* Fails with EINVAL and says why if the options cannot work. Pure. */
BRINK_MUST_CHECK brink_result brink_server_options_check(const struct brink_server_options *options,
                                                         struct brink_message *why);

#endif
