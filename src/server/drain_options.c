/* The defaults of brink/drain.h. */
#include "brink/drain.h"

enum { TIMEOUT_MS = 30000, QUIET_MS = 1000 };

void brink_drain_options_init(struct brink_drain_options *options)
{
    *options = (struct brink_drain_options){
        .policy = BRINK_DRAIN_POLICY_IDLE,
        .timeout_ms = TIMEOUT_MS,
        .quiet_ms = QUIET_MS,
    };
}
