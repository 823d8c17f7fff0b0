#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"

enum { NO_NUMBER = -1 };

/* Decimal digits and nothing else, up to `most`; NO_NUMBER otherwise. */
static long number(const char *text, long most)
{
    long value = 0;
    if (*text == '\0')
        return NO_NUMBER;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return NO_NUMBER;
        value = value * 10 + (*text - '0');
        if (value > most)
            return NO_NUMBER;
    }
    return value;
}

static brink_result read_unix(struct brink_address *address, const char *path,
                              struct brink_message *why)
{
    size_t length = strlen(path);
    struct brink_address found = {.kind = BRINK_ADDRESS_SOCKET};
    if (length == 0 || (path[0] == '@' && length == 1))
        return brink_message_set(why,
                                 "\"unix:%s\" names no socket; write unix:/path/to/socket or "
                                 "unix:@name",
                                 path);
    if (length >= sizeof found.sock.local.sun_path)
        return brink_message_set(why,
                                 "\"unix:%.40s...\" is too long by %zu bytes: a unix socket's "
                                 "path has at most %zu",
                                 path, length + 1 - sizeof found.sock.local.sun_path,
                                 sizeof found.sock.local.sun_path - 1);
    found.sock.local.sun_family = AF_UNIX;
    memcpy(found.sock.local.sun_path, path, length);
    found.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (path[0] == '@')
        found.sock.local.sun_path[0] = '\0'; /* the abstract namespace: no file, no final NUL */
    else
        found.length++;
    *address = found;
    return brink_ok();
}

/* A name of sd_listen_fds_with_names(3): printable, no colon; a blank would be a mistake. Digits
 * alone are no name. */
static bool is_passed_name(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length >= BRINK_HOST_MAX || strspn(text, "0123456789") == length)
        return false;
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == ':')
            return false;
    return true;
}

static brink_result read_fd(struct brink_address *address, const char *digits,
                            enum brink_address_use use, char *name, struct brink_message *why)
{
    long fd = number(digits, 1000000);
    if (fd == NO_NUMBER && !is_passed_name(digits))
        return brink_message_set(why,
                                 "\"fd:%.100s\" is no descriptor; write fd: and a number, as in "
                                 "fd:3, or a name that systemd gave a socket",
                                 digits);
    if (use == BRINK_ADDRESS_TO_CONNECT)
        return brink_message_set(why,
                                 "\"fd:%.100s\" is for listening: every client needs an upstream "
                                 "connection of its own; write HOST:PORT or unix:/path",
                                 digits);
    if (fd == NO_NUMBER)
        (void)snprintf(name, BRINK_HOST_MAX, "%s", digits);
    *address = (struct brink_address){.kind = BRINK_ADDRESS_FD, .fd = (int)fd};
    return brink_ok();
}

static void set_v4(struct brink_address *address, struct in_addr host, long port)
{
    *address =
        (struct brink_address){.kind = BRINK_ADDRESS_SOCKET, .length = sizeof address->sock.v4};
    address->sock.v4.sin_family = AF_INET;
    address->sock.v4.sin_addr = host;
    address->sock.v4.sin_port = htons((uint16_t)port);
}

static void set_v6(struct brink_address *address, struct in6_addr host, long port)
{
    *address =
        (struct brink_address){.kind = BRINK_ADDRESS_SOCKET, .length = sizeof address->sock.v6};
    address->sock.v6.sin6_family = AF_INET6;
    address->sock.v6.sin6_addr = host;
    address->sock.v6.sin6_port = htons((uint16_t)port);
}

static void set_any(struct brink_address *address, enum brink_address_use use, long port)
{
    if (use == BRINK_ADDRESS_TO_LISTEN)
        set_v6(address, in6addr_any, port);
    else
        set_v4(address, (struct in_addr){htonl(INADDR_LOOPBACK)}, port);
}

static brink_result read_v6(struct brink_address *address, const char *text, const char *host,
                            long port, struct brink_message *why)
{
    struct in6_addr v6;
    if (inet_pton(AF_INET6, host, &v6) != 1)
        return brink_message_set(why, "\"%s\": \"%s\" is no IPv6 address; write as in [::1]:5882",
                                 text, host);
    set_v6(address, v6, port);
    return brink_ok();
}

