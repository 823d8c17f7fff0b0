#include "event/poller.h"

#include <errno.h>

brink_result brink_poller_open(struct brink_poller *poller, const struct brink_sys *sys)
{
    int fd = sys->ops->epoll_create(sys->context);
    if (fd < 0)
        return brink_fail(-fd);
    poller->sys = sys;
    poller->fd = fd;
    return brink_ok();
}

void brink_poller_close(struct brink_poller *poller)
{
    (void)poller->sys->ops->close(poller->sys->context, poller->fd);
    poller->fd = -1;
}

static uint32_t epoll_bits(uint8_t interest, enum brink_arming arming)
{
    uint32_t bits = EPOLLET;
    if (interest & BRINK_READABLE)
        bits |= EPOLLIN | EPOLLPRI | EPOLLRDHUP;
    if (interest & BRINK_WRITABLE)
        bits |= EPOLLOUT;
    if (arming == BRINK_ARM_ONESHOT)
        bits |= EPOLLONESHOT;
    return bits;
}

static uint8_t ready_bits(uint32_t events)
{
    uint8_t ready = 0;
    if (events & EPOLLIN)
        ready |= BRINK_READABLE;
    if (events & EPOLLOUT)
        ready |= BRINK_WRITABLE;
    /* With urgent data (tcp(7)) a read stops short at the mark, although there is more. */
    if (events & (EPOLLRDHUP | EPOLLPRI))
        ready |= BRINK_READABLE | BRINK_HANGUP;
    if (events & (EPOLLHUP | EPOLLERR))
        ready |= BRINK_READABLE | BRINK_WRITABLE | BRINK_HANGUP;
    return ready;
}

static brink_result control(struct brink_poller *poller, int operation, int fd, uint64_t cookie,
                            uint32_t bits)
{
    struct epoll_event event = {.events = bits, .data = {.u64 = cookie}};
    const struct brink_sys *sys = poller->sys;
    int result = sys->ops->epoll_ctl(sys->context, poller->fd, operation, fd, &event);
    return result < 0 ? brink_fail(-result) : brink_ok();
}

brink_result brink_poller_add(struct brink_poller *poller, int fd, uint64_t cookie,
                              uint8_t interest, enum brink_arming arming)
{
    return control(poller, EPOLL_CTL_ADD, fd, cookie, epoll_bits(interest, arming));
}

brink_result brink_poller_arm(struct brink_poller *poller, int fd, uint64_t cookie,
                              uint8_t interest, enum brink_arming arming)
{
    uint32_t bits = epoll_bits(interest, arming);
    /* The kernel adds EPOLLERR and EPOLLHUP to whatever is asked for, so an interest of 0 is told
     * of a hang-up, once. Only a one-shot that was told is silent altogether (epoll_ctl(2)). */
    return control(poller, EPOLL_CTL_MOD, fd, cookie, bits);
}

void brink_poller_remove(struct brink_poller *poller, int fd)
{
    /* Fails only if the descriptor is not watched, which is what is wanted. */
    brink_result removed = control(poller, EPOLL_CTL_DEL, fd, 0, 0);
    (void)removed.err;
}

brink_result brink_poller_wait(struct brink_poller *poller, struct brink_event *events, int room,
                               int *count, int timeout_ms)
{
    struct epoll_event told[BRINK_POLLER_BATCH];
    const struct brink_sys *sys = poller->sys;
    int n = sys->ops->epoll_wait(sys->context, poller->fd, told, room, timeout_ms);
    *count = 0;
    if (n == -EINTR)
        return brink_ok();
    if (n < 0)
        return brink_fail(-n);
    for (int i = 0; i < n; i++) {
        events[i].cookie = told[i].data.u64;
        events[i].ready = ready_bits(told[i].events);
    }
    *count = n;
    return brink_ok();
}
