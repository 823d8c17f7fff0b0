/* server/options.h - which options make a server. */
#ifndef BRINK_SERVER_OPTIONS_H
#define BRINK_SERVER_OPTIONS_H

#include "brink/server.h"

struct brink_watermarks {
    size_t high;
    size_t low;
};

/* Those given, or, of two that are 0, the service's own. Pure. */
struct brink_watermarks brink_watermarks_of(enum brink_server_service service, size_t high_bytes,
                                            size_t low_bytes);

/* Fails with EINVAL and says why if the options cannot work. Pure. */
BRINK_MUST_CHECK brink_result brink_server_options_check(const struct brink_server_options *options,
                                                         struct brink_message *why);

#endif
