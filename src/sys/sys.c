#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int result_of(int returned)
{
    return returned < 0 ? -errno : returned;
}

static ssize_t size_of(ssize_t returned)
{
    return returned < 0 ? -errno : returned;
}

static uint64_t linux_now_us(void *kernel)
{
    (void)kernel;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC,
                        &now); /* cannot fail: the clock and the pointer are good */
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t linux_now_ms(void *kernel)
{
    return linux_now_us(kernel) / 1000;
}

static int linux_socket(void *kernel, int domain, int type)
{
    (void)kernel;
    return result_of(socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int linux_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    return result_of(bind(fd, address, length));
}

static int linux_listen(void *kernel, int fd, int backlog)
{
    (void)kernel;
    return result_of(listen(fd, backlog));
}

static int linux_accept(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)kernel;
    return result_of(accept4(fd, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

static int linux_connect(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    return result_of(connect(fd, address, length));
}

static int linux_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                            socklen_t size)
{
    (void)kernel;
    return result_of(setsockopt(fd, level, name, value, size));
}

static int linux_getsockopt(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    (void)kernel;
    return result_of(getsockopt(fd, level, name, value, size));
}

static int linux_getsockname(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)kernel;
    return result_of(getsockname(fd, address, length));
}

static int linux_set_nonblocking(void *kernel, int fd)
{
    (void)kernel;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -errno;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return result_of(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

static int linux_unlink(void *kernel, const char *path)
{
    (void)kernel;
    return result_of(unlink(path));
}

static int linux_duplicate(void *kernel, int fd)
{
    (void)kernel;
    return result_of(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/* The two calls of every frame are made without the C library's way in, which in a program of
 * several threads makes each of them a point where a thread might be cancelled: ours never are, and
 * it costs half a hundredth of a frame. Sanitizers have to see what is received. */
#if defined(BRINK_SANITIZED) || !defined(SYS_recvfrom) || !defined(SYS_sendto)
static long raw_recv(int fd, void *buffer, size_t size)
{
    return recv(fd, buffer, size, 0);
}

static long raw_send(int fd, const void *data, size_t size)
{
    return send(fd, data, size, MSG_NOSIGNAL);
}
#else
static long raw_recv(int fd, void *buffer, size_t size)
{
    return syscall(SYS_recvfrom, fd, buffer, size, 0, NULL, NULL);
}

static long raw_send(int fd, const void *data, size_t size)
{
    return syscall(SYS_sendto, fd, data, size, MSG_NOSIGNAL, NULL, 0);
}
#endif

static ssize_t linux_recv(void *kernel, int fd, void *buffer, size_t size)
{
    (void)kernel;
    return size_of(raw_recv(fd, buffer, size));
}

static ssize_t linux_send(void *kernel, int fd, const void *data, size_t size)
{
    (void)kernel;
    return size_of(raw_send(fd, data, size));
}

static ssize_t linux_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    (void)kernel;
    struct iovec *unchanged = (struct iovec *)(uintptr_t)parts; /* msg_iov lacks the const */
    struct msghdr message = {.msg_iov = unchanged, .msg_iovlen = count};
    return size_of(sendmsg(fd, &message, MSG_NOSIGNAL));
}

static ssize_t linux_send_rights(void *kernel, int fd, const void *data, size_t size,
                                 const int *fds, size_t count)
{
    (void)kernel;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(BRINK_RIGHTS_MAX * sizeof(int))] = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > BRINK_RIGHTS_MAX)
        return -EINVAL;
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return size_of(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void take_rights(struct msghdr *message, int fds[BRINK_RIGHTS_MAX], size_t *count)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    for (; header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < came && *count < BRINK_RIGHTS_MAX; i++)
            memcpy(&fds[(*count)++], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
    }
}

static ssize_t linux_recv_rights(void *kernel, int fd, void *buffer, size_t size,
                                 int fds[BRINK_RIGHTS_MAX], size_t *count)
{
    (void)kernel;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(BRINK_RIGHTS_MAX * sizeof(int))];
    struct iovec part = {.iov_base = buffer, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    *count = 0;
    ssize_t got = size_of(recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT));
    if (got < 0)
        return got;
    take_rights(&message, fds, count);
    if (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC))
        while (*count > 0)
            (void)close(fds[--*count]);
    return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : got;
}

static int linux_shutdown_write(void *kernel, int fd)
{
    (void)kernel;
    return result_of(shutdown(fd, SHUT_WR));
}

static int linux_undelivered(void *kernel, int fd)
{
    (void)kernel;
    int bytes = 0;
    int result = ioctl(fd, SIOCOUTQ, &bytes);
    return result < 0 ? -errno : bytes;
}

static int linux_close(void *kernel, int fd)
{
    (void)kernel;
    return result_of(close(fd));
}

static int linux_epoll_create(void *kernel)
{
    (void)kernel;
    return result_of(epoll_create1(EPOLL_CLOEXEC));
}

static int linux_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                           struct epoll_event *event)
{
    (void)kernel;
    return result_of(epoll_ctl(epoll_fd, operation, fd, event));
}

