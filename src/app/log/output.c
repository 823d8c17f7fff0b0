#include "app/log/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "app/log/file.h"

brink_result brink_log_output_open(struct brink_log_output *output, const char *path,
                                   struct brink_message *why)
{
    int fd;
    brink_result opened = brink_log_file_open(path, &fd, why);
    if (!brink_failed(opened))
        *output = (struct brink_log_output){.fd = fd, .file = path};
    return opened;
}

/* True if a write would not wait. Files and terminals that poll knows nothing of count as ready. */
static bool has_room(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
    return poll(&pollfd, 1, 0) != 0;
}

bool brink_log_output_put(struct brink_log_output *output, const char *line, size_t length)
{
    ssize_t written = -1;
    if (has_room(output->fd)) {
        do
            written = write(output->fd, line, length);
        while (written < 0 && errno == EINTR);
    }
    if (written < 0)
        output->dropped++;
    return written >= 0;
}

int brink_log_output_turn(struct brink_log_output *output, int fd)
{
    int old = output->fd;
    output->fd = fd;
    return old;
}

void brink_log_output_close(struct brink_log_output *output)
{
    if (output->file != NULL)
        (void)close(output->fd);
    output->file = NULL;
}
