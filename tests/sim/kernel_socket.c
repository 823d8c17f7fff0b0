/* What a connection is, and what happens to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/kernel.h"

static void set_up(struct sim_kernel *kernel, struct sim_conn *conn, unsigned end)
{
    struct sim_socket *socket = &conn->end[end];
    socket->conn = conn;
    socket->peer = &conn->end[1 - end];
    socket->fd = -1;
    socket->local = kernel->local;
    socket->active_ms = sim_now_ms(kernel);
    /* Small buffers fill; large ones (a power of two) do not. */
    socket->send_room = (size_t)64 << sim_choose(kernel->tape, 11);
    socket->receive_room = (size_t)64 << sim_choose(kernel->tape, 15);
    if (socket->send_room > kernel->send_room_max)
        socket->send_room = kernel->send_room_max;
}

struct sim_conn *sim_conn_new(struct sim_kernel *kernel)
{
    if (kernel->conn_count == SIM_CONNS)
        return NULL;
    struct sim_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL)
        abort();
    conn->id = kernel->conn_count;
    conn->server = -1;
    conn->began_ms = sim_now_ms(kernel);
    set_up(kernel, conn, 0);
    set_up(kernel, conn, 1);
    kernel->conns[kernel->conn_count++] = conn;
    return conn;
}

size_t sim_socket_readable(const struct sim_socket *socket)
{
    return socket->peer->arrived - socket->peer->taken;
}

bool sim_socket_has_news(const struct sim_socket *socket)
{
    return sim_socket_readable(socket) > 0 || socket->peer->fin_arrived || socket->dead ||
           socket->error != 0;
}

size_t sim_socket_free(const struct sim_socket *socket)
{
    size_t held = socket->written - socket->arrived;
    return held < socket->send_room ? socket->send_room - held : 0;
}

void sim_socket_append(struct sim_socket *socket, const void *data, size_t length)
{
    if (length == 0)
        return;
    if (socket->written + length > socket->room) {
        socket->room = 2 * (socket->written + length);
        socket->bytes = realloc(socket->bytes, socket->room);
        if (socket->bytes == NULL)
            abort();
    }
    memcpy(socket->bytes + socket->written, data, length);
    socket->written += length;
}

/* net/ipv4/tcp.c, tcp_poll. */
uint32_t sim_socket_bits(const struct sim_socket *socket)
{
    uint32_t bits = 0;
    if (socket->connecting)
        return 0;
    bool ended = socket->peer->fin_arrived || socket->dead;
    if (sim_socket_readable(socket) > 0)
        bits |= EPOLLIN;
    if (ended)
        bits |= EPOLLIN | EPOLLRDHUP;
    if (socket->dead || (ended && socket->fin))
        bits |= EPOLLHUP;
    if (socket->error != 0)
        bits |= EPOLLERR;
    if (socket->fin || socket->dead || sim_socket_free(socket) * 3 >= socket->send_room)
        bits |= EPOLLOUT;
    return bits;
}

uint32_t sim_socket_poll(struct sim_socket *socket)
{
    uint32_t bits = sim_socket_bits(socket);
    if (!socket->connecting && !(bits & EPOLLOUT))
        socket->no_space = true;
    return bits;
}

int sim_socket_take_error(struct sim_socket *socket)
{
    int error = socket->error;
    socket->error = 0;
    return error;
}

static void die(struct sim_kernel *kernel, struct sim_socket *socket, int error)
{
    socket->dead = true;
    socket->connecting = false;
    if (socket->closed)
        return;
    socket->error = error;
    sim_wake(kernel, socket->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

void sim_socket_break(struct sim_kernel *kernel, struct sim_socket *socket, int error,
                      int peer_error)
{
    if (socket->dead)
        return;
    die(kernel, socket, error);
    if (!socket->peer->dead)
        die(kernel, socket->peer, peer_error);
}

void sim_socket_close(struct sim_kernel *kernel, struct sim_socket *socket)
{
    bool unread = sim_socket_readable(socket) > 0;
    socket->closed = true;
    if (socket->dead)
        return;
    if (socket->connecting) {
        socket->dead = true;
        socket->connecting = false;
        return;
    }
    if (socket->local) {
        socket->fin = true;
        if (unread && !socket->peer->closed) {
            socket->peer->error = ECONNRESET;
            sim_wake(kernel, socket->peer->fd, EPOLLIN | EPOLLERR);
        }
        return;
    }
    if (unread || socket->abortive) {
        sim_socket_break(kernel, socket, 0, ECONNRESET);
        socket->dead = true;
    } else {
        socket->fin = true;
    }
}
