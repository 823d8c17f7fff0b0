#include "app/log/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"

enum { MODE = 0640 };

brink_result brink_log_file_open(const char *path, int *fd, struct brink_message *why)
{
    int opened =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
    if (opened < 0) {
        brink_result failed = brink_fail(errno);
        brink_result told = brink_message_set(why, "the log file %.200s cannot be opened: %s", path,
                                              strerror(failed.err));
        (void)told.err;
        return failed;
    }
    *fd = opened;
    return brink_ok();
}

bool brink_log_file_is_journal(int fd, const char *stream)
{
    char text[48];
    struct stat about;
    if (stream == NULL || fstat(fd, &about) != 0)
        return false;
    (void)snprintf(text, sizeof text, "%llu:%llu", (unsigned long long)about.st_dev,
                   (unsigned long long)about.st_ino);
    return strcmp(text, stream) == 0;
}