static brink_result read_host(struct brink_address *address, const char *text, const char *host,
                              long port, enum brink_address_use use, char *name,
                              struct brink_message *why)
{
    struct in_addr v4;
    if (host[0] == '\0' || strcmp(host, "*") == 0) {
        set_any(address, use, port);
    } else if (strchr(host, ':') != NULL) {
        return brink_message_set(why, "\"%s\": write an IPv6 address in brackets, as in [::1]:5882",
                                 text);
    } else if (inet_pton(AF_INET, host, &v4) == 1) {
        set_v4(address, v4, port);
    } else {
        set_v4(address, (struct in_addr){0}, port);
        (void)snprintf(name, BRINK_HOST_MAX, "%s", host);
    }
    return brink_ok();
}

static brink_result read_inet(struct brink_address *address, const char *text,
                              enum brink_address_use use, char *name, struct brink_message *why)
{
    char host[BRINK_HOST_MAX];
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return brink_message_set(why,
                                 "\"%.200s\" lacks a port; write HOST:PORT, :PORT, [V6]:PORT, "
                                 "unix:/path, unix:@name or fd:N",
                                 text);
    size_t length = (size_t)(colon - text);
    if (length >= sizeof host)
        return brink_message_set(why, "\"%.40s...\" is longer than a host's name can be", text);
    long port = number(colon + 1, 65535);
    if (port == NO_NUMBER)
        return brink_message_set(
            why, "\"%.200s\": \"%.20s\" is no port; write a number up to 65535", text, colon + 1);
    if (port == 0 && use == BRINK_ADDRESS_TO_CONNECT)
        return brink_message_set(why, "\"%.200s\": nobody can be reached on port 0", text);
    memcpy(host, text, length);
    host[length] = '\0';
    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        return read_v6(address, text, host + 1, port, why);
    }
    return read_host(address, text, host, port, use, name, why);
}

brink_result brink_address_read(struct brink_address *address, const char *text,
                                enum brink_address_use use, char name[BRINK_HOST_MAX],
                                struct brink_message *why)
{
    name[0] = '\0';
    if (strncmp(text, "unix:", 5) == 0)
        return read_unix(address, text + 5, why);
    if (strncmp(text, "fd:", 3) == 0)
        return read_fd(address, text + 3, use, name, why);
    return read_inet(address, text, use, name, why);
}

static void format_unix(const struct brink_address *address, char *text, size_t size)
{
    const struct sockaddr_un *local = &address->sock.local;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    size_t length = address->length > head ? address->length - head : 0;
    if (length == 0)
        (void)snprintf(text, size, "unix:");
    else if (local->sun_path[0] == '\0')
        (void)snprintf(text, size, "unix:@%.*s", (int)(length - 1), local->sun_path + 1);
    else
        (void)snprintf(text, size, "unix:%.*s", (int)strnlen(local->sun_path, length),
                       local->sun_path);
}

const char *brink_address_format(const struct brink_address *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN];
    if (address->kind == BRINK_ADDRESS_FD) {
        (void)snprintf(text, size, "fd:%d", address->fd);
    } else if (address->kind == BRINK_ADDRESS_NONE) {
        (void)snprintf(text, size, "none");
    } else if (address->sock.any.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &address->sock.v4.sin_addr, host, sizeof host);
        (void)snprintf(text, size, "%s:%u", host, (unsigned)ntohs(address->sock.v4.sin_port));
    } else if (address->sock.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address->sock.v6.sin6_addr, host, sizeof host);
        (void)snprintf(text, size, "[%s]:%u", host, (unsigned)ntohs(address->sock.v6.sin6_port));
    } else {
        format_unix(address, text, size);
    }
    return text;
}

static bool is_loopback(in_addr_t network_order)
{
    return ntohl(network_order) >> 24 == IN_LOOPBACKNET;
}

bool brink_address_is_local(const struct brink_address *address)
{
    in_addr_t mapped;
    if (address->kind != BRINK_ADDRESS_SOCKET)
        return false;
    if (address->sock.any.sa_family != AF_INET6)
        return address->sock.any.sa_family == AF_UNIX ||
               is_loopback(address->sock.v4.sin_addr.s_addr);
    const struct in6_addr *v6 = &address->sock.v6.sin6_addr;
    memcpy(&mapped, &v6->s6_addr[12], sizeof mapped);
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && is_loopback(mapped));
}
