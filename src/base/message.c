#include "base/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

brink_result brink_message_set(struct brink_message *message, const char *format, ...)
{
    if (message != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(message->text, sizeof message->text, format, args);
        va_end(args);
    }
    return brink_fail(EINVAL);
}
