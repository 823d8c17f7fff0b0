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
        [BRINK_REASON_NO_SERVER] = "no-server",
        [BRINK_REASON_QUEUE_FULL] = "queue-full",
        [BRINK_REASON_QUEUE_TIMEOUT] = "queue-timeout",
        [BRINK_REASON_SERVER_DOWN] = "server-down",
        [BRINK_REASON_DENIED] = "denied",
        [BRINK_REASON_SOURCE_LIMIT] = "source-limit",
        [BRINK_REASON_OVER_RATE] = "over-rate",
        [BRINK_REASON_PROXY_HEADER] = "proxy-header",
        [BRINK_REASON_FIRST_FRAME_TIMEOUT] = "first-frame-timeout",
        [BRINK_REASON_HALF_CLOSED_TIMEOUT] = "half-closed-timeout",
        [BRINK_REASON_MAX_AGE] = "max-age",
        [BRINK_REASON_HANDED_OVER] = "handed-over",
    };
    return (unsigned)reason < BRINK_REASON_COUNT ? names[reason] : "unknown";
}
