/* watched_sys.h - a kernel that makes the calls, and calls `note_call` in each but a wakeup's
 * signal, and there `note_signal`: both the test's. */
#ifndef BRINK_TESTS_WATCHED_SYS_H
#define BRINK_TESTS_WATCHED_SYS_H

#include "sys/sys.h"

static void note_call(void);
static void note_signal(void);

#define OPS (brink_sys_linux.ops)

static uint64_t seen_now_us(void *kernel)
{
    return OPS->now_us(kernel);
}

static uint64_t seen_now_ms(void *kernel)
{
    return OPS->now_ms(kernel);
}

static int seen_socket(void *kernel, int domain, int type)
{
    note_call();
    return OPS->socket(kernel, domain, type);
}

static int seen_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    note_call();
    return OPS->bind(kernel, fd, address, length);
}

static int seen_listen(void *kernel, int fd, int backlog)
{
    note_call();
    return OPS->listen(kernel, fd, backlog);
}

static int seen_accept(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    note_call();
    return OPS->accept(kernel, fd, address, length);
}

static int seen_connect(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    note_call();
    return OPS->connect(kernel, fd, address, length);
}

static int seen_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                           socklen_t size)
{
    note_call();
    return OPS->setsockopt(kernel, fd, level, name, value, size);
}

static int seen_getsockopt(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    note_call();
    return OPS->getsockopt(kernel, fd, level, name, value, size);
}

static int seen_getsockname(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    note_call();
    return OPS->getsockname(kernel, fd, address, length);
}

static int seen_set_nonblocking(void *kernel, int fd)
{
    note_call();
    return OPS->set_nonblocking(kernel, fd);
}

static int seen_unlink(void *kernel, const char *path)
{
    note_call();
    return OPS->unlink(kernel, path);
}

static int seen_duplicate(void *kernel, int fd)
{
    note_call();
    return OPS->duplicate(kernel, fd);
}

static ssize_t seen_recv(void *kernel, int fd, void *buffer, size_t size)
{
    note_call();
    return OPS->recv(kernel, fd, buffer, size);
}

static ssize_t seen_send(void *kernel, int fd, const void *data, size_t size)
{
    note_call();
    return OPS->send(kernel, fd, data, size);
}

static ssize_t seen_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    note_call();
    return OPS->sendv(kernel, fd, parts, count);
}

static ssize_t seen_send_rights(void *kernel, int fd, const void *data, size_t size, const int *fds,
                                size_t count)
{
    return OPS->send_rights(kernel, fd, data, size, fds, count);
}

static ssize_t seen_recv_rights(void *kernel, int fd, void *buffer, size_t size, int *fds,
                                size_t *count)
{
    return OPS->recv_rights(kernel, fd, buffer, size, fds, count);
}

static int seen_shutdown_write(void *kernel, int fd)
{
    note_call();
    return OPS->shutdown_write(kernel, fd);
}

static int seen_undelivered(void *kernel, int fd)
{
    note_call();
    return OPS->undelivered(kernel, fd);
}

static int seen_close(void *kernel, int fd)
{
    note_call();
    return OPS->close(kernel, fd);
}

static int seen_epoll_create(void *kernel)
{
    note_call();
    return OPS->epoll_create(kernel);
}

static int seen_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    note_call();
    return OPS->epoll_ctl(kernel, epoll_fd, operation, fd, event);
}

static int seen_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                           int timeout_ms)
{
    note_call();
    return OPS->epoll_wait(kernel, epoll_fd, events, room, timeout_ms);
}

static int seen_wakeup_create(void *kernel)
{
    note_call();
    return OPS->wakeup_create(kernel);
}

static int seen_wakeup_signal(void *kernel, int fd)
{
    note_signal();
    return OPS->wakeup_signal(kernel, fd);
}

static int seen_wakeup_clear(void *kernel, int fd)
{
    note_call();
    return OPS->wakeup_clear(kernel, fd);
}

static int seen_spare_open(void *kernel)
{
    note_call();
    return OPS->spare_open(kernel);
}

static int seen_raise_file_limit(void *kernel)
{
    note_call();
    return OPS->raise_file_limit(kernel);
}

static int seen_cpu_count(void *kernel)
{
    note_call();
    return OPS->cpu_count(kernel);
}

static clockid_t seen_cpu_clock(void *kernel)
{
    return OPS->cpu_clock(kernel);
}

static uint64_t seen_cpu_ns(void *kernel, clockid_t clock)
{
    return OPS->cpu_ns(kernel, clock);
}

static void seen_sleep_ms(void *kernel, unsigned milliseconds)
{
    note_call();
    OPS->sleep_ms(kernel, milliseconds);
}

static const struct brink_sys_ops seen_ops = {
    .now_ms = seen_now_ms,
    .now_us = seen_now_us,
    .socket = seen_socket,
    .bind = seen_bind,
    .listen = seen_listen,
    .accept = seen_accept,
    .connect = seen_connect,
    .setsockopt = seen_setsockopt,
    .getsockopt = seen_getsockopt,
    .getsockname = seen_getsockname,
    .set_nonblocking = seen_set_nonblocking,
    .unlink = seen_unlink,
    .duplicate = seen_duplicate,
    .recv = seen_recv,
    .send = seen_send,
    .sendv = seen_sendv,
    .send_rights = seen_send_rights,
    .recv_rights = seen_recv_rights,
    .shutdown_write = seen_shutdown_write,
    .undelivered = seen_undelivered,
    .close = seen_close,
    .epoll_create = seen_epoll_create,
    .epoll_ctl = seen_epoll_ctl,
    .epoll_wait = seen_epoll_wait,
    .wakeup_create = seen_wakeup_create,
    .wakeup_signal = seen_wakeup_signal,
    .wakeup_clear = seen_wakeup_clear,
    .spare_open = seen_spare_open,
    .raise_file_limit = seen_raise_file_limit,
    .cpu_count = seen_cpu_count,
    .cpu_clock = seen_cpu_clock,
    .cpu_ns = seen_cpu_ns,
    .sleep_ms = seen_sleep_ms,
};

static const struct brink_sys seen = {.ops = &seen_ops, .context = NULL};

#endif
