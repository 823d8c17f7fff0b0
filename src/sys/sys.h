/* sys/sys.h - every system call that brink's data path makes.
 *
 * The calls stand in a table, so that a test can put a kernel of its own under the whole library:
 * one that fails the k-th call, or one that is simulated from end to end. Each function is the
 * system call of its name (see section 2 of the manual), except that it returns a negative errno
 * value instead of setting errno. File descriptors are made close-on-exec and non-blocking. */
#ifndef BRINK_SYS_SYS_H
#define BRINK_SYS_SYS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct brink_sys {
    const struct brink_sys_ops *ops;
    void *context; /* the kernel's own, given to each call */
};

enum { BRINK_RIGHTS_MAX = 4 }; /* descriptors beside one datagram */

struct brink_sys_ops {
    uint64_t (*now_ms)(void *kernel); /* CLOCK_MONOTONIC, rounded down */
    uint64_t (*now_us)(void *kernel); /* the same clock; a thousandth of it is now_ms */

    int (*socket)(void *kernel, int domain, int type); /* SOCK_CLOEXEC | SOCK_NONBLOCK are added */
    int (*bind)(void *kernel, int fd, const struct sockaddr *address, socklen_t length);
    int (*listen)(void *kernel, int fd, int backlog);
    int (*accept)(void *kernel, int fd, struct sockaddr *address, socklen_t *length);
    int (*connect)(void *kernel, int fd, const struct sockaddr *address, socklen_t length);
    int (*setsockopt)(void *kernel, int fd, int level, int name, const void *value, socklen_t size);
    int (*getsockopt)(void *kernel, int fd, int level, int name, void *value, socklen_t *size);
    int (*getsockname)(void *kernel, int fd, struct sockaddr *address, socklen_t *length);
    int (*set_nonblocking)(void *kernel, int fd);  /* for descriptors that were handed to us */
    int (*unlink)(void *kernel, const char *path); /* of a unix listener's socket */
    int (*duplicate)(void *kernel, int fd);        /* F_DUPFD_CLOEXEC */

    ssize_t (*recv)(void *kernel, int fd, void *buffer, size_t size);
    ssize_t (*send)(void *kernel, int fd, const void *data, size_t size);
    ssize_t (*sendv)(void *kernel, int fd, const struct iovec *parts, size_t count); /* sendmsg */
    /* One datagram of a unix socket, with up to BRINK_RIGHTS_MAX descriptors beside it: SCM_RIGHTS,
     * unix(7). Those that are sent stay open here; those that come are all or, where some could not
     * be opened, none. A datagram longer than `size` is dropped: EMSGSIZE. Neither waits. */
    ssize_t (*send_rights)(void *kernel, int fd, const void *data, size_t size, const int *fds,
                           size_t count);
    ssize_t (*recv_rights)(void *kernel, int fd, void *buffer, size_t size,
                           int fds[BRINK_RIGHTS_MAX], size_t *count);
    int (*shutdown_write)(void *kernel, int fd);
    int (*undelivered)(void *kernel, int fd); /* bytes sent and not acknowledged: SIOCOUTQ */
    int (*close)(void *kernel, int fd);

    int (*epoll_create)(void *kernel);
    int (*epoll_ctl)(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event);
    int (*epoll_wait)(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                      int timeout_ms);

    int (*wakeup_create)(void *kernel);         /* an eventfd */
    int (*wakeup_signal)(void *kernel, int fd); /* adds 1 to it */
    int (*wakeup_clear)(void *kernel, int fd);  /* reads it back to 0 */
    int (*spare_open)(void *kernel);            /* a descriptor held in reserve: /dev/null */

    int (*raise_file_limit)(void *kernel); /* RLIMIT_NOFILE to its hard limit; returns it */
    int (*cpu_count)(void *kernel);        /* that this process may run on */
    clockid_t (*cpu_clock)(void *kernel);  /* of the calling thread; -1: there is none */
    uint64_t (*cpu_ns)(void *kernel, clockid_t clock); /* that it has used; 0 once it has ended */
    void (*sleep_ms)(void *kernel, unsigned milliseconds);
};

/* The Linux kernel. */
extern const struct brink_sys brink_sys_linux;

#endif
