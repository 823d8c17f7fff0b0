#include "config/circle.h"

#include <string.h>
#include <strings.h>

#include "net/address.h"

struct place {
    struct brink_address address;
    char host[BRINK_HOST_MAX]; /* a name that is to be looked up; "" */
};

static bool read_place(struct place *place, const char *text, enum brink_address_use use)
{
    brink_result read = brink_address_read(&place->address, text, use, place->host, NULL);
    return !brink_failed(read) && place->address.kind == BRINK_ADDRESS_SOCKET;
}

static sa_family_t family(const struct place *place)
{
    return place->address.sock.any.sa_family;
}

static in_port_t port(const struct place *place)
{
    return family(place) == AF_INET6 ? place->address.sock.v6.sin6_port
                                     : place->address.sock.v4.sin_port;
}

static bool is_any(const struct place *place)
{
    if (place->host[0] != '\0')
        return false;
    if (family(place) == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&place->address.sock.v6.sin6_addr);
    return place->address.sock.v4.sin_addr.s_addr == INADDR_ANY;
}

/* Who connects to it stays on this machine: to no address at all, too (Linux). */
static bool is_here(const struct place *place)
{
    if (place->host[0] != '\0')
        return strcasecmp(place->host, "localhost") == 0;
    return is_any(place) || brink_address_is_local(&place->address);
}

/* [::] takes IPv4 in, too. */
static bool takes_family(const struct place *listener, const struct place *server)
{
    return server->host[0] != '\0' || family(listener) == AF_INET6 || family(server) == AF_INET;
}

static bool leads_to(const struct place *server, const struct place *listener)
{
    const struct brink_address *a = &server->address;
    const struct brink_address *b = &listener->address;
    bool same = a->length == b->length && memcmp(&a->sock, &b->sock, a->length) == 0;
    if (family(server) == AF_UNIX || family(listener) == AF_UNIX)
        return same;
    if (port(server) == 0 || port(server) != port(listener))
        return false;
    if (is_any(listener))
        return is_here(server) && takes_family(listener, server);
    if (server->host[0] != '\0' && listener->host[0] != '\0')
        return strcasecmp(server->host, listener->host) == 0;
    if (server->host[0] != '\0' || listener->host[0] != '\0') /* localhost, and its address */
        return is_here(server) && is_here(listener);
    return same;
}

static bool listens_there(const struct brink_config_listener *listener, const struct place *server)
{
    for (size_t i = 0; i < listener->options.listen_count; i++) {
        struct place place;
        if (read_place(&place, listener->options.listen[i], BRINK_ADDRESS_TO_LISTEN) &&
            leads_to(server, &place))
            return true;
    }
    return false;
}

void brink_config_circle_check(struct brink_config_reading *reading,
                               const struct brink_config_listener *listener,
                               const struct brink_config_upstream *upstream)
{
    for (size_t i = 0; i < upstream->server_count; i++) {
        struct place server;
        const char *address = upstream->servers[i].address;
        if (address == NULL || !read_place(&server, address, BRINK_ADDRESS_TO_CONNECT) ||
            !listens_there(listener, &server))
            continue;
        brink_config_problems_warn(
            reading->problems, &listener->item->place,
            "server %.80s of its upstream \"%.60s\" is this listener: each client would come back "
            "as another one; correct the address",
            address, upstream->options.name);
        return;
    }
}
