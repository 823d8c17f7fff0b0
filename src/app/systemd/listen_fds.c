#include "app/systemd/listen_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

static bool read_number(const char *text, long most, long *value)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= most;
}

static brink_result keep_to_ourselves(int count, struct brink_message *why)
{
    for (int fd = BRINK_LISTEN_FDS_FIRST; fd < BRINK_LISTEN_FDS_FIRST + count; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) >= 0)
            continue;
        (void)brink_message_set(why, "LISTEN_FDS is %d, but descriptor %d is not open", count, fd)
            .err;
        return brink_fail(EBADF);
    }
    return brink_ok();
}

brink_result brink_listen_fds_init(struct brink_listen_fds *fds,
                                   const struct brink_listen_fds_environment *environment, long pid,
                                   struct brink_message *why)
{
    long whom;
    long count;
    *fds = (struct brink_listen_fds){0};
    if (environment->pid == NULL || environment->fds == NULL)
        return brink_ok();
    if (!read_number(environment->pid, INT32_MAX, &whom))
        return brink_message_set(why, "LISTEN_PID is \"%.40s\", no process", environment->pid);
    if (whom != pid)
        return brink_ok();
    if (!read_number(environment->fds, BRINK_LISTEN_FDS_MAX, &count))
        return brink_message_set(why, "LISTEN_FDS is \"%.40s\", not a number up to %d",
                                 environment->fds, BRINK_LISTEN_FDS_MAX);
    brink_result kept = environment->taken_over ? brink_ok() : keep_to_ourselves((int)count, why);
    if (!brink_failed(kept))
        *fds = (struct brink_listen_fds){(int)count, environment->names};
    return kept;
}

size_t brink_listen_fds_name(const struct brink_listen_fds *fds, int index, const char **name)
{
    static const char unknown[] = "unknown"; /* as sd_listen_fds_with_names(3) calls them */
    const char *at = fds->names;
    for (int i = 0; i < index && at != NULL; i++) {
        at = strchr(at, ':');
        at = at != NULL ? at + 1 : NULL;
    }
    *name = at != NULL && *at != '\0' ? at : unknown;
    return strcspn(*name, ":");
}

/* --- names to numbers --- */

static bool is_named(const struct brink_listen_fds *fds, int index, const char *wanted)
{
    const char *name;
    size_t length = brink_listen_fds_name(fds, index, &name);
    return strlen(wanted) == length && memcmp(wanted, name, length) == 0;
}

struct list {
    const char **addresses;
    size_t count;
};

static brink_result add(struct list *list, const char *address, struct brink_message *why)
{
    if (list->count == BRINK_LISTEN_MAX)
        return brink_message_set(why,
                                 "a listener has more than %d addresses, with the sockets that "
                                 "were passed; write a second listener",
                                 BRINK_LISTEN_MAX);
    list->addresses[list->count++] = address;
    return brink_ok();
}

static brink_result add_named(const struct brink_listen_fds *fds, const char *name,
                              struct list *list, struct brink_listen_fds_options *to,
                              struct brink_message *why)
{
    brink_result added = brink_ok();
    bool found = false;
    for (int i = 0; i < fds->count && !brink_failed(added); i++) {
        if (!is_named(fds, i, name))
            continue;
        found = true;
        to->used[i] = true;
        added = add(list, to->texts[i], why);
    }
    if (!found)
        return brink_message_set(why,
                                 "no socket of the name \"%.100s\" was passed (%d were); a "
                                 "systemd socket unit gives it by FileDescriptorName=%.100s",
                                 name, fds->count, name);
    return added;
}

static brink_result resolve_one(const struct brink_listen_fds *fds, const char *address,
                                struct list *list, struct brink_listen_fds_options *to,
                                struct brink_message *why)
{
    bool passed = address != NULL && strncmp(address, "fd:", 3) == 0;
    const char *name = passed ? address + 3 : "";
    if (passed && name[0] != '\0' && strspn(name, "0123456789") < strlen(name))
        return add_named(fds, name, list, to, why);
    long fd;
    if (passed && read_number(name, BRINK_LISTEN_FDS_FIRST + fds->count - 1, &fd) &&
        fd >= BRINK_LISTEN_FDS_FIRST)
        to->used[fd - BRINK_LISTEN_FDS_FIRST] = true;
    return add(list, address, why);
}

static brink_result resolve_all(const struct brink_listen_fds *fds, const char *const *addresses,
                                size_t count, struct list *list,
                                struct brink_listen_fds_options *to, struct brink_message *why)
{
    brink_result resolved = brink_ok();
    for (size_t i = 0; i < count && !brink_failed(resolved); i++)
        resolved = resolve_one(fds, addresses[i], list, to, why);
    return resolved;
}

static brink_result resolve_listeners(const struct brink_listen_fds *fds,
                                      struct brink_listen_fds_options *to,
                                      struct brink_message *why)
{
    brink_result resolved = brink_ok();
    size_t count = to->server.listener_count;
    if (count > BRINK_LISTENERS_MAX)
        return brink_message_set(why, "more than %d listeners", BRINK_LISTENERS_MAX);
    for (size_t i = 0; i < count && !brink_failed(resolved); i++) {
        struct list list = {to->addresses[i], 0};
        to->listeners[i] = to->server.listeners[i];
        resolved = resolve_all(fds, to->listeners[i].listen, to->listeners[i].listen_count, &list,
                               to, why);
        to->listeners[i].listen = to->addresses[i];
        to->listeners[i].listen_count = list.count;
    }
    if (count > 0)
        to->server.listeners = to->listeners;
    return resolved;
}

brink_result brink_listen_fds_resolve(const struct brink_listen_fds *fds,
                                      const struct brink_server_options *from,
                                      struct brink_listen_fds_options *to,
                                      struct brink_message *why)
{
    memset(to, 0, sizeof *to);
    to->server = *from;
    for (int i = 0; i < fds->count; i++)
        (void)snprintf(to->texts[i], sizeof to->texts[i], "fd:%d", BRINK_LISTEN_FDS_FIRST + i);
    struct list list = {to->server.listen, 0};
    brink_result resolved = resolve_all(fds, from->listen, from->listen_count, &list, to, why);
    to->server.listen_count = list.count;
    return brink_failed(resolved) ? resolved : resolve_listeners(fds, to, why);
}
