/* Addresses whose host is a name. */
#include <netdb.h>
#include <string.h>

#include "base/message.h"
#include "net/address.h"

static brink_result look_up(struct brink_address *address, const char *name,
                            struct brink_message *why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(name, NULL, &hints, &found);
    if (failed == EAI_NONAME || failed == EAI_ADDRFAMILY) { /* loopback names on a bare machine */
        hints.ai_flags = 0;
        failed = getaddrinfo(name, NULL, &hints, &found);
    }
    if (failed != 0)
        return brink_message_set(why, "\"%s\" cannot be looked up: %s", name, gai_strerror(failed));
    in_port_t port = address->sock.v4.sin_port;
    memcpy(&address->sock.any, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    if (found->ai_family == AF_INET6)
        address->sock.v6.sin6_port = port;
    else
        address->sock.v4.sin_port = port;
    freeaddrinfo(found);
    return brink_ok();
}

brink_result brink_address_parse(struct brink_address *address, const char *text,
                                 enum brink_address_use use, struct brink_message *why)
{
    char name[BRINK_HOST_MAX];
    struct brink_address found;
    brink_result result = brink_address_read(&found, text, use, name, why);
    if (!brink_failed(result) && found.kind == BRINK_ADDRESS_FD && name[0] != '\0')
        return brink_message_set(why,
                                 "no socket of the name \"%.100s\" was passed; systemd passes "
                                 "those of socket units with FileDescriptorName=%.100s",
                                 name, name);
    if (!brink_failed(result) && name[0] != '\0')
        result = look_up(&found, name, why);
    if (!brink_failed(result))
        *address = found;
    return result;
}
