/* The other system calls, and the table of them all. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "sim/kernel.h"
#include "sim/network.h"

static bool fault(struct sim_kernel *kernel, enum sim_fault which)
{
    return sim_fault(&kernel->faults, kernel->tape, which);
}

static int exhausted(struct sim_kernel *kernel)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    return -errors[sim_choose(kernel->tape, 4)];
}

static uint64_t call_now_ms(void *context)
{
    return sim_now_ms(context);
}

static uint64_t call_now_us(void *context)
{
    return ((struct sim_kernel *)context)->now_us;
}

static int call_socket(void *context, int domain, int type)
{
    struct sim_kernel *kernel = context;
    (void)type;
    sim_call(kernel);
    int fd = fault(kernel, SIM_SOCKET) ? exhausted(kernel) : sim_open(kernel, SIM_SOCKET_FILE);
    if (fd >= 0)
        kernel->files[fd].local = domain == AF_UNIX;
    sim_trace(kernel, "socket -> %d", fd);
    return fd;
}

static int call_bind(void *context, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)address;
    (void)length;
    (void)sim_file(context, fd, SIM_SOCKET_FILE, "bind");
    return 0;
}

static int call_listen(void *context, int fd, int backlog)
{
    struct sim_kernel *kernel = context;
    (void)backlog;
    struct sim_file *file = &kernel->files[fd];
    if (file->kind != SIM_LISTENER_FILE)
        (void)sim_file(kernel, fd, SIM_SOCKET_FILE, "listen");
    file->kind = SIM_LISTENER_FILE;
    file->listens = true;
    return 0;
}

static void fill_address(struct sim_kernel *kernel, const struct sim_conn *conn,
                         struct sockaddr *address, socklen_t *length)
{
    if (kernel->local) {
        address->sa_family = AF_UNIX;
        *length = sizeof address->sa_family;
        return;
    }
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK)},
                               .sin_port = htons((in_port_t)(1000 + conn->id))};
    memcpy(address, &from, sizeof from);
    *length = sizeof from;
}

static int accept_one(struct sim_kernel *kernel, int listener_fd, struct sockaddr *address,
                      socklen_t *length)
{
    static const int aborted[] = {-ECONNABORTED, -EINTR, -EPERM};
    struct sim_file *listener = sim_file(kernel, listener_fd, SIM_LISTENER_FILE, "accept");
    if (fault(kernel, SIM_ACCEPT_EXHAUSTED))
        return exhausted(kernel);
    int fd = sim_open(kernel, SIM_SOCKET_FILE);
    if (fd < 0)
        return fd;
    int result = -EAGAIN;
    if (listener->waiting > 0) {
        struct sim_conn *conn = listener->backlog[0];
        if (!fault(kernel, SIM_ACCEPT_ABORTED)) {
            listener->waiting--;
            memmove(&listener->backlog[0], &listener->backlog[1],
                    listener->waiting * sizeof listener->backlog[0]);
            kernel->files[fd].socket = &conn->end[1];
            conn->end[1].fd = fd;
            conn->end[1].active_ms = sim_now_ms(kernel);
            conn->end[1].accepted_ms = sim_now_ms(kernel);
            kernel->accepts++;
            fill_address(kernel, conn, address, length);
            kernel->progress++;
            return fd;
        }
        result = aborted[sim_choose(kernel->tape, 3)];
    }
    kernel->files[fd].kind = SIM_FREE;
    kernel->fds_open--;
    return result;
}

static int call_accept(void *context, int fd, struct sockaddr *address, socklen_t *length)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    int result = accept_one(kernel, fd, address, length);
    sim_trace(kernel, "accept fd %d -> %d", fd, result);
    return result;
}

static int connect_now(struct sim_kernel *kernel, int fd, const struct sockaddr *address)
{
    static const int refused[] = {-ECONNREFUSED, -ENETUNREACH, -EADDRNOTAVAIL};
    static const int late[] = {ECONNREFUSED, ETIMEDOUT};
    struct sim_file *file = sim_file(kernel, fd, SIM_SOCKET_FILE, "connect");
    struct sim_welcome welcome = kernel->hooks->on_connect(kernel, address);
    if (fault(kernel, SIM_CONNECT_REFUSED))
        return file->local && sim_choose(kernel->tape, 2) ? -EAGAIN
                                                          : refused[sim_choose(kernel->tape, 3)];
    if (file->local && welcome.answer != SIM_ANSWER_SERVES)
        return welcome.answer == SIM_ANSWER_NEVER ? -EAGAIN : -ECONNREFUSED;
    struct sim_conn *conn = sim_conn_new(kernel);
    if (conn == NULL)
        return -ECONNREFUSED;
    conn->end[0].fd = fd;
    conn->end[0].program = true;
    conn->end[0].connecting = true;
    conn->server = (int)welcome.server;
    conn->generation = welcome.generation;
    conn->answers_us = welcome.answers_us;
    file->socket = &conn->end[0];
    if (file->local) {
        sim_network_connected(kernel, conn);
        return 0;
    }
    if (welcome.answer != SIM_ANSWER_SERVES)
        conn->connect_error = welcome.answer == SIM_ANSWER_REFUSES ? ECONNREFUSED : -1;
    else if (fault(kernel, SIM_CONNECT_LATE))
        conn->connect_error = late[sim_choose(kernel->tape, 2)];
    else if (fault(kernel, SIM_CONNECT_NEVER))
        conn->connect_error = -1;
    return -EINPROGRESS;
}

static int call_connect(void *context, int fd, const struct sockaddr *address, socklen_t length)
{
    struct sim_kernel *kernel = context;
    (void)length;
    sim_call(kernel);
    int result = connect_now(kernel, fd, address);
    kernel->progress++;
    sim_trace(kernel, "connect fd %d -> %d", fd, result);
    return result;
}

static int call_setsockopt(void *context, int fd, int level, int name, const void *value,
                           socklen_t size)
{
    struct sim_kernel *kernel = context;
    struct linger linger;
    sim_call(kernel);
    if (kernel->files[fd].kind == SIM_LISTENER_FILE)
        return 0;
    struct sim_file *file = sim_file(kernel, fd, SIM_SOCKET_FILE, "setsockopt");
    if (level != SOL_SOCKET || name != SO_LINGER)
        return fault(kernel, SIM_OPTION) ? -ENOBUFS : 0;
    if (size != sizeof linger)
        return -EINVAL;
    memcpy(&linger, value, sizeof linger);
    if (linger.l_onoff && linger.l_linger > 0)
        sim_fail(kernel, "descriptor %d is to block in close", fd);
    if (file->socket != NULL)
        file->socket->abortive = linger.l_onoff && !file->socket->local;
    return 0;
}

static int call_getsockopt(void *context, int fd, int level, int name, void *value, socklen_t *size)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    struct sim_file *file = sim_file(kernel, fd, SIM_SOCKET_FILE, "getsockopt");
    file->called = true;
    if (level != SOL_SOCKET || name != SO_ERROR || file->socket == NULL)
        return -EINVAL;
    if (fault(kernel, SIM_OPTION))
        return -ENOBUFS;
    int error = sim_socket_take_error(file->socket);
    memcpy(value, &error, sizeof error);
    *size = sizeof error;
    return 0;
}

static int call_getsockname(void *context, int fd, struct sockaddr *address, socklen_t *length)
{
    const struct sim_kernel *kernel = context;
    struct sockaddr_in bound = {.sin_family = AF_INET, .sin_port = htons(8)};
    bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (kernel->files[fd].local)
        bound = (struct sockaddr_in){.sin_family = AF_UNIX};
    memcpy(address, &bound, sizeof bound);
    *length = sizeof bound;
    return 0;
}

static int call_set_nonblocking(void *context, int fd)
{
    (void)context;
    (void)fd;
    return 0;
}

static int call_unlink(void *context, const char *path)
{
    (void)context;
    (void)path;
    return 0;
}

static int call_shutdown_write(void *context, int fd)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    struct sim_socket *socket = sim_file(kernel, fd, SIM_SOCKET_FILE, "shutdown")->socket;
    kernel->files[fd].called = true;
    sim_trace(kernel, "shutdown fd %d", fd);
    if (socket->fin)
        sim_fail(kernel, "the end of connection %u is sent twice", socket->conn->id);
    if (socket->dead)
        return -ENOTCONN;
    if (fault(kernel, SIM_OPTION)) {
        sim_socket_break(kernel, socket, ECONNRESET, ECONNRESET);
        return -ENOTCONN;
    }
    socket->fin = true;
    kernel->progress++;
    kernel->hooks->on_fin(kernel, socket);
    return 0;
}

static int call_undelivered(void *context, int fd)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    struct sim_socket *socket = sim_file(kernel, fd, SIM_SOCKET_FILE, "SIOCOUTQ")->socket;
    kernel->files[fd].called = true;
    if (fault(kernel, SIM_OPTION))
        return -EINVAL;
    return (int)(socket->written - socket->arrived) + (socket->fin && !socket->fin_arrived);
}

static void close_socket(struct sim_kernel *kernel, struct sim_file *file)
{
    struct sim_socket *socket = file->socket;
    if (socket == NULL)
        return;
    bool fin = socket->fin;
    socket->fd = -1;
    sim_socket_close(kernel, socket);
    if (socket->fin && !fin)
        kernel->hooks->on_fin(kernel, socket);
}

static int call_close(void *context, int fd)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    sim_trace(kernel, "close fd %d", fd);
    if (fd < 0 || fd >= SIM_FDS || kernel->files[fd].kind == SIM_FREE)
        sim_fail(kernel, "close of descriptor %d, which is not open", fd);
    struct sim_file file = kernel->files[fd];
    if (file.watch.epoll_fd >= 0 && file.kind == SIM_SOCKET_FILE)
        kernel->stale[kernel->stale_count < SIM_STALE ? kernel->stale_count++ : 0] =
            (struct sim_stale){file.watch.cookie, file.watch.epoll_fd};
    kernel->files[fd] = (struct sim_file){.kind = SIM_FREE, .watch = {.epoll_fd = -1}};
    kernel->fds_open--;
    kernel->progress++;
    if (file.kind == SIM_SOCKET_FILE)
        close_socket(kernel, &file);
    for (unsigned i = 0; i < file.waiting; i++)
        sim_socket_break(kernel, &file.backlog[i]->end[1], 0, ECONNRESET);
    return 0;
}

static int call_epoll_create(void *context)
{
    return sim_open(context, SIM_EPOLL_FILE);
}

static int call_wakeup_create(void *context)
{
    return sim_open(context, SIM_WAKEUP_FILE);
}

static int call_wakeup_signal(void *context, int fd)
{
    sim_file(context, fd, SIM_WAKEUP_FILE, "eventfd write")->signalled = true;
    sim_wake(context, fd, EPOLLIN);
    return 0;
}

static int call_wakeup_clear(void *context, int fd)
{
    struct sim_file *file = sim_file(context, fd, SIM_WAKEUP_FILE, "eventfd read");
    bool was = file->signalled;
    file->signalled = false;
    return was ? 0 : -EAGAIN;
}

static int call_spare_open(void *context)
{
    return sim_open(context, SIM_SPARE_FILE);
}

static int call_raise_file_limit(void *context)
{
    return ((struct sim_kernel *)context)->fd_limit;
}

static int call_duplicate(void *context, int fd)
{
    (void)context;
    (void)fd;
    return -EMFILE; /* one worker listens on a unix socket here */
}