static int linux_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                            int timeout_ms)
{
    (void)kernel;
    return result_of(epoll_wait(epoll_fd, events, room, timeout_ms));
}

static int linux_wakeup_create(void *kernel)
{
    (void)kernel;
    return result_of(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

static int linux_wakeup_signal(void *kernel, int fd)
{
    (void)kernel;
    return result_of(eventfd_write(fd, 1));
}

static int linux_wakeup_clear(void *kernel, int fd)
{
    (void)kernel;
    eventfd_t count;
    return result_of(eventfd_read(fd, &count));
}

static int linux_spare_open(void *kernel)
{
    (void)kernel;
    return result_of(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static int linux_raise_file_limit(void *kernel)
{
    (void)kernel;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    rlim_t now = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (now < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        now = limit.rlim_max;
    return now > INT_MAX ? INT_MAX : (int)now;
}

static int linux_cpu_count(void *kernel)
{
    (void)kernel;
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) < 0)
        return -errno;
    return CPU_COUNT(&cpus);
}

static clockid_t linux_cpu_clock(void *kernel)
{
    (void)kernel;
    clockid_t clock;
    return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : -1;
}

static uint64_t linux_cpu_ns(void *kernel, clockid_t clock)
{
    (void)kernel;
    struct timespec used;
    if (clock_gettime(clock, &used) < 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static void linux_sleep_ms(void *kernel, unsigned milliseconds)
{
    (void)kernel;
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    (void)nanosleep(&time, NULL); /* a signal may shorten it: no harm */
}

static const struct brink_sys_ops linux_ops = {
    .now_ms = linux_now_ms,
    .now_us = linux_now_us,
    .socket = linux_socket,
    .bind = linux_bind,
    .listen = linux_listen,
    .accept = linux_accept,
    .connect = linux_connect,
    .setsockopt = linux_setsockopt,
    .getsockopt = linux_getsockopt,
    .getsockname = linux_getsockname,
    .set_nonblocking = linux_set_nonblocking,
    .unlink = linux_unlink,
    .duplicate = linux_duplicate,
    .recv = linux_recv,
    .send = linux_send,
    .sendv = linux_sendv,
    .send_rights = linux_send_rights,
    .recv_rights = linux_recv_rights,
    .shutdown_write = linux_shutdown_write,
    .undelivered = linux_undelivered,
    .close = linux_close,
    .epoll_create = linux_epoll_create,
    .epoll_ctl = linux_epoll_ctl,
    .epoll_wait = linux_epoll_wait,
    .wakeup_create = linux_wakeup_create,
    .wakeup_signal = linux_wakeup_signal,
    .wakeup_clear = linux_wakeup_clear,
    .spare_open = linux_spare_open,
    .raise_file_limit = linux_raise_file_limit,
    .cpu_count = linux_cpu_count,
    .cpu_clock = linux_cpu_clock,
    .cpu_ns = linux_cpu_ns,
    .sleep_ms = linux_sleep_ms,
};

const struct brink_sys brink_sys_linux = {.ops = &linux_ops, .context = NULL};
