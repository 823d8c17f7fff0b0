/* What a test of the launcher has started: the test's own file, which then calls started_main. */
#ifndef BRINK_TESTS_STARTED_H
#define BRINK_TESTS_STARTED_H

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/upgrade/inheritance.h"

/* How a new program found its world, said on the channel. */
struct started_told {
    char variable[256]; /* BRINK_UPGRADE */
    char word[64];      /* argv[1] */
    bool addressed;     /* LISTEN_PID and WATCHDOG_PID are its own */
    bool others;        /* LISTEN_PID is somebody else's */
    bool clean;         /* no signal is blocked, SIGPIPE ends it */
    int descriptors;    /* open beyond 2 */
    char through;       /* read from the first socket */
};

static inline bool started_is_own(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && strtol(value, NULL, 10) == (long)getpid();
}

static inline bool started_is_clean(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigprocmask(SIG_SETMASK, NULL, &set);
    for (int number = 1; number < SIGRTMIN; number++) {
        if (sigismember(&set, number) == 1)
            return false;
    }
    return signal(SIGPIPE, SIG_DFL) == SIG_DFL;
}

/* argv[1]: "tell" tells, then waits for a byte on the channel and ends with that status; "ends"
 * ends with status 78; "hangs" does nothing, for good. */
static inline int started_main(char **argv)
{
    struct started_told told = {
        .addressed = started_is_own("LISTEN_PID") && started_is_own("WATCHDOG_PID"),
        .others = getenv("LISTEN_PID") != NULL && strcmp(getenv("LISTEN_PID"), "1") == 0,
        .clean = started_is_clean()};
    unsigned char status = 0;
    if (strcmp(argv[1], "ends") == 0)
        return 78;
    while (strcmp(argv[1], "hangs") == 0)
        (void)pause();
    (void)snprintf(told.variable, sizeof told.variable, "%s", getenv(BRINK_INHERITANCE_VARIABLE));
    (void)snprintf(told.word, sizeof told.word, "%s", argv[1]);
    for (int fd = 3; fd < 1024; fd++)
        told.descriptors += fcntl(fd, F_GETFD) >= 0;
    struct brink_inheritance found;
    if (brink_failed(brink_inheritance_claim(&found, NULL)))
        return 1;
    if (found.count > 0 && read(found.sockets[0], &told.through, 1) != 1)
        return 1;
    if (send(found.channel, &told, sizeof told, MSG_NOSIGNAL) != (ssize_t)sizeof told)
        return 1;
    return recv(found.channel, &status, 1, 0) == 1 ? status : 1;
}

/* This test's file; started with `word`. */
static inline struct brink_program started_program(const char *word)
{
    static char path[PATH_MAX];
    static char *argv[3];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(length > 0);
    path[length] = '\0';
    argv[0] = path;
    argv[1] = (char *)(uintptr_t)word;
    return (struct brink_program){.path = path, .argv = argv};
}

#endif
