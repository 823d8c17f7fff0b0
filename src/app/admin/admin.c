#include "app/admin/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/admin/answer.h"
#include "base/message.h"
#include "net/bind.h"
#include "sys/sys.h"

/* Of others than the user and the group that we run as, nobody connects. */
enum { IDLE_S = 15, CONNECTION_MEMORY = 16 * 1024, NOT_FOR_OTHERS = 0117 };

void brink_admin_unready(struct brink_admin *admin)
{
    atomic_store(&admin->unready, true);
}

/* --- opening --- */

static void release_reserved(struct brink_admin *admin)
{
    while (admin->reserved_count > 0)
        (void)close(admin->reserved[--admin->reserved_count]);
}

/* As many as there are: the server tells of it if too few are left. */
static void reserve(struct brink_admin *admin)
{
    while (admin->reserved_count < BRINK_ADMIN_DESCRIPTORS) {
        int fd = fcntl(admin->listeners[0].fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return;
        admin->reserved[admin->reserved_count++] = fd;
    }
}

static brink_result refuse_remote(const struct brink_address *bound, struct brink_message *why)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    return brink_message_set(why,
                             "admin: other machines reach %s, and nobody is asked who they are; "
                             "choose an address of 127.0.0.1, ::1 or unix:/, or write "
                             "allow-remote = yes",
                             brink_address_format(bound, text, sizeof text));
}

static brink_result listen_at(struct brink_admin_listener *listener, const char *text,
                              struct brink_message *why)
{
    struct brink_address address;
    struct brink_message inner = {""};
    brink_result bound = brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &inner);
    listener->fd = -1;
    if (!brink_failed(bound)) {
        mode_t before = umask(NOT_FOR_OTHERS);
        bound = brink_bind(&brink_sys_linux, &address, &listener->fd, 1, &listener->bound, &inner);
        (void)umask(before);
    }
    if (brink_failed(bound)) {
        listener->fd = -1;
        (void)brink_message_set(why, "admin: %s", inner.text);
    }
    return bound;
}

brink_result brink_admin_open(struct brink_admin *admin, const struct brink_admin_options *options,
                              struct brink_message *why)
{
    memset(admin, 0, sizeof *admin);
    admin->owns = !options->inherited;
    admin->hosts = options->hosts;
    admin->host_count = options->host_count;
    for (size_t i = 0; i < options->count; i++) {
        struct brink_admin_listener *listener = &admin->listeners[i];
        brink_result opened = listen_at(listener, options->addresses[i], why);
        admin->count += !brink_failed(opened);
        admin->open = admin->count > 0;
        if (!brink_failed(opened) && !options->allow_remote &&
            !brink_address_is_local(&listener->bound))
            opened = refuse_remote(&listener->bound, why);
        if (brink_failed(opened)) {
            brink_admin_close(admin);
            return opened;
        }
    }
    if (admin->open)
        reserve(admin);
    return brink_ok();
}

/* --- starting --- */

static bool enter(void *context, int fd, const struct sockaddr *peer, socklen_t length)
{
    struct brink_admin *admin = context;
    return MHD_add_connection(admin->daemon, fd, peer, length) == MHD_YES;
}

static void notice(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_ConnectionNotificationCode what)
{
    struct brink_admin *admin = context;
    (void)connection;
    (void)state;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED)
        brink_admin_door_left(&admin->door);
}

/* One connection more than the door lets in: one that has left may not have been cleaned up yet. */
static brink_result start_daemon(struct brink_admin *admin)
{
    errno = 0;
    admin->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
        NULL, brink_admin_answer, admin, MHD_OPTION_CONNECTION_LIMIT,
        2 * (unsigned)BRINK_ADMIN_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED,
        brink_admin_answered, admin, MHD_OPTION_NOTIFY_CONNECTION, notice, admin, MHD_OPTION_END);
    if (admin->daemon != NULL)
        return brink_ok();
    return brink_fail(errno != 0 ? errno : ENOMEM);
}

static brink_result start_door(struct brink_admin *admin)
{
    struct brink_admin_door *door = &admin->door;
    door->sys = &brink_sys_linux;
    door->most = BRINK_ADMIN_CONNECTIONS;
    door->enter = enter;
    door->context = admin;
    door->count = admin->count;
    for (size_t i = 0; i < admin->count; i++)
        door->fds[i] = admin->listeners[i].fd;
    return brink_admin_door_start(door);
}

brink_result brink_admin_start(struct brink_admin *admin, struct brink_server *server,
                               const struct brink_admin_actions *actions, struct brink_message *why)
{
    struct timespec now;
    release_reserved(admin);
    if (!admin->open)
        return brink_ok();
    (void)clock_gettime(CLOCK_REALTIME, &now);
    admin->started_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    admin->server = server;
    admin->actions = *actions;
    brink_result started = brink_admin_work_start(&admin->work);
    if (!brink_failed(started))
        started = start_daemon(admin);
    if (!brink_failed(started))
        started = start_door(admin);
    if (brink_failed(started))
        (void)brink_message_set(why, "admin: figures cannot be served: %s", strerror(started.err));
    return started;
}

/* --- from one process to the next --- */

void brink_admin_own(struct brink_admin *admin)
{
    admin->owns = true;
}

void brink_admin_pass_on(struct brink_admin *admin)
{
    admin->owns = false;
    brink_admin_door_stop(&admin->door);
}

brink_result brink_admin_take_back(struct brink_admin *admin, struct brink_message *why)
{
    admin->owns = true;
    if (admin->daemon == NULL)
        return brink_ok();
    brink_result resumed = brink_admin_door_resume(&admin->door);
    if (brink_failed(resumed))
        (void)brink_message_set(why, "admin: figures cannot be served any more: %s",
                                strerror(resumed.err));
    return resumed;
}

/* --- closing --- */

void brink_admin_close(struct brink_admin *admin)
{
    release_reserved(admin);
    if (!admin->open)
        return;
    brink_admin_door_stop(&admin->door);
    brink_admin_work_stop(&admin->work); /* nobody may rest when the daemon stops */
    if (admin->daemon != NULL)
        MHD_stop_daemon(admin->daemon);
    brink_admin_door_close(&admin->door);
    for (size_t i = 0; i < admin->count; i++) {
        (void)close(admin->listeners[i].fd);
        if (admin->owns)
            brink_unbind(&brink_sys_linux, &admin->listeners[i].bound);
    }
    memset(admin, 0, sizeof *admin);
}

const char *brink_admin_address(const struct brink_admin *admin, size_t index, char *text,
                                size_t size)
{
    return brink_address_format(&admin->listeners[index].bound, text, size);
}
