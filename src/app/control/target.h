/* app/control/target.h - a command's words as what is asked over HTTP. Pure. */
#ifndef BRINK_APP_CONTROL_TARGET_H
#define BRINK_APP_CONTROL_TARGET_H

#include <stdbool.h>

#include "app/control/options.h"

enum brink_control_view {
    BRINK_CONTROL_SUMMARY = 0,
    BRINK_CONTROL_LISTENERS,
    BRINK_CONTROL_UPSTREAMS,
    BRINK_CONTROL_SERVERS,
    BRINK_CONTROL_CLIENTS,
    BRINK_CONTROL_WORKERS,
    BRINK_CONTROL_POOLS,
    BRINK_CONTROL_ERRORS,
    BRINK_CONTROL_VIEWS
};

enum { BRINK_CONTROL_TARGET_MAX = 2048 };

struct brink_control_target {
    bool post;
    enum brink_control_view view; /* of what is shown */
    char text[BRINK_CONTROL_TARGET_MAX];
};

/* Fails with EINVAL, and why, for words that mean nothing. */
BRINK_MUST_CHECK brink_result brink_control_target_make(struct brink_control_target *target,
                                                        const struct brink_control_options *options,
                                                        struct brink_message *why);

#endif
