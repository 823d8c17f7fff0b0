#include "support/fake_sys.h"

#include <errno.h>
#include <stdlib.h>

static const struct brink_sys_ops *linux_ops(void)
{
    return brink_sys_linux.ops;
}

static uint64_t fake_now_ms(void *kernel)
{
    return ((struct fake_sys *)kernel)->now_ms;
}

static uint64_t fake_now_us(void *kernel)
{
    return 1000 * ((struct fake_sys *)kernel)->now_ms + ((struct fake_sys *)kernel)->now_us;
}

static bool creation_fails(struct fake_sys *fake)
{
    return ++fake->creations == fake->fail_creation;
}

static int fake_epoll_create(void *kernel)
{
    struct fake_sys *fake = kernel;
    if (creation_fails(fake))
        return -EMFILE;
    fake->opened++;
    return linux_ops()->epoll_create(NULL);
}

static int fake_wakeup_create(void *kernel)
{
    struct fake_sys *fake = kernel;
    if (creation_fails(fake))
        return -EMFILE;
    fake->opened++;
    return linux_ops()->wakeup_create(NULL);
}

static int fake_wakeup_signal(void *kernel, int fd)
{
    struct fake_sys *fake = kernel;
    __atomic_add_fetch(&fake->signals, 1, __ATOMIC_RELAXED);
    return linux_ops()->wakeup_signal(NULL, fd);
}

static int fake_close(void *kernel, int fd)
{
    ((struct fake_sys *)kernel)->opened--;
    return linux_ops()->close(NULL, fd);
}

static int fake_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    struct fake_sys *fake = kernel;
    fake->adds += operation == EPOLL_CTL_ADD;
    fake->mods += operation == EPOLL_CTL_MOD;
    fake->dels += operation == EPOLL_CTL_DEL;
    if (operation == EPOLL_CTL_ADD && creation_fails(fake))
        return -EMFILE;
    if (fake->fail_ctls > 0) {
        fake->fail_ctls--;
        return -fake->ctl_errno;
    }
    return linux_ops()->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static int fake_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                           int timeout_ms)
{
    struct fake_sys *fake = kernel;
    fake->waits++;
    fake->last_timeout_ms = timeout_ms;
    if (fake->wait_errno != 0) {
        int error = fake->wait_errno;
        fake->wait_errno = 0;
        return -error;
    }
    int told = linux_ops()->epoll_wait(NULL, epoll_fd, events, room - (int)fake->event_count,
                                       fake->event_count > 0 ? 0 : timeout_ms);
    if (told < 0)
        return told;
    for (size_t i = 0; i < fake->event_count; i++)
        events[told++] = fake->events[i];
    fake->event_count = 0;
    return told;
}

void fake_sys_init(struct fake_sys *fake)
{
    *fake = (struct fake_sys){.ops = *linux_ops(), .now_ms = 1000000};
    fake->ops.now_ms = fake_now_ms;
    fake->ops.now_us = fake_now_us;
    fake->ops.epoll_create = fake_epoll_create;
    fake->ops.wakeup_create = fake_wakeup_create;
    fake->ops.wakeup_signal = fake_wakeup_signal;
    fake->ops.close = fake_close;
    fake->ops.epoll_ctl = fake_epoll_ctl;
    fake->ops.epoll_wait = fake_epoll_wait;
    fake->sys = (struct brink_sys){.ops = &fake->ops, .context = fake};
}

void fake_sys_tell(struct fake_sys *fake, uint64_t cookie, uint32_t events)
{
    if (fake->event_count == FAKE_EVENTS_MAX)
        abort();
    fake->events[fake->event_count++] = (struct epoll_event){.events = events, .data.u64 = cookie};
}
