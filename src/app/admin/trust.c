#include "app/admin/trust.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

enum { NAME_MAX_LENGTH = 255 };

/* --- whose connection it is --- */

static bool is_ours(const struct brink_sys *sys, int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (sys->ops->getsockopt(sys->context, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid();
}

enum brink_admin_trust brink_admin_trust(const struct brink_sys *sys, int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    } own;
    socklen_t size = sizeof own;
    if (sys->ops->getsockname(sys->context, fd, &own.any, &size) < 0 ||
        own.any.sa_family != AF_UNIX)
        return BRINK_ADMIN_TRUST_REMOTE;
    bool abstract = size <= offsetof(struct sockaddr_un, sun_path) || own.local.sun_path[0] == '\0';
    return !abstract || is_ours(sys, fd) ? BRINK_ADMIN_TRUST_OPERATOR : BRINK_ADMIN_TRUST_NONE;
}

/* --- under which name they ask --- */

/* The host without its port, and without the brackets of IPv6. False: it is too long. */
static bool take_name(const char *host, char name[NAME_MAX_LENGTH + 1])
{
    bool bracket = host[0] == '[';
    const char *from = host + bracket;
    size_t length = strcspn(from, bracket ? "]" : ":");
    if (length > NAME_MAX_LENGTH)
        return false;
    memcpy(name, from, length);
    name[length] = '\0';
    return true;
}

static bool is_address(const char *name)
{
    struct in6_addr ignored;
    return inet_pton(AF_INET, name, &ignored) == 1 || inet_pton(AF_INET6, name, &ignored) == 1;
}

bool brink_admin_trust_host(const char *host, const char *const *names, size_t count)
{
    char name[NAME_MAX_LENGTH + 1];
    if (host == NULL)
        return true;
    if (!take_name(host, name))
        return false;
    if (is_address(name) || strcasecmp(name, "localhost") == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}
