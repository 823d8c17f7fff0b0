#include "sim/network.h"

#include <errno.h>

void sim_network_connected(struct sim_kernel *kernel, struct sim_conn *conn)
{
    conn->end[0].connecting = false;
    kernel->hooks->on_upstream(kernel, conn);
    sim_wake(kernel, conn->end[0].fd, EPOLLOUT);
}

static bool connect_step(struct sim_kernel *kernel, struct sim_conn *conn)
{
    if (conn->connect_error < 0 || kernel->now_us < conn->answers_us)
        return false;
    if (conn->connect_error == 0)
        sim_network_connected(kernel, conn);
    else
        sim_socket_break(kernel, &conn->end[0], conn->connect_error, 0);
    return true;
}

static bool deliver(struct sim_kernel *kernel, struct sim_socket *from, bool partly)
{
    struct sim_socket *to = from->peer;
    size_t flying = from->written - from->arrived;
    if (flying == 0 || from->dead || to->dead)
        return false;
    if (to->closed) { /* nobody is there any more */
        sim_socket_break(kernel, from, ECONNRESET, 0);
        return true;
    }
    size_t held = sim_socket_readable(to);
    size_t space = held < from->receive_room ? from->receive_room - held : 0;
    size_t n = flying < space ? flying : space;
    if (partly && n > 1)
        n = sim_between(kernel->tape, 1, (uint32_t)(n > 65535 ? 65535 : n));
    if (n == 0)
        return false;
    from->arrived += n;
    to->late_data = false;
    sim_wake(kernel, to->fd, EPOLLIN);
    return true;
}

static bool free_space(struct sim_kernel *kernel, struct sim_socket *socket)
{
    if (!socket->no_space || socket->dead || sim_socket_free(socket) * 3 < socket->send_room)
        return false;
    socket->no_space = false;
    socket->late_space = false;
    sim_wake(kernel, socket->fd, EPOLLOUT);
    return true;
}

static bool owed(struct sim_kernel *kernel, struct sim_socket *socket)
{
    bool any = socket->late_data || socket->late_space;
    if (socket->late_data)
        sim_wake(kernel, socket->fd, EPOLLIN);
    if (socket->late_space)
        sim_wake(kernel, socket->fd, EPOLLOUT);
    socket->late_data = false;
    socket->late_space = false;
    return any;
}

static bool deliver_fin(struct sim_kernel *kernel, struct sim_socket *from)
{
    struct sim_socket *to = from->peer;
    if (!from->fin || from->fin_arrived || from->arrived < from->written || from->dead || to->dead)
        return false;
    from->fin_arrived = true;
    uint32_t hangup = to->fin ? EPOLLHUP : 0;
    sim_wake(kernel, to->fd, EPOLLIN | EPOLLRDHUP | hangup);
    return true;
}

bool sim_network_step(struct sim_kernel *kernel, struct sim_conn *conn, bool partly)
{
    if (conn->end[0].connecting)
        return connect_step(kernel, conn);
    bool any = false;
    for (unsigned i = 0; i < 2; i++) {
        struct sim_socket *socket = &conn->end[i];
        any |= owed(kernel, socket);
        any |= deliver(kernel, socket, partly);
        any |= free_space(kernel, socket);
        if (!partly || !any || sim_choose(kernel->tape, 2))
            any |= deliver_fin(kernel, socket);
    }
    return any;
}

bool sim_network_listens(const struct sim_kernel *kernel)
{
    for (int fd = 0; fd < SIM_FDS; fd++)
        if (kernel->files[fd].kind == SIM_LISTENER_FILE)
            return true;
    return false;
}

bool sim_network_knock(struct sim_kernel *kernel, struct sim_conn *conn)
{
    unsigned start = sim_choose(kernel->tape, SIM_FDS);
    for (unsigned i = 0; i < SIM_FDS; i++) {
        int fd = (int)((start + i) % SIM_FDS);
        struct sim_file *file = &kernel->files[fd];
        if (file->kind != SIM_LISTENER_FILE || file->waiting == SIM_BACKLOG)
            continue;
        conn->end[1].program = true;
        file->backlog[file->waiting++] = conn;
        sim_wake(kernel, fd, EPOLLIN);
        return true;
    }
    return false;
}
