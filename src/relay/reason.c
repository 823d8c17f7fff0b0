#include "brink/stream.h"

const char *brink_reason_name(enum brink_reason reason)
{
    static const char *const names[BRINK_REASON_COUNT] = {
        [BRINK_REASON_NONE] = "none",
        [BRINK_REASON_CLIENT_CLOSED] = "client-closed",
        [BRINK_REASON_UPSTREAM_CLOSED] = "upstream-closed",
        [BRINK_REASON_CLIENT_RESET] = "client-reset",
        [BRINK_REASON_UPSTREAM_RESET] = "upstream-reset",
        [BRINK_REASON_CLIENT_MID_FRAME] = "client-mid-frame",
        [BRINK_REASON_UPSTREAM_MID_FRAME] = "upstream-mid-frame",
        [BRINK_REASON_FRAME_TOO_LARGE] = "frame-too-large",
        [BRINK_REASON_FRAME_CORRUPT] = "frame-corrupt",
        [BRINK_REASON_FRAME_TIMEOUT] = "frame-timeout",
        [BRINK_REASON_IDLE_TIMEOUT] = "idle-timeout",
        [BRINK_REASON_CONNECT_TIMEOUT] = "connect-timeout",
        [BRINK_REASON_CONNECT_FAILED] = "connect-failed",
        [BRINK_REASON_DRAINED] = "drained",
        [BRINK_REASON_DRAIN_DEADLINE] = "drain-deadline",
        [BRINK_REASON_LOCAL_CLOSED] = "local-closed",
        [BRINK_REASON_NO_MEMORY] = "no-memory",
    };
    return (unsigned)reason < BRINK_REASON_COUNT ? names[reason] : "unknown";
}
