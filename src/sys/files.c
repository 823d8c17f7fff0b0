#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t read_all(int fd, char *buffer, size_t room)
{
    size_t size = 0;
    for (;;) {
        char more;
        bool full = size == room;
        ssize_t got = read(fd, full ? &more : buffer + size, full ? 1 : room - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return (ssize_t)size;
        if (full)
            return -EFBIG;
        size += (size_t)got;
    }
}

ssize_t brink_file_read(const char *path, char *buffer, size_t room)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    ssize_t result = 0;
    if (fstat(fd, &about) < 0)
        result = -errno;
    else if (S_ISDIR(about.st_mode))
        result = -EISDIR;
    else if (!S_ISREG(about.st_mode))
        result = -ENOTSUP;
    else
        result = read_all(fd, buffer, room);
    (void)close(fd);
    return result;
}

int brink_folder_watch_open(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* Not IN_MODIFY: a file that is written in place is empty at first. */
static int watch_folder(int fd, const char *folder)
{
    int added =
        inotify_add_watch(fd, folder,
                          IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                              IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    return added < 0 ? -errno : 0;
}

static int watch_folder_of(int fd, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return watch_folder(fd, ".");
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder)
        return -ENAMETOOLONG;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return watch_folder(fd, folder);
}

int brink_folder_watch_add(int fd, const char *path)
{
    char real[PATH_MAX];
    int added = watch_folder_of(fd, path);
    if (added == 0 && realpath(path, real) != NULL)
        (void)watch_folder_of(fd, real); /* most often the same, which changes nothing */
    return added;
}

int brink_folder_watch_clear(int fd)
{
    _Alignas(struct inotify_event) char events[4096];
    for (;;) {
        ssize_t got = read(fd, events, sizeof events);
        if (got < 0 && errno == EAGAIN)
            return 0;
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got == 0)
            return 0;
    }
}
