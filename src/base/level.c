#include "brink/log.h"

const char *brink_log_level_name(enum brink_log_level level)
{
    switch (level) {
    case BRINK_LOG_ERROR:
        return "error";
    case BRINK_LOG_WARN:
        return "warn";
    case BRINK_LOG_INFO:
        return "info";
    case BRINK_LOG_DEBUG:
        return "debug";
    }
    return "unknown"; /* no level at all: a log line is still written */
}
