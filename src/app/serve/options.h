/* app/serve/options.h - the command line of `brink echo` and `brink relay`. */
#ifndef BRINK_APP_SERVE_OPTIONS_H
#define BRINK_APP_SERVE_OPTIONS_H

#include <stdint.h>

#include "app/admin/door.h"
#include "app/serve/stopping.h"
#include "brink/log.h"
#include "brink/result.h"
#include "brink/server.h"
#include "config/config.h"

struct brink_options {
    struct brink_server_options server; /* all but the log */
    struct brink_stopping_options stopping;
    uint32_t upgrade_ms; /* that a new program has to be ready */
    enum brink_log_level log_level;
    enum brink_log_format log_format;
    bool no_sandbox;
    const char *frame; /* the spec as it was written */
    const char *admin[BRINK_ADMIN_ADDRESSES];
    size_t admin_count;
};

/* Reads the arguments of a service; argv[0] is what the messages begin with. The strings of
 * `options` point into argv. `argp_flags` is for argp_parse(3): 0, so that --help and what is wrong
 * end the process (exit 0 and 2), or ARGP_NO_EXIT for tests. Fails with EINVAL after a message on
 * standard error. */
BRINK_MUST_CHECK brink_result brink_options_parse(struct brink_options *options,
                                                  enum brink_server_service service, int argc,
                                                  char **argv, unsigned argp_flags);

#endif
