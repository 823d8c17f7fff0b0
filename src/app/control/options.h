/* app/control/options.h - the command lines of `brink ctl COMMAND`. */
#ifndef BRINK_APP_CONTROL_OPTIONS_H
#define BRINK_APP_CONTROL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/admin/place.h"
#include "brink/result.h"

enum brink_control_kind {
    BRINK_CONTROL_SHOW = 0,
    BRINK_CONTROL_DRAIN,
    BRINK_CONTROL_UNDRAIN,
    BRINK_CONTROL_WEIGHT,
    BRINK_CONTROL_CLOSE,
    BRINK_CONTROL_RELOAD,
    BRINK_CONTROL_UPGRADE,
    BRINK_CONTROL_LOG,
    BRINK_CONTROL_STOP,
    BRINK_CONTROL_KINDS
};

enum { BRINK_CONTROL_WORDS = 3 };

/* Texts are those of argv; NULL: not given. Values have been checked. */
struct brink_control_options {
    enum brink_control_kind kind;
    const char *words[BRINK_CONTROL_WORDS];
    size_t count;
    char place[BRINK_ADMIN_PLACE_MAX]; /* whom to ask, if `socket` is NULL */
    const char *socket;
    bool json;
    bool now;
    uint32_t wait_ms;
    const char *policy;
    const char *timeout;
    const char *spread;
    const char *limit;
};

/* Reads the arguments of a command; argv[0] is what the messages begin with. `argp_flags`: as in
 * serve/options.h. Fails with EINVAL after a message on standard error. */
BRINK_MUST_CHECK brink_result brink_control_options_parse(struct brink_control_options *options,
                                                          enum brink_control_kind kind, int argc,
                                                          char **argv, unsigned argp_flags);

/* Where it asks. */
const char *brink_control_options_socket(const struct brink_control_options *options);

#endif
