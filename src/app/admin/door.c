#include "app/admin/door.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { AFTER_FAILURE_MS = 100 };

/* False if it is better to wait a little: there are no descriptors, or no memory. */
static bool let_in(struct brink_admin_door *door, int listening)
{
    const struct brink_sys *sys = door->sys;
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } peer;
    socklen_t length = sizeof peer;
    int fd = sys->ops->accept(sys->context, listening, &peer.any, &length);
    if (fd < 0) /* it may have gone again, or another process was faster */
        return fd == -EAGAIN || fd == -EINTR || fd == -ECONNABORTED || fd == -EPROTO;
    atomic_fetch_add(&door->inside, 1);
    if (door->enter(door->context, fd, &peer.any, length))
        return true;
    atomic_fetch_sub(&door->inside, 1);
    return false;
}

/* Waits until somebody comes, a place gets free, or it is to end; returns who has come. */
static int await(struct brink_admin_door *door, struct pollfd *fds, bool pause)
{
    eventfd_t ignored;
    bool full = atomic_load(&door->inside) >= door->most;
    fds[0] = (struct pollfd){.fd = door->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < door->count; i++)
        fds[i + 1] = (struct pollfd){.fd = door->fds[i], .events = POLLIN};
    nfds_t count = full || pause ? 1 : 1 + door->count;
    int ready = poll(fds, count, pause ? AFTER_FAILURE_MS : -1);
    if (ready > 0 && fds[0].revents != 0)
        (void)eventfd_read(door->wake_fd, &ignored);
    return ready > 0 && count > 1 ? ready : 0;
}

static void *door_main(void *arg)
{
    struct brink_admin_door *door = arg;
    struct pollfd fds[1 + BRINK_ADMIN_ADDRESSES];
    bool pause = false;
    (void)pthread_setname_np(pthread_self(), "brink/door");
    while (!atomic_load(&door->closing)) {
        int ready = await(door, fds, pause);
        pause = false;
        for (size_t i = 0; i < door->count && ready > 0 && !pause; i++) {
            if (fds[i + 1].revents != 0 && atomic_load(&door->inside) < door->most)
                pause = !let_in(door, door->fds[i]);
        }
    }
    return NULL;
}

void brink_admin_door_close(struct brink_admin_door *door)
{
    if (door->open)
        (void)close(door->wake_fd);
    door->open = false;
}

brink_result brink_admin_door_resume(struct brink_admin_door *door)
{
    atomic_store(&door->closing, false);
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&door->thread, NULL, door_main, door);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    door->runs = err == 0;
    return brink_fail(err); /* 0 is success */
}

brink_result brink_admin_door_start(struct brink_admin_door *door)
{
    door->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (door->wake_fd < 0)
        return brink_fail(errno);
    door->open = true;
    atomic_init(&door->inside, 0);
    brink_result started = brink_admin_door_resume(door);
    if (brink_failed(started))
        brink_admin_door_close(door);
    return started;
}

void brink_admin_door_left(struct brink_admin_door *door)
{
    atomic_fetch_sub(&door->inside, 1);
    (void)eventfd_write(door->wake_fd, 1);
}

void brink_admin_door_stop(struct brink_admin_door *door)
{
    if (!door->runs)
        return;
    atomic_store(&door->closing, true);
    (void)eventfd_write(door->wake_fd, 1);
    (void)pthread_join(door->thread, NULL);
    door->runs = false; /* those inside have not left yet: wake_fd stays */
}
