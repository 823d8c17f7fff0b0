/* The defaults of brink/drain.h. */
#include "brink/drain.h"

enum { TIMEOUT_MS = 30000, QUIET_MS = 1000 };

const char *brink_drain_policy_name(enum brink_drain_policy policy)
{
    switch (policy) {
    case BRINK_DRAIN_POLICY_IDLE:
        return "idle";
    case BRINK_DRAIN_POLICY_BOUNDARY:
        return "boundary";
    case BRINK_DRAIN_POLICY_NOW:
        return "now";
    }
    return "unknown";
}

void brink_drain_options_init(struct brink_drain_options *options)
{
    *options = (struct brink_drain_options){
        .policy = BRINK_DRAIN_POLICY_IDLE,
        .timeout_ms = TIMEOUT_MS,
        .quiet_ms = QUIET_MS,
    };
}
