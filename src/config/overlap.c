#include "config/overlap.h"

#include <string.h>
#include <strings.h>

#include "brink/server.h"
#include "net/address.h"

/* An address that a listener wants. */
struct wanted {
    struct brink_address address;
    char host[BRINK_HOST_MAX];                    /* a name that is to be looked up; "" */
    const struct brink_config_listener *listener; /* NULL: the admin's, which are the last */
};

static in_port_t port_of(const struct wanted *wanted)
{
    const struct brink_address *address = &wanted->address;
    return address->sock.any.sa_family == AF_INET6 ? address->sock.v6.sin6_port
                                                   : address->sock.v4.sin_port;
}

static bool is_any(const struct wanted *wanted)
{
    const struct brink_address *address = &wanted->address;
    if (wanted->host[0] != '\0')
        return false;
    if (address->sock.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&address->sock.v6.sin6_addr);
    return address->sock.v4.sin_addr.s_addr == INADDR_ANY;
}

static bool is_v6(const struct wanted *wanted)
{
    return wanted->address.sock.any.sa_family == AF_INET6;
}

static bool same_bytes(const struct brink_address *a, const struct brink_address *b)
{
    return a->length == b->length && memcmp(&a->sock, &b->sock, a->length) == 0;
}

static bool overlap(const struct wanted *a, const struct wanted *b)
{
    if (a->address.kind != b->address.kind)
        return false;
    if (a->address.kind == BRINK_ADDRESS_FD)
        return a->address.fd == b->address.fd && strcmp(a->host, b->host) == 0;
    bool a_local = a->address.sock.any.sa_family == AF_UNIX;
    bool b_local = b->address.sock.any.sa_family == AF_UNIX;
    if (a_local || b_local)
        return a_local && b_local && same_bytes(&a->address, &b->address);
    if (port_of(a) == 0 || port_of(a) != port_of(b))
        return false;
    if (is_any(a) && (is_v6(a) || !is_v6(b))) /* [::] is every IPv4 address, too */
        return true;
    if (is_any(b) && (is_v6(b) || !is_v6(a)))
        return true;
    if (a->host[0] != '\0' || b->host[0] != '\0')
        return strcasecmp(a->host, b->host) == 0;
    return same_bytes(&a->address, &b->address);
}

static void check(struct brink_config_reading *reading, struct brink_config_item *item,
                  const struct wanted *all, size_t index)
{
    char one[BRINK_ADDRESS_TEXT_MAX];
    char other[BRINK_ADDRESS_TEXT_MAX];
    for (size_t i = 0; i < index; i++) {
        if (!overlap(&all[i], &all[index]))
            continue;
        (void)brink_address_format(&all[index].address, one, sizeof one);
        (void)brink_address_format(&all[i].address, other, sizeof other);
        if (all[i].listener == NULL)
            brink_config_item_error(reading, item, "%.80s is taken by %.80s of admin; remove one",
                                    one, other);
        else
            brink_config_item_error(
                reading, item,
                "%.80s is taken by %.80s of listener \"%.60s\" (line %u); choose another address",
                one, other, all[i].listener->options.name, all[i].listener->item->place.line);
        return;
    }
}

void brink_config_overlap_check(struct brink_config_reading *reading,
                                const struct brink_config_listener *listeners, size_t count,
                                const struct brink_config_admin *admin)
{
    size_t used = 0;
    struct wanted *all = brink_config_memory_array(
        reading->memory, count * BRINK_LISTEN_MAX + BRINK_CONFIG_ADMIN_ADDRESSES, sizeof *all);
    if (all == NULL && count > 0)
        brink_config_item_error(reading, listeners[0].item,
                                "no memory is left to compare the listeners' addresses");
    if (all == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < listeners[i].options.listen_count; j++) {
            struct wanted *wanted = &all[used];
            wanted->listener = &listeners[i];
            if (brink_failed(brink_address_read(&wanted->address, listeners[i].options.listen[j],
                                                BRINK_ADDRESS_TO_LISTEN, wanted->host, NULL)))
                continue;
            check(reading, listeners[i].item, all, used++);
        }
    }
    for (size_t i = 0; i < admin->address_count && !admin->off; i++) {
        if (!brink_failed(brink_address_read(&all[used].address, admin->addresses[i],
                                             BRINK_ADDRESS_TO_LISTEN, all[used].host, NULL)))
            check(reading, admin->item, all, used++);
    }
}
