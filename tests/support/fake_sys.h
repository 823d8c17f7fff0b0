/* tests/support/fake_sys.h - the Linux kernel with a script laid over it: calls are counted, some
 * fail as told, events may be put in that the kernel did not tell, and the clock is the test's. */
#ifndef BRINK_TESTS_FAKE_SYS_H
#define BRINK_TESTS_FAKE_SYS_H

#include <stddef.h>

#include "sys/sys.h"

enum { FAKE_EVENTS_MAX = 8 };

struct fake_sys {
    struct brink_sys sys; /* to be handed to what is tested */
    struct brink_sys_ops ops;

    /* What happened. */
    unsigned adds, mods, dels; /* epoll_ctl by operation */
    unsigned waits;
    int last_timeout_ms; /* of the latest epoll_wait */
    unsigned signals;    /* of wakeups; only to be read when no other thread is about */
    unsigned opened;     /* descriptors made, minus those closed through the table */
    unsigned creations;  /* calls that make or add something, for fail_creation */

    /* What is to happen. */
    uint64_t now_ms;
    uint64_t now_us;    /* besides */
    unsigned fail_ctls; /* so many epoll_ctl fail with ctl_errno */
    int ctl_errno;
    int wait_errno;         /* the next epoll_wait fails so; then 0 again */
    unsigned fail_creation; /* the k-th of `creations` fails with EMFILE; 0: none */
    struct epoll_event events[FAKE_EVENTS_MAX]; /* told by the next epoll_wait, after the real */
    size_t event_count;
};

void fake_sys_init(struct fake_sys *fake);

/* Has the next epoll_wait tell of this. */
void fake_sys_tell(struct fake_sys *fake, uint64_t cookie, uint32_t events);

#endif