static int call_cpu_count(void *context)
{
    (void)context;
    return 1;
}

static void call_sleep_ms(void *context, unsigned milliseconds)
{
    ((struct sim_kernel *)context)->now_us += 1000 * milliseconds;
}

const struct brink_sys_ops sim_sys_ops = {
    .now_ms = call_now_ms,
    .now_us = call_now_us,
    .socket = call_socket,
    .bind = call_bind,
    .listen = call_listen,
    .accept = call_accept,
    .connect = call_connect,
    .setsockopt = call_setsockopt,
    .getsockopt = call_getsockopt,
    .getsockname = call_getsockname,
    .set_nonblocking = call_set_nonblocking,
    .unlink = call_unlink,
    .duplicate = call_duplicate,
    .recv = sim_recv,
    .send = sim_send,
    .sendv = sim_sendv,
    .shutdown_write = call_shutdown_write,
    .undelivered = call_undelivered,
    .close = call_close,
    .epoll_create = call_epoll_create,
    .epoll_ctl = sim_epoll_ctl,
    .epoll_wait = sim_epoll_wait,
    .wakeup_create = call_wakeup_create,
    .wakeup_signal = call_wakeup_signal,
    .wakeup_clear = call_wakeup_clear,
    .spare_open = call_spare_open,
    .raise_file_limit = call_raise_file_limit,
    .cpu_count = call_cpu_count,
    .sleep_ms = call_sleep_ms,
};
