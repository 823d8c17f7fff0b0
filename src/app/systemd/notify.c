#include "app/systemd/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

enum { STATE_MAX = 1024 };

static bool read_number(const char *text, uint64_t *value)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* sd_watchdog_enabled(3) */
static uint64_t read_watchdog_ms(const struct brink_notify_environment *environment, long pid)
{
    uint64_t usec;
    uint64_t whom;
    if (!read_number(environment->watchdog_usec, &usec))
        return 0;
    if (environment->watchdog_pid != NULL &&
        (!read_number(environment->watchdog_pid, &whom) || whom != (uint64_t)pid))
        return 0;
    return usec / 1000;
}

static brink_result set_address(struct brink_notify *notify, const char *path,
                                struct brink_message *why)
{
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length < 2 ||
        length >= sizeof notify->address.sun_path)
        return brink_message_set(why, "NOTIFY_SOCKET is \"%.100s\", neither a path nor @NAME",
                                 path);
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, path, length);
    notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (path[0] == '@')
        notify->address.sun_path[0] = '\0';
    else
        notify->length++;
    return brink_ok();
}

brink_result brink_notify_init(struct brink_notify *notify, const struct brink_sys *sys,
                               const struct brink_notify_environment *environment, long pid,
                               struct brink_message *why)
{
    memset(notify, 0, sizeof *notify);
    notify->sys = sys;
    if (environment->socket == NULL || environment->socket[0] == '\0')
        return brink_ok();
    brink_result set = set_address(notify, environment->socket, why);
    if (!brink_failed(set))
        notify->watchdog_ms = read_watchdog_ms(environment, pid);
    return set;
}

static brink_result send_state(const struct brink_notify *notify, const char *state, size_t length)
{
    const struct brink_sys *sys = notify->sys;
    int fd = sys->ops->socket(sys->context, AF_UNIX, SOCK_DGRAM);
    if (fd < 0)
        return brink_fail(-fd);
    int connected = sys->ops->connect(sys->context, fd, (const struct sockaddr *)&notify->address,
                                      notify->length);
    ssize_t sent = connected < 0 ? connected : sys->ops->send(sys->context, fd, state, length);
    (void)sys->ops->close(sys->context, fd);
    return sent < 0 ? brink_fail((int)-sent) : brink_ok();
}

brink_result brink_notify_send(const struct brink_notify *notify, const char *format, ...)
{
    char state[STATE_MAX];
    va_list args;
    if (notify->length == 0)
        return brink_ok();
    va_start(args, format);
    int length = vsnprintf(state, sizeof state, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof state)
        return brink_fail(EMSGSIZE);
    return send_state(notify, state, (size_t)length);
}
