#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void brink_log_write(const struct brink_log *log, enum brink_log_level level, const char *format,
                     ...)
{
    if (!brink_log_wants(log, level))
        return;
    char line[BRINK_LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0)
        return;
    size_t kept = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    log->write(log->context, level, line, kept);
}
