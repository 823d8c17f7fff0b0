/* recv and send. */
#include <errno.h>
#include <string.h>

#include "sim/kernel.h"

static struct sim_socket *connected(struct sim_kernel *kernel, int fd, const char *call)
{
    sim_call(kernel);
    struct sim_file *file = sim_file(kernel, fd, SIM_SOCKET_FILE, call);
    if (file->socket == NULL || file->socket->connecting)
        sim_fail(kernel, "%s on descriptor %d, which is not connected", call, fd);
    file->called = true;
    return file->socket;
}

static bool fault(struct sim_kernel *kernel, enum sim_fault which)
{
    return sim_fault(&kernel->faults, kernel->tape, which);
}

/* Anywhere on the way. */
static void may_break(struct sim_kernel *kernel, struct sim_socket *socket)
{
    static const int errors[] = {ECONNRESET, ETIMEDOUT, EHOSTUNREACH};
    if (socket->local || !fault(kernel, SIM_BREAK))
        return;
    int error = errors[sim_choose(kernel->tape, 3)];
    sim_trace(kernel, "connection %u breaks", socket->conn->id);
    sim_socket_break(kernel, socket, error, ECONNRESET);
}

static int no_memory(struct sim_kernel *kernel)
{
    return sim_choose(kernel->tape, 2) ? -ENOMEM : -ENOBUFS;
}

/* Less than there is. What is kept back comes later, with an edge; but with a hang-up told, or on a
 * unix socket, a short read means nothing, so it need not. */
static size_t shortened(struct sim_kernel *kernel, struct sim_socket *socket, int fd, size_t n)
{
    if (n < 2 || !fault(kernel, SIM_RECV_SHORT))
        return n;
    if (!kernel->files[fd].watch.hangup_told && !socket->local)
        socket->late_data = true;
    return sim_between(kernel->tape, 1, (uint32_t)(n - 1 > 65535 ? 65535 : n - 1));
}

static ssize_t receive(struct sim_kernel *kernel, int fd, void *buffer, size_t size)
{
    struct sim_socket *socket = connected(kernel, fd, "recv");
    struct sim_socket *from = socket->peer;
    may_break(kernel, socket);
    if (fault(kernel, SIM_RECV_EINTR))
        return -EINTR;
    if (fault(kernel, SIM_RECV_NO_MEMORY))
        return no_memory(kernel);
    size_t there = sim_socket_readable(socket);
    if (there > 0) {
        if (fault(kernel, SIM_RECV_AGAIN)) {
            socket->late_data = true;
            return -EAGAIN;
        }
        size_t n = shortened(kernel, socket, fd, there < size ? there : size);
        memcpy(buffer, from->bytes + from->taken, n);
        from->taken += n;
        socket->active_ms = sim_now_ms(kernel);
        kernel->progress++;
        return (ssize_t)n;
    }
    kernel->progress++;
    if (socket->error != 0)
        return -sim_socket_take_error(socket);
    if (from->fin_arrived || socket->dead)
        return 0;
    kernel->progress--;
    return -EAGAIN;
}

ssize_t sim_recv(void *context, int fd, void *buffer, size_t size)
{
    struct sim_kernel *kernel = context;
    ssize_t n = receive(kernel, fd, buffer, size);
    sim_trace(kernel, "recv fd %d %zu -> %zd", fd, size, n);
    return n;
}

/* How much of `length` bytes the send buffer takes now, or why none. */
static ssize_t takes(struct sim_kernel *kernel, struct sim_socket *socket, size_t length)
{
    if (socket->fin)
        sim_fail(kernel, "send on connection %u after its end was sent", socket->conn->id);
    may_break(kernel, socket);
    if (socket->error != 0)
        return -sim_socket_take_error(socket);
    if (socket->dead || (socket->local && socket->peer->closed))
        return -EPIPE;
    if (fault(kernel, SIM_SEND_EINTR))
        return -EINTR;
    if (fault(kernel, SIM_SEND_NO_MEMORY))
        return no_memory(kernel);
    size_t free_room = sim_socket_free(socket);
    bool again = fault(kernel, SIM_SEND_AGAIN);
    if (free_room == 0 || again) {
        socket->no_space = true;
        socket->late_space |= again;
        return -EAGAIN;
    }
    size_t n = length < free_room ? length : free_room;
    if (n > 1 && fault(kernel, SIM_SEND_SHORT)) {
        n = sim_between(kernel->tape, 1, (uint32_t)(n - 1 > 65535 ? 65535 : n - 1));
        socket->late_space = true;
    }
    if (n < length)
        socket->no_space = true;
    return (ssize_t)n;
}

ssize_t sim_sendv(void *context, int fd, const struct iovec *parts, size_t count)
{
    struct sim_kernel *kernel = context;
    struct sim_socket *socket = connected(kernel, fd, "send");
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].iov_len;
    if (length == 0)
        sim_fail(kernel, "send of no bytes on descriptor %d", fd);
    ssize_t taken = takes(kernel, socket, length);
    sim_trace(kernel, "send fd %d %zu -> %zd", fd, length, taken);
    if (taken <= 0)
        return taken;
    size_t before = socket->written;
    size_t left = (size_t)taken;
    for (size_t i = 0; i < count && left > 0; i++) {
        size_t part = parts[i].iov_len < left ? parts[i].iov_len : left;
        sim_socket_append(socket, parts[i].iov_base, part);
        left -= part;
    }
    socket->active_ms = sim_now_ms(kernel);
    kernel->progress++;
    kernel->hooks->on_sent(kernel, socket, before);
    return taken;
}

ssize_t sim_send(void *context, int fd, const void *data, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    return sim_sendv(context, fd, &part, 1);
}
