#include "app/ping/probe.h"

#include <errno.h>
#include <string.h>

#include "net/address.h"

/* Binds and lets go; 0 or the kernel's reason. */
static int try_to_bind(const struct brink_sys *sys, const struct brink_address *address)
{
    const int on = 1;
    const int off = 0;
    int fd = sys->ops->socket(sys->context, address->sock.any.sa_family, SOCK_STREAM);
    if (fd < 0)
        return -fd;
    (void)sys->ops->setsockopt(sys->context, fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)sys->ops->setsockopt(sys->context, fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    int bound = sys->ops->bind(sys->context, fd, &address->sock.any, address->length);
    if (bound == 0) /* with SO_REUSEADDR it is listening that two cannot do */
        bound = sys->ops->listen(sys->context, fd, 1);
    (void)sys->ops->close(sys->context, fd);
    return bound < 0 ? -bound : 0;
}

static void probe_to_listen(struct brink_config *config, const struct brink_sys *sys,
                            const struct brink_config_place *place, const char *text)
{
    struct brink_address address;
    struct brink_message why;
    if (strncmp(text, "fd:", 3) == 0) /* it is there only for the one that is started with it */
        return;
    if (brink_failed(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &why))) {
        brink_config_problems_error(&config->problems, place, "%s", why.text);
        return;
    }
    if (address.kind != BRINK_ADDRESS_SOCKET || address.sock.any.sa_family == AF_UNIX)
        return;
    int err = try_to_bind(sys, &address);
    if (err == EADDRINUSE)
        brink_config_problems_warn(&config->problems, place,
                                   "%.100s is in use; unless by the brink that this one replaces, "
                                   "choose another address",
                                   text);
    else if (err != 0 && err != EAFNOSUPPORT)
        brink_config_problems_error(&config->problems, place, "cannot listen on %.100s: %s", text,
                                    strerror(err));
}

static void probe_name(struct brink_config *config, const struct brink_upstream_options *upstream,
                       const char *text)
{
    struct brink_address address;
    struct brink_message why;
    if (brink_failed(brink_address_parse(&address, text, BRINK_ADDRESS_TO_CONNECT, &why)))
        brink_config_problems_error(&config->problems,
                                    brink_config_upstream_place(config, upstream), "%s", why.text);
}

void brink_probe_config(struct brink_config *config, const struct brink_sys *sys)
{
    for (size_t i = 0; i < config->server.listener_count; i++) {
        const struct brink_listener_options *listener = &config->server.listeners[i];
        for (size_t j = 0; j < listener->listen_count; j++)
            probe_to_listen(config, sys, brink_config_listener_place(config, listener),
                            listener->listen[j]);
    }
    for (size_t i = 0; i < config->admin.address_count && !config->admin.off; i++)
        probe_to_listen(config, sys, brink_config_admin_place(config), config->admin.addresses[i]);
    for (size_t i = 0; i < config->server.upstream_count; i++) {
        const struct brink_upstream_options *upstream = &config->server.upstreams[i];
        for (size_t j = 0; j < upstream->server_count; j++)
            probe_name(config, upstream, upstream->servers[j].address);
        if (upstream->dns != NULL)
            probe_name(config, upstream, upstream->dns);
    }
    brink_config_problems_sort(&config->problems);
}
