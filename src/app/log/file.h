/* app/log/file.h - where log lines go: a file, or what standard error is. */
#ifndef BRINK_APP_LOG_FILE_H
#define BRINK_APP_LOG_FILE_H

#include <stdbool.h>

#include "brink/result.h"

/* Opens `path` for appending, and makes it, for its owner and group, if it is not there. Never
 * waits: a FIFO that nobody reads fails. The caller closes *fd. Fails with open(2)'s errors and
 * says why. Any thread. */
BRINK_MUST_CHECK brink_result brink_log_file_open(const char *path, int *fd,
                                                  struct brink_message *why);

/* True if `fd` is the stream to the journal that JOURNAL_STREAM of the environment describes
 * (systemd.exec(5)): `stream` is its value, device and inode in decimal, or NULL. */
bool brink_log_file_is_journal(int fd, const char *stream);

#endif
