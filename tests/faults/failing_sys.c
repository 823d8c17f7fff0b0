#include "faults/failing_sys.h"

#include <errno.h>
#include <stddef.h>

const struct fault_kind fault_kinds[FAULT_CALLS] = {
    [FAULT_SOCKET] = {"socket", {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}, {0}},
    [FAULT_BIND] = {"bind", {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM}, {0}},
    [FAULT_LISTEN] = {"listen", {EADDRINUSE}, {0}},
    [FAULT_ACCEPT] = {"accept",
                      {EINTR, ECONNABORTED, EPROTO, EPERM, EMFILE, ENFILE, ENOBUFS, ENOMEM},
                      {EINTR, ECONNABORTED, EPROTO, EPERM}},
    [FAULT_CONNECT] = {"connect",
                       {EINTR, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ETIMEDOUT,
                        EPERM, ENOBUFS, ENOMEM},
                       {EINTR}},
    [FAULT_SETSOCKOPT] = {"setsockopt", {ENOMEM, EPERM}, {0}},
    [FAULT_GETSOCKOPT] = {"getsockopt", {ENOBUFS}, {0}},
    [FAULT_GETSOCKNAME] = {"getsockname", {ENOBUFS}, {0}},
    [FAULT_RECV] = {"recv",
                    {EINTR, ENOBUFS, ENOMEM, ECONNRESET, ETIMEDOUT, EHOSTUNREACH},
                    {EINTR, ENOBUFS, ENOMEM}},
    [FAULT_SEND] = {"send",
                    {EINTR, ENOBUFS, ENOMEM, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH},
                    {EINTR, ENOBUFS, ENOMEM}},
    [FAULT_SENDV] = {"sendmsg",
                     {EINTR, ENOBUFS, ENOMEM, ECONNRESET, EPIPE, ETIMEDOUT},
                     {EINTR, ENOBUFS, ENOMEM}},
    [FAULT_SEND_RIGHTS] = {"sendmsg",
                           {EINTR, EAGAIN, ENOBUFS, ENOMEM, ETOOMANYREFS, EPIPE, ECONNRESET},
                           {EINTR, EAGAIN, ENOBUFS, ENOMEM, ETOOMANYREFS}},
    [FAULT_RECV_RIGHTS] = {"recvmsg",
                           {EINTR, EAGAIN, ENOBUFS, ENOMEM, ECONNRESET},
                           {EINTR, ENOBUFS, ENOMEM}},
    [FAULT_SHUTDOWN] = {"shutdown", {ENOTCONN, ENOBUFS}, {0}},
    [FAULT_UNDELIVERED] = {"ioctl", {EINVAL}, {EINVAL}},
    [FAULT_CLOSE] = {"close", {EINTR, EIO}, {EINTR, EIO}},
    [FAULT_EPOLL_CREATE] = {"epoll_create1", {EMFILE, ENFILE, ENOMEM}, {0}},
    [FAULT_EPOLL_CTL] = {"epoll_ctl", {ENOSPC, ENOMEM}, {0}},
    [FAULT_EPOLL_WAIT] = {"epoll_wait", {EINTR, ENOMEM}, {EINTR, ENOMEM}},
    [FAULT_WAKEUP_CREATE] = {"eventfd", {EMFILE, ENFILE, ENOMEM}, {0}},
    [FAULT_WAKEUP_CLEAR] = {"read", {EAGAIN, EINTR}, {EAGAIN, EINTR}},
    [FAULT_SPARE_OPEN] = {"open", {EMFILE, ENOENT}, {0}},
};

bool fault_passes(enum fault_call call, int error, bool alone)
{
    if (call == FAULT_ACCEPT && !alone)
        return true;
    for (unsigned i = 0; fault_kinds[call].passing[i] != 0; i++)
        if (fault_kinds[call].passing[i] == error)
            return true;
    return false;
}

static const struct brink_sys_ops *linux_ops(void)
{
    return brink_sys_linux.ops;
}

static bool fails(void *kernel, enum fault_call call)
{
    struct failing_sys *failing = kernel;
    if (failing->k == 0 || call != failing->call || ++failing->seen != failing->k)
        return false;
    failing->fired = true;
    return true;
}

#define FAIL_IF_DUE(kernel, call)                                                                  \
    if (fails(kernel, call))                                                                       \
    return -((struct failing_sys *)kernel)->error

static uint64_t now_us(void *kernel)
{
    return linux_ops()->now_us(NULL) + 1000 * ((struct failing_sys *)kernel)->forward_ms;
}

static uint64_t now_ms(void *kernel)
{
    return linux_ops()->now_ms(NULL) + ((struct failing_sys *)kernel)->forward_ms;
}

static int failing_socket(void *kernel, int domain, int type)
{
    FAIL_IF_DUE(kernel, FAULT_SOCKET);
    return linux_ops()->socket(NULL, domain, type);
}

static int failing_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    FAIL_IF_DUE(kernel, FAULT_BIND);
    return linux_ops()->bind(NULL, fd, address, length);
}

static int failing_listen(void *kernel, int fd, int backlog)
{
    FAIL_IF_DUE(kernel, FAULT_LISTEN);
    return linux_ops()->listen(NULL, fd, backlog);
}

static int failing_accept(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    FAIL_IF_DUE(kernel, FAULT_ACCEPT);
    return linux_ops()->accept(NULL, fd, address, length);
}

