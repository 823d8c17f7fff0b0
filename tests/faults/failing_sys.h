/* tests/faults/failing_sys.h - the Linux kernel, of whose calls one fails: the k-th of its kind,
 * with an errno that is plausible for it. The clock can be put forward. */
#ifndef BRINK_TESTS_FAILING_SYS_H
#define BRINK_TESTS_FAILING_SYS_H

#include "sys/sys.h"

enum fault_call {
    FAULT_SOCKET,
    FAULT_BIND,
    FAULT_LISTEN,
    FAULT_ACCEPT,
    FAULT_CONNECT,
    FAULT_SETSOCKOPT,
    FAULT_GETSOCKOPT,
    FAULT_GETSOCKNAME,
    FAULT_RECV,
    FAULT_SEND,
    FAULT_SENDV,
    FAULT_SEND_RIGHTS,
    FAULT_RECV_RIGHTS,
    FAULT_SHUTDOWN,
    FAULT_UNDELIVERED,
    FAULT_CLOSE,
    FAULT_EPOLL_CREATE,
    FAULT_EPOLL_CTL,
    FAULT_EPOLL_WAIT,
    FAULT_WAKEUP_CREATE,
    FAULT_WAKEUP_CLEAR,
    FAULT_SPARE_OPEN,
    FAULT_CALLS
};

enum { FAULT_ERRORS_MAX = 10 };

/* What may happen to a call. */
struct fault_kind {
    const char *name;
    int errors[FAULT_ERRORS_MAX];  /* 0 ends them */
    int passing[FAULT_ERRORS_MAX]; /* of these, nobody may notice anything but a delay */
};

extern const struct fault_kind fault_kinds[FAULT_CALLS];

/* True if that failure must not be noticed by any client. `alone`: there is no other client; one
 * for whom there is no descriptor, and nobody who could leave one, is turned away. */
bool fault_passes(enum fault_call call, int error, bool alone);

struct failing_sys {
    struct brink_sys_ops ops;
    struct brink_sys sys; /* to be handed to what is tested */
    uint64_t forward_ms;
    /* The k-th call of its kind from arming on, counted from 1, fails; k of 0: none. */
    enum fault_call call;
    int error;
    unsigned k;
    unsigned seen;
    bool fired;
};

void failing_sys_init(struct failing_sys *failing);
void failing_sys_arm(struct failing_sys *failing, enum fault_call call, int error, unsigned k);

#endif
