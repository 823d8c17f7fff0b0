#include "net/bind.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "net/options.h"

static void close_all(const struct brink_sys *sys, const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)sys->ops->close(sys->context, fds[i]);
}

static bool is_unix_path(const struct brink_address *address)
{
    return address->kind == BRINK_ADDRESS_SOCKET && address->sock.any.sa_family == AF_UNIX &&
           address->sock.local.sun_path[0] != '\0';
}

/* A socket bound to `address`; negative: why not. */
static int bound_socket(const struct brink_sys *sys, const struct brink_address *address,
                        bool share)
{
    int fd = sys->ops->socket(sys->context, address->sock.any.sa_family, SOCK_STREAM);
    if (fd < 0)
        return fd;
    brink_options_listen(sys, fd, share);
    int result = sys->ops->bind(sys->context, fd, &address->sock.any, address->length);
    if (result < 0) {
        (void)sys->ops->close(sys->context, fd);
        return result;
    }
    return fd;
}

/* Without IPv6 in the kernel "every address" is every IPv4 address. */
static int bound_socket_any(const struct brink_sys *sys, struct brink_address *address, bool share)
{
    int fd = bound_socket(sys, address, share);
    if ((fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL) || address->sock.any.sa_family != AF_INET6 ||
        !IN6_IS_ADDR_UNSPECIFIED(&address->sock.v6.sin6_addr))
        return fd;
    in_port_t port = address->sock.v6.sin6_port;
    address->length = sizeof address->sock.v4;
    address->sock.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    return bound_socket(sys, address, share);
}

/* True if the file is a socket that refuses connections: what a process that died left behind. */
static bool is_stale(const struct brink_sys *sys, const struct brink_address *address)
{
    int fd = sys->ops->socket(sys->context, AF_UNIX, SOCK_STREAM);
    if (fd < 0)
        return false;
    int result = sys->ops->connect(sys->context, fd, &address->sock.any, address->length);
    (void)sys->ops->close(sys->context, fd);
    return result == -ECONNREFUSED;
}

static int bound_unix(const struct brink_sys *sys, const struct brink_address *address)
{
    int fd = bound_socket(sys, address, false);
    if (fd != -EADDRINUSE || !is_unix_path(address) || !is_stale(sys, address))
        return fd;
    (void)sys->ops->unlink(sys->context, address->sock.local.sun_path);
    return bound_socket(sys, address, false);
}

static brink_result fail(struct brink_message *why, const struct brink_address *address, int err)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    const char *advice = "";
    if (err == EADDRINUSE)
        advice = "; another program listens there: stop it, or choose another address";
    else if (err == EACCES)
        advice = "; ports below 1024 need root or CAP_NET_BIND_SERVICE, and a unix socket the "
                 "right to write to its folder";
    else if (err == EADDRNOTAVAIL)
        advice = "; this machine has no such address";
    else if (err == EINVAL && address->kind == BRINK_ADDRESS_FD)
        advice = "; the descriptor must be a socket that listens already";
    else if (err == EMFILE || err == ENFILE)
        advice = "; raise the limit of open files (ulimit -n)";
    (void)brink_message_set(why, "cannot listen on %s: %s%s",
                            brink_address_format(address, text, sizeof text), strerror(err),
                            advice);
    return brink_fail(err);
}

/* Without it the other workers' sockets might get a port of their own, which nobody is told of. */
static int learn_address(const struct brink_sys *sys, int fd, struct brink_address *bound)
{
    socklen_t length = sizeof bound->sock.storage;
    int result = sys->ops->getsockname(sys->context, fd, &bound->sock.any, &length);
    if (result < 0)
        return result;
    bound->kind = BRINK_ADDRESS_SOCKET;
    bound->length = length;
    return 0;
}

static int first_socket(const struct brink_sys *sys, struct brink_address *address, size_t count)
{
    if (address->kind == BRINK_ADDRESS_FD) {
        int listens = 0;
        socklen_t size = sizeof listens;
        int result = sys->ops->getsockopt(sys->context, address->fd, SOL_SOCKET, SO_ACCEPTCONN,
                                          &listens, &size);
        if (result == 0 && !listens)
            result = -EINVAL;
        if (result == 0)
            result = sys->ops->set_nonblocking(sys->context, address->fd);
        return result < 0 ? result : address->fd;
    }
    if (address->sock.any.sa_family == AF_UNIX)
        return bound_unix(sys, address);
    if (count > 1) {
        /* SO_REUSEPORT would also let us join another program's port: refuse that. */
        int probe = bound_socket_any(sys, address, false);
        if (probe < 0)
            return probe;
        (void)sys->ops->close(sys->context, probe);
    }
    return bound_socket_any(sys, address, count > 1);
}

static int further_socket(const struct brink_sys *sys, const struct brink_address *bound, int first,
                          bool duplicate)
{
    if (duplicate)
        return sys->ops->duplicate(sys->context, first);
    return bound_socket(sys, bound, true);
}

brink_result brink_bind(const struct brink_sys *sys, const struct brink_address *address, int *fds,
                        size_t count, struct brink_address *bound, struct brink_message *why)
{
    struct brink_address wanted = *address;
    bool duplicate = wanted.kind == BRINK_ADDRESS_FD || wanted.sock.any.sa_family == AF_UNIX;
    int first = first_socket(sys, &wanted, count);
    if (first < 0)
        return fail(why, address, -first);
    fds[0] = first;
    *bound = wanted;
    int result = learn_address(sys, first, bound);
    size_t open = 1;
    while (open < count && result >= 0) {
        result = further_socket(sys, bound, first, duplicate);
        if (result >= 0)
            fds[open++] = result;
    }
    for (size_t i = 0; i < open && result >= 0; i++) {
        brink_options_tune(sys, fds[i]);
        brink_options_keep_alive(sys, fds[i], BRINK_KEEPALIVE_IDLE_MS);
        result = sys->ops->listen(sys->context, fds[i], SOMAXCONN);
    }
    if (result >= 0)
        return brink_ok();
    close_all(sys, fds, open);
    if (address->kind != BRINK_ADDRESS_FD)
        brink_unbind(sys, bound);
    return fail(why, address, -result);
}

void brink_unbind(const struct brink_sys *sys, const struct brink_address *bound)
{
    if (is_unix_path(bound))
        (void)sys->ops->unlink(sys->context, bound->sock.local.sun_path);
}