/* Interrupted, it goes on by itself (connect(2)). */
static int failing_connect(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    bool due = fails(kernel, FAULT_CONNECT);
    int error = ((struct failing_sys *)kernel)->error;
    int result = 0;
    if (!due || error == EINTR)
        result = linux_ops()->connect(NULL, fd, address, length);
    return due ? -error : result;
}

static int failing_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                              socklen_t size)
{
    FAIL_IF_DUE(kernel, FAULT_SETSOCKOPT);
    return linux_ops()->setsockopt(NULL, fd, level, name, value, size);
}

static int failing_getsockopt(void *kernel, int fd, int level, int name, void *value,
                              socklen_t *size)
{
    FAIL_IF_DUE(kernel, FAULT_GETSOCKOPT);
    return linux_ops()->getsockopt(NULL, fd, level, name, value, size);
}

static int failing_getsockname(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    FAIL_IF_DUE(kernel, FAULT_GETSOCKNAME);
    return linux_ops()->getsockname(NULL, fd, address, length);
}

static ssize_t failing_recv(void *kernel, int fd, void *buffer, size_t size)
{
    FAIL_IF_DUE(kernel, FAULT_RECV);
    return linux_ops()->recv(NULL, fd, buffer, size);
}

static ssize_t failing_send(void *kernel, int fd, const void *data, size_t size)
{
    FAIL_IF_DUE(kernel, FAULT_SEND);
    return linux_ops()->send(NULL, fd, data, size);
}

static ssize_t failing_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    FAIL_IF_DUE(kernel, FAULT_SENDV);
    return linux_ops()->sendv(NULL, fd, parts, count);
}

static ssize_t failing_send_rights(void *kernel, int fd, const void *data, size_t size,
                                   const int *fds, size_t count)
{
    FAIL_IF_DUE(kernel, FAULT_SEND_RIGHTS);
    return linux_ops()->send_rights(NULL, fd, data, size, fds, count);
}

static ssize_t failing_recv_rights(void *kernel, int fd, void *buffer, size_t size, int *fds,
                                   size_t *count)
{
    *count = 0;
    FAIL_IF_DUE(kernel, FAULT_RECV_RIGHTS);
    return linux_ops()->recv_rights(NULL, fd, buffer, size, fds, count);
}

static int failing_shutdown(void *kernel, int fd)
{
    FAIL_IF_DUE(kernel, FAULT_SHUTDOWN);
    return linux_ops()->shutdown_write(NULL, fd);
}

static int failing_undelivered(void *kernel, int fd)
{
    FAIL_IF_DUE(kernel, FAULT_UNDELIVERED);
    return linux_ops()->undelivered(NULL, fd);
}

/* The descriptor is gone in any case (close(2)). */
static int failing_close(void *kernel, int fd)
{
    int result = linux_ops()->close(NULL, fd);
    FAIL_IF_DUE(kernel, FAULT_CLOSE);
    return result;
}

static int failing_epoll_create(void *kernel)
{
    FAIL_IF_DUE(kernel, FAULT_EPOLL_CREATE);
    return linux_ops()->epoll_create(NULL);
}

static int failing_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                             struct epoll_event *event)
{
    FAIL_IF_DUE(kernel, FAULT_EPOLL_CTL);
    return linux_ops()->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

/* Never waits: the test puts the clock forward instead. */
static int failing_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                              int timeout_ms)
{
    (void)timeout_ms;
    FAIL_IF_DUE(kernel, FAULT_EPOLL_WAIT);
    return linux_ops()->epoll_wait(NULL, epoll_fd, events, room, 0);
}

static int failing_wakeup_create(void *kernel)
{
    FAIL_IF_DUE(kernel, FAULT_WAKEUP_CREATE);
    return linux_ops()->wakeup_create(NULL);
}

static int failing_wakeup_clear(void *kernel, int fd)
{
    FAIL_IF_DUE(kernel, FAULT_WAKEUP_CLEAR);
    return linux_ops()->wakeup_clear(NULL, fd);
}

static int failing_spare_open(void *kernel)
{
    FAIL_IF_DUE(kernel, FAULT_SPARE_OPEN);
    return linux_ops()->spare_open(NULL);
}

void failing_sys_init(struct failing_sys *failing)
{
    *failing = (struct failing_sys){.ops = *linux_ops()};
    struct brink_sys_ops *ops = &failing->ops;
    ops->now_ms = now_ms;
    ops->now_us = now_us;
    ops->socket = failing_socket;
    ops->bind = failing_bind;
    ops->listen = failing_listen;
    ops->accept = failing_accept;
    ops->connect = failing_connect;
    ops->setsockopt = failing_setsockopt;
    ops->getsockopt = failing_getsockopt;
    ops->getsockname = failing_getsockname;
    ops->recv = failing_recv;
    ops->send = failing_send;
    ops->sendv = failing_sendv;
    ops->send_rights = failing_send_rights;
    ops->recv_rights = failing_recv_rights;
    ops->shutdown_write = failing_shutdown;
    ops->undelivered = failing_undelivered;
    ops->close = failing_close;
    ops->epoll_create = failing_epoll_create;
    ops->epoll_ctl = failing_epoll_ctl;
    ops->epoll_wait = failing_epoll_wait;
    ops->wakeup_create = failing_wakeup_create;
    ops->wakeup_clear = failing_wakeup_clear;
    ops->spare_open = failing_spare_open;
    failing->sys = (struct brink_sys){.ops = ops, .context = failing};
}

void failing_sys_arm(struct failing_sys *failing, enum fault_call call, int error, unsigned k)
{
    failing->call = call;
    failing->error = error;
    failing->k = k;
    failing->seen = 0;
    failing->fired = false;
}
