/* A socket where a service manager would listen. */
#ifndef BRINK_TESTS_MANAGED_H
#define BRINK_TESTS_MANAGED_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct managed {
    int fd;
    char name[64]; /* as NOTIFY_SOCKET has it */
};

static inline void managed_open(struct managed *managed, bool abstract)
{
    static unsigned count;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(managed->name, sizeof managed->name, "%sbrink-managed-%ld-%u",
                   abstract ? "@" : "/tmp/", (long)getpid(), count++);
    size_t length = strlen(managed->name);
    memcpy(address.sun_path, managed->name, length);
    if (abstract)
        address.sun_path[0] = '\0';
    managed->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(managed->fd >= 0);
    assert_int_equal(bind(managed->fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
}

/* The next state that has come, "" if none has. */
static inline const char *managed_read(struct managed *managed)
{
    static char text[2048];
    ssize_t got = recv(managed->fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static inline void managed_expect(struct managed *managed, const char *wanted)
{
    assert_string_equal(managed_read(managed), wanted);
}

static inline void managed_close(struct managed *managed)
{
    (void)close(managed->fd);
    if (managed->name[0] == '/')
        (void)unlink(managed->name);
}

#endif
