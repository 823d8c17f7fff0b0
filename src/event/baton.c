#include "event/baton.h"

#include <errno.h>
#include <string.h>

/* Who holds it says so itself, so that a thread which does not hold it (one that posts, or sets up
 * a server) makes its calls through the same table. */
static bool is_mine(const struct brink_baton *baton)
{
    return atomic_load_explicit(&baton->holder, memory_order_relaxed) == pthread_self();
}

void brink_baton_take(struct brink_baton *baton)
{
    (void)pthread_mutex_lock(&baton->mutex); /* fails only for who holds it already */
    atomic_store_explicit(&baton->holder, pthread_self(), memory_order_relaxed);
}

void brink_baton_give(struct brink_baton *baton)
{
    atomic_store_explicit(&baton->holder, (pthread_t)0, memory_order_relaxed);
    (void)pthread_mutex_unlock(&baton->mutex);
}

/* Gives it up, if it is held; tells whether it was. */
static bool lay_down(struct brink_baton *baton)
{
    bool mine = is_mine(baton);
    if (mine)
        brink_baton_give(baton);
    return mine;
}

static void take_up(struct brink_baton *baton, bool mine)
{
    if (mine)
        brink_baton_take(baton);
}

/* --- the system calls --- */

/* Reads a page of the kernel's: no call. The next two are made by who holds no baton. */
static uint64_t baton_now_ms(void *kernel)
{
    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;
    return sys->ops->now_ms(sys->context);
}

static uint64_t baton_now_us(void *kernel)
{
    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;
    return sys->ops->now_us(sys->context);
}

static clockid_t baton_cpu_clock(void *kernel)
{
    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;
    return sys->ops->cpu_clock(sys->context);
}

static uint64_t baton_cpu_ns(void *kernel, clockid_t clock)
{
    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;
    return sys->ops->cpu_ns(sys->context, clock);
}

static void baton_sleep_ms(void *kernel, unsigned milliseconds)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    baton->under->ops->sleep_ms(baton->under->context, milliseconds);
    take_up(baton, mine);
}

static int baton_socket(void *kernel, int domain, int type)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->socket(baton->under->context, domain, type);
    take_up(baton, mine);
    return result;
}

static int baton_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->bind(baton->under->context, fd, address, length);
    take_up(baton, mine);
    return result;
}

static int baton_listen(void *kernel, int fd, int backlog)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->listen(baton->under->context, fd, backlog);
    take_up(baton, mine);
    return result;
}

static int baton_accept(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->accept(baton->under->context, fd, address, length);
    take_up(baton, mine);
    return result;
}

static int baton_connect(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->connect(baton->under->context, fd, address, length);
    take_up(baton, mine);
    return result;
}

static int baton_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                            socklen_t size)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->setsockopt(baton->under->context, fd, level, name, value, size);
    take_up(baton, mine);
    return result;
}

static int baton_getsockopt(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->getsockopt(baton->under->context, fd, level, name, value, size);
    take_up(baton, mine);
    return result;
}

static int baton_getsockname(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->getsockname(baton->under->context, fd, address, length);
    take_up(baton, mine);
    return result;
}

static int baton_set_nonblocking(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->set_nonblocking(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static int baton_unlink(void *kernel, const char *path)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->unlink(baton->under->context, path);
    take_up(baton, mine);
    return result;
}

static int baton_duplicate(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->duplicate(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static ssize_t baton_recv(void *kernel, int fd, void *buffer, size_t size)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    ssize_t result = baton->under->ops->recv(baton->under->context, fd, buffer, size);
    take_up(baton, mine);
    return result;
}

static ssize_t baton_send(void *kernel, int fd, const void *data, size_t size)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    ssize_t result = baton->under->ops->send(baton->under->context, fd, data, size);
    take_up(baton, mine);
    return result;
}

static ssize_t baton_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    ssize_t result = baton->under->ops->sendv(baton->under->context, fd, parts, count);
    take_up(baton, mine);
    return result;
}

/* It never waits, and is rare: the baton is kept. No worker receives any. */
static ssize_t baton_send_rights(void *kernel, int fd, const void *data, size_t size,
                                 const int *fds, size_t count)
{
    const struct brink_sys *under = ((struct brink_baton *)kernel)->under;
    return under->ops->send_rights(under->context, fd, data, size, fds, count);
}

