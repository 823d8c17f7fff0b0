#include "net/options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

enum { KEEPALIVE_INTERVAL_S = 20, KEEPALIVE_PROBES = 3 };

static void set(const struct brink_sys *sys, int fd, int level, int name, int value)
{
    (void)sys->ops->setsockopt(sys->context, fd, level, name, &value, sizeof value);
}

void brink_options_tune(const struct brink_sys *sys, int fd)
{
    set(sys, fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(sys, fd, SOL_SOCKET, SO_OOBINLINE, 1);
}

void brink_options_keep_alive(const struct brink_sys *sys, int fd, uint32_t idle_ms)
{
    set(sys, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(sys, fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)((idle_ms + 999) / 1000));
    set(sys, fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set(sys, fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

void brink_options_user_timeout(const struct brink_sys *sys, int fd, uint32_t user_timeout_ms)
{
    if (user_timeout_ms != 0)
        set(sys, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)user_timeout_ms);
}

void brink_options_listen(const struct brink_sys *sys, int fd, bool share)
{
    set(sys, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (share)
        set(sys, fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set(sys, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}
