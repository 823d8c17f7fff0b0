#include "net/inherited.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "net/bind.h"

brink_result brink_inherited_open(struct brink_inherited *inherited, const struct brink_sys *sys,
                                  struct brink_arena *arena, size_t room)
{
    *inherited = (struct brink_inherited){.sys = sys, .arena = arena};
    if (room > BRINK_INHERITED_MAX)
        return brink_fail(E2BIG);
    if (room == 0)
        return brink_ok();
    inherited->all = brink_arena_alloc(arena, room * sizeof *inherited->all,
                                       _Alignof(struct brink_inherited_socket));
    if (inherited->all == NULL)
        return brink_fail(ENOMEM);
    inherited->room = room;
    return brink_ok();
}

void brink_inherited_close(struct brink_inherited *inherited)
{
    brink_inherited_drop(inherited);
    if (inherited->all != NULL)
        brink_arena_release(inherited->arena, inherited->all,
                            inherited->room * sizeof *inherited->all,
                            _Alignof(struct brink_inherited_socket));
    *inherited = (struct brink_inherited){0};
}

static int look_at(const struct brink_sys *sys, int fd, struct brink_address *bound)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    int result = sys->ops->getsockopt(sys->context, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    if (result == 0 && !listens)
        result = -EINVAL;
    if (result == 0)
        result = sys->ops->set_nonblocking(sys->context, fd);
    if (result < 0)
        return result;
    *bound = (struct brink_address){.kind = BRINK_ADDRESS_SOCKET};
    bound->length = sizeof bound->sock.storage;
    return sys->ops->getsockname(sys->context, fd, &bound->sock.any, &bound->length);
}

brink_result brink_inherited_add(struct brink_inherited *inherited, int fd,
                                 const struct brink_inherited_origin *origin)
{
    const struct brink_sys *sys = inherited->sys;
    struct brink_address bound;
    if (inherited->count == inherited->room) {
        (void)sys->ops->close(sys->context, fd);
        return brink_fail(ENOSPC);
    }
    if (look_at(sys, fd, &bound) < 0) {
        (void)sys->ops->close(sys->context, fd);
        return brink_fail(EINVAL);
    }
    struct brink_inherited_socket *added = &inherited->all[inherited->count++];
    *added = (struct brink_inherited_socket){.fd = fd, .bound = bound, .origin = *origin};
    return brink_ok();
}

/* --- taking --- */

static bool is_free(const struct brink_inherited_socket *socket)
{
    return socket->fd >= 0 && !socket->taken;
}

static bool is_same(const struct brink_address *one, const struct brink_address *other)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char other_text[BRINK_ADDRESS_TEXT_MAX];
    return strcmp(brink_address_format(one, text, sizeof text),
                  brink_address_format(other, other_text, sizeof other_text)) == 0;
}

static bool is_wanted(const struct brink_inherited_socket *socket,
                      const struct brink_address *address,
                      const struct brink_inherited_origin *origin)
{
    if (strcmp(socket->origin.listener, origin->listener) == 0 &&
        strcmp(socket->origin.wanted, origin->wanted) == 0)
        return true;
    return address->kind == BRINK_ADDRESS_SOCKET && is_same(&socket->bound, address);
}

static struct brink_inherited_socket *find(struct brink_inherited *inherited,
                                           const struct brink_address *address,
                                           const struct brink_inherited_origin *origin)
{
    for (size_t i = 0; i < inherited->count; i++) {
        struct brink_inherited_socket *socket = &inherited->all[i];
        if (is_free(socket) && is_wanted(socket, address, origin))
            return socket;
    }
    return NULL;
}

int brink_inherited_more(struct brink_inherited *inherited, const struct brink_address *bound)
{
    for (size_t i = 0; i < inherited->count; i++) {
        struct brink_inherited_socket *socket = &inherited->all[i];
        if (!is_free(socket) || !is_same(&socket->bound, bound))
            continue;
        socket->taken = true;
        return socket->fd;
    }
    return -1;
}

/* Of those that have been taken, which are the first `have`. */
static int duplicates(const struct brink_sys *sys, int *fds, size_t have, size_t count)
{
    for (size_t i = have; i < count; i++) {
        fds[i] = sys->ops->duplicate(sys->context, fds[i - have]);
        if (fds[i] >= 0)
            continue;
        int err = -fds[i];
        while (i > have)
            (void)sys->ops->close(sys->context, fds[--i]);
        return err;
    }
    return 0;
}

static void give_back(struct brink_inherited *inherited, const struct brink_address *bound)
{
    for (size_t i = 0; i < inherited->count; i++)
        if (is_same(&inherited->all[i].bound, bound))
            inherited->all[i].taken = false;
}

brink_result brink_inherited_bind(struct brink_inherited *inherited,
                                  const struct brink_address *address,
                                  const struct brink_inherited_origin *origin, int *fds,
                                  size_t count, struct brink_address *bound,
                                  struct brink_message *why)
{
    struct brink_inherited_socket *first = find(inherited, address, origin);
    size_t have = 0;
    char text[BRINK_ADDRESS_TEXT_MAX];
    if (first == NULL)
        return brink_fail(ENOENT);
    while (have < count) {
        int fd = brink_inherited_more(inherited, &first->bound);
        if (fd < 0)
            break;
        fds[have++] = fd;
    }
    int err = duplicates(inherited->sys, fds, have, count);
    if (err == 0) {
        *bound = first->bound;
        return brink_ok();
    }
    give_back(inherited, &first->bound);
    (void)brink_message_set(why,
                            "the socket that listens on %s cannot be shared by all workers: %s",
                            brink_address_format(&first->bound, text, sizeof text), strerror(err));
    return brink_fail(err);
}

/* --- the others --- */

void brink_inherited_drop(struct brink_inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        struct brink_inherited_socket *socket = &inherited->all[i];
        if (!is_free(socket))
            continue;
        (void)inherited->sys->ops->close(inherited->sys->context, socket->fd);
        socket->fd = -1;
    }
}

void brink_inherited_unbind(const struct brink_inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++)
        if (inherited->all[i].fd < 0)
            brink_unbind(inherited->sys, &inherited->all[i].bound);
}