static int baton_shutdown_write(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->shutdown_write(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static int baton_undelivered(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->undelivered(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static int baton_close(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->close(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static int baton_epoll_create(void *kernel)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->epoll_create(baton->under->context);
    take_up(baton, mine);
    return result;
}

static int baton_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                           struct epoll_event *event)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result =
        baton->under->ops->epoll_ctl(baton->under->context, epoll_fd, operation, fd, event);
    take_up(baton, mine);
    return result;
}

static int baton_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                            int timeout_ms)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result =
        baton->under->ops->epoll_wait(baton->under->context, epoll_fd, events, room, timeout_ms);
    take_up(baton, mine);
    return result;
}

static int baton_wakeup_create(void *kernel)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->wakeup_create(baton->under->context);
    take_up(baton, mine);
    return result;
}

/* Not given up: it never waits, and who posts may hold a lock that who holds the baton waits for,
 * such as that of a group's watchers. To take the baton with that lock held would be for ever. */
static int baton_wakeup_signal(void *kernel, int fd)
{
    const struct brink_sys *sys = ((struct brink_baton *)kernel)->under;
    return sys->ops->wakeup_signal(sys->context, fd);
}

static int baton_wakeup_clear(void *kernel, int fd)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->wakeup_clear(baton->under->context, fd);
    take_up(baton, mine);
    return result;
}

static int baton_spare_open(void *kernel)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->spare_open(baton->under->context);
    take_up(baton, mine);
    return result;
}

static int baton_raise_file_limit(void *kernel)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->raise_file_limit(baton->under->context);
    take_up(baton, mine);
    return result;
}

static int baton_cpu_count(void *kernel)
{
    struct brink_baton *baton = kernel;
    bool mine = lay_down(baton);
    int result = baton->under->ops->cpu_count(baton->under->context);
    take_up(baton, mine);
    return result;
}

static const struct brink_sys_ops baton_ops = {
    .now_ms = baton_now_ms,
    .now_us = baton_now_us,
    .socket = baton_socket,
    .bind = baton_bind,
    .listen = baton_listen,
    .accept = baton_accept,
    .connect = baton_connect,
    .setsockopt = baton_setsockopt,
    .getsockopt = baton_getsockopt,
    .getsockname = baton_getsockname,
    .set_nonblocking = baton_set_nonblocking,
    .unlink = baton_unlink,
    .duplicate = baton_duplicate,
    .recv = baton_recv,
    .send = baton_send,
    .sendv = baton_sendv,
    .send_rights = baton_send_rights,
    .shutdown_write = baton_shutdown_write,
    .undelivered = baton_undelivered,
    .close = baton_close,
    .epoll_create = baton_epoll_create,
    .epoll_ctl = baton_epoll_ctl,
    .epoll_wait = baton_epoll_wait,
    .wakeup_create = baton_wakeup_create,
    .wakeup_signal = baton_wakeup_signal,
    .wakeup_clear = baton_wakeup_clear,
    .spare_open = baton_spare_open,
    .raise_file_limit = baton_raise_file_limit,
    .cpu_count = baton_cpu_count,
    .cpu_clock = baton_cpu_clock,
    .cpu_ns = baton_cpu_ns,
    .sleep_ms = baton_sleep_ms,
};

/* --- the log, whose lines are written by a system call as well --- */

static void baton_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    struct brink_baton *baton = context;
    bool mine = lay_down(baton);
    baton->log.write(baton->log.context, level, line, length);
    take_up(baton, mine);
}

struct brink_log brink_baton_log(struct brink_baton *baton, const struct brink_log *log)
{
    baton->log = *log;
    if (log->write == NULL)
        return *log;
    return (struct brink_log){
        .write = baton_log, .context = baton, .level = log->level, .level_now = log->level_now};
}

/* --- setting up and taking down --- */

brink_result brink_baton_init(struct brink_baton *baton, const struct brink_sys *under)
{
    pthread_mutexattr_t kind;
    memset(baton, 0, sizeof *baton);
    baton->under = under;
    baton->sys = (struct brink_sys){.ops = &baton_ops, .context = baton};
    atomic_init(&baton->holder, (pthread_t)0);
    int err = pthread_mutexattr_init(&kind);
    if (err != 0)
        return brink_fail(err);
    /* It is held for less than a system call takes: to spin for it is cheaper than to sleep. */
    (void)pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ADAPTIVE_NP);
    err = pthread_mutex_init(&baton->mutex, &kind);
    (void)pthread_mutexattr_destroy(&kind);
    return brink_fail(err); /* 0 is success */
}

void brink_baton_destroy(struct brink_baton *baton)
{
    (void)pthread_mutex_destroy(&baton->mutex);
}
