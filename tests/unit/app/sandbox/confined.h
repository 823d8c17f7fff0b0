/* What cannot be undone, tried in a child. There MUST ends it with a line about what did not hold;
 * what the child returns is its exit status. */
#ifndef BRINK_TESTS_CONFINED_H
#define BRINK_TESTS_CONFINED_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(held)                                                                                 \
    do {                                                                                           \
        if (!(held)) {                                                                             \
            (void)dprintf(STDERR_FILENO, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #held,            \
                          strerror(errno));                                                        \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* The kernel, or what stands for it, lacks what is to be tried. */
enum { CONFINED_LACKS = 77 };

static inline int confined(int (*part)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(part());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Passes if the part did, and is skipped where the kernel lacks it. */
static inline void assert_confined(int (*part)(void))
{
    int status = confined(part);
    if (status == CONFINED_LACKS)
        skip();
    assert_int_equal(status, 0);
}

static inline void no_new_rights(void)
{
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

#endif
