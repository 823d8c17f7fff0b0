/* server/options.h - which options make a server. */
#ifndef BRINK_SERVER_OPTIONS_H
#define BRINK_SERVER_OPTIONS_H

#include "brink/server.h"

enum { BRINK_TIME_MAX_MS = 1 << 30 };

struct brink_watermarks {
    size_t high;
    size_t low;
};

/* Those given, or, of two that are 0, the service's own. Pure. */
struct brink_watermarks brink_watermarks_of(enum brink_server_service service, size_t high_bytes,
                                            size_t low_bytes);

/* One of the options, a time, by the name that people know it by. */
struct brink_named_time {
    uint32_t ms;
    const char *name;
};

/* Fails with EINVAL and says why if one of the times is longer than can be waited for. Pure. */
BRINK_MUST_CHECK brink_result brink_times_check(const struct brink_named_time *times, size_t count,
                                                struct brink_message *why);

/* The same if a name that is to stand in the log, after `what`, is missing, empty, or not one word.
 * Pure. */
BRINK_MUST_CHECK brink_result brink_name_check(const char *what, const char *name,
                                               struct brink_message *why);

/* Fails with EINVAL and says why if the options cannot work. Pure. */
BRINK_MUST_CHECK brink_result brink_server_options_check(const struct brink_server_options *options,
                                                         struct brink_message *why);

#endif
