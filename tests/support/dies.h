/* tests/support/dies.h - does a call end the process? Tried in a child, so that the test lives. */
#ifndef BRINK_TESTS_DIES_H
#define BRINK_TESTS_DIES_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* True if fn(arg) aborts; false if it returns. The child is silent and leaves no core. */
static inline bool dies(void (*fn)(void *arg), void *arg)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        int silence = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (silence >= 0)
            (void)dup2(silence, STDERR_FILENO);
        fn(arg);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
