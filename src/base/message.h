/* base/message.h - writing a brink_message. */
#ifndef BRINK_BASE_MESSAGE_H
#define BRINK_BASE_MESSAGE_H

#include "brink/result.h"

/* Writes the formatted sentence into `message` (which may be NULL: then nothing happens) and cuts
 * it at the message's size. Returns brink_fail(EINVAL), so that a parser can end with
 * `return brink_message_set(why, ...)`. Any thread. */
__attribute__((format(printf, 2, 3))) brink_result brink_message_set(struct brink_message *message,
                                                                     const char *format, ...);

#endif
