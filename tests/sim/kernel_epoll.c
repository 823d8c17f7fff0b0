/* epoll, as fs/eventpoll.c has it. */
#include <errno.h>

#include "sim/kernel.h"

enum { STALL_MS_MAX = 50 };

static const uint32_t PRIVATE = EPOLLET | EPOLLONESHOT;

uint32_t sim_file_poll(struct sim_file *file)
{
    switch (file->kind) {
    case SIM_SOCKET_FILE:
        return file->socket == NULL ? EPOLLOUT | EPOLLHUP : sim_socket_poll(file->socket);
    case SIM_LISTENER_FILE:
        return file->waiting > 0 ? EPOLLIN : 0;
    case SIM_WAKEUP_FILE:
        return EPOLLOUT | (file->signalled ? EPOLLIN : 0);
    case SIM_FREE:
    case SIM_EPOLL_FILE:
    case SIM_SPARE_FILE:
        break;
    }
    return 0;
}

void sim_wake(struct sim_kernel *kernel, int fd, uint32_t bits)
{
    if (fd < 0)
        return;
    struct sim_watch *watch = &kernel->files[fd].watch;
    if (watch->epoll_fd >= 0 && (watch->events & bits & ~PRIVATE))
        watch->queued = true;
}

int sim_epoll_ctl(void *context, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    (void)sim_file(kernel, epoll_fd, SIM_EPOLL_FILE, "epoll_ctl");
    struct sim_file *file = &kernel->files[fd];
    struct sim_watch *watch = &file->watch;
    if (file->kind == SIM_FREE)
        sim_fail(kernel, "epoll_ctl for descriptor %d, which is not open", fd);
    bool watched = watch->epoll_fd >= 0;
    if (watched != (operation != EPOLL_CTL_ADD))
        sim_fail(kernel, "epoll_ctl %d for descriptor %d, which is %s watched", operation, fd,
                 watched ? "already" : "not");
    if (operation == EPOLL_CTL_DEL) {
        watch->epoll_fd = -1;
        return 0;
    }
    enum sim_fault fault = operation == EPOLL_CTL_ADD ? SIM_EPOLL_ADD : SIM_EPOLL_MOD;
    bool fails = sim_fault(&kernel->faults, kernel->tape, fault);
    sim_trace(kernel, "epoll_ctl %s fd %d events %#x%s", watched ? "MOD" : "ADD", fd,
              (unsigned)event->events, fails ? ": fails" : "");
    if (fails)
        return watched || sim_choose(kernel->tape, 2) ? -ENOMEM : -ENOSPC;
    watch->epoll_fd = epoll_fd;
    watch->events = event->events | EPOLLERR | EPOLLHUP;
    watch->cookie = event->data.u64;
    if (!watched)
        watch->hangup_told = false;
    if (sim_file_poll(file) & watch->events)
        watch->queued = true;
    return 0;
}

/* What would be told of the file now. */
static uint32_t tellable(struct sim_file *file)
{
    struct sim_watch *watch = &file->watch;
    return watch->queued ? sim_file_poll(file) & watch->events & ~PRIVATE : 0;
}

bool sim_epoll_pending(struct sim_kernel *kernel, int epoll_fd)
{
    for (int fd = 0; fd < SIM_FDS; fd++) {
        struct sim_file *file = &kernel->files[fd];
        if (file->kind != SIM_FREE && file->watch.epoll_fd == epoll_fd && tellable(file))
            return true;
    }
    return false;
}

static void tell(struct sim_kernel *kernel, int fd, uint32_t bits, struct epoll_event *event)
{
    struct sim_watch *watch = &kernel->files[fd].watch;
    event->events = bits;
    event->data.u64 = watch->cookie;
    watch->queued = (watch->events & EPOLLET) == 0;
    if (bits & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
        watch->hangup_told = true;
    if (watch->events & EPOLLONESHOT)
        watch->events &= PRIVATE;
    sim_trace(kernel, "  event fd %d:%s%s%s%s%s", fd, bits & EPOLLIN ? " IN" : "",
              bits & EPOLLOUT ? " OUT" : "", bits & EPOLLRDHUP ? " RDHUP" : "",
              bits & EPOLLHUP ? " HUP" : "", bits & EPOLLERR ? " ERR" : "");
}

static int collect(struct sim_kernel *kernel, int epoll_fd, struct epoll_event *events, int room)
{
    int count = 0;
    bool part = sim_fault(&kernel->faults, kernel->tape, SIM_EPOLL_PART);
    int start = part ? (int)sim_choose(kernel->tape, SIM_FDS) : 0;
    for (int i = 0; i < SIM_FDS && count < room; i++) {
        int fd = (start + i) % SIM_FDS;
        struct sim_file *file = &kernel->files[fd];
        if (file->kind == SIM_FREE || file->watch.epoll_fd != epoll_fd || !file->watch.queued)
            continue;
        uint32_t bits = tellable(file);
        if (bits == 0)
            file->watch.queued = false;
        else if (!part || count == 0 || !sim_choose(kernel->tape, 2))
            tell(kernel, fd, bits, &events[count++]);
    }
    if (count > 0)
        kernel->progress++; /* whoever is woken does not spin */
    return count;
}

/* An event without an edge. Bits that are not true are left out of it when nothing was asked for:
 * a one-shot that was told is silent. */
static int spurious(struct sim_kernel *kernel, int epoll_fd, struct epoll_event *event)
{
    int start = (int)sim_choose(kernel->tape, SIM_FDS);
    for (int i = 0; i < SIM_FDS; i++) {
        int fd = (start + i) % SIM_FDS;
        struct sim_file *file = &kernel->files[fd];
        uint32_t wanted = file->watch.events & (EPOLLIN | EPOLLOUT);
        if (file->kind == SIM_FREE || file->watch.epoll_fd != epoll_fd || wanted == 0)
            continue;
        if (file->kind == SIM_SOCKET_FILE && file->socket != NULL && file->socket->connecting)
            continue; /* OUT would mean: connected */
        tell(kernel, fd, (sim_file_poll(file) & file->watch.events & ~PRIVATE) | wanted, event);
        return 1;
    }
    return 0;
}

/* What was closed is told of once more, as if a forked child still had it open. */
static int stale(struct sim_kernel *kernel, int epoll_fd, struct epoll_event *event)
{
    if (kernel->stale_count == 0)
        return 0;
    const struct sim_stale *closed = &kernel->stale[kernel->calls % kernel->stale_count];
    if (closed->epoll_fd != epoll_fd || !sim_fault(&kernel->faults, kernel->tape, SIM_EPOLL_STALE))
        return 0;
    event->events = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
    event->data.u64 = closed->cookie;
    sim_trace(kernel, "  event of something closed");
    return 1;
}

int sim_epoll_wait(void *context, int epoll_fd, struct epoll_event *events, int room,
                   int timeout_ms)
{
    struct sim_kernel *kernel = context;
    sim_call(kernel);
    (void)sim_file(kernel, epoll_fd, SIM_EPOLL_FILE, "epoll_wait");
    sim_trace(kernel, "epoll_wait fd %d timeout %d", epoll_fd, timeout_ms);
    if (sim_fault(&kernel->faults, kernel->tape, SIM_EPOLL_EINTR))
        return -EINTR;
    int count = collect(kernel, epoll_fd, events, room);
    if (count < room && sim_fault(&kernel->faults, kernel->tape, SIM_EPOLL_SPURIOUS))
        count += spurious(kernel, epoll_fd, &events[count]);
    if (count < room)
        count += stale(kernel, epoll_fd, &events[count]);
    if (count == 0 && timeout_ms != 0) {
        if (kernel->hooks->on_sleep(kernel, epoll_fd, timeout_ms))
            count = collect(kernel, epoll_fd, events, room);
    } else if (sim_fault(&kernel->faults, kernel->tape, SIM_CLOCK_STALLS)) {
        kernel->now_us += 1000 * (uint64_t)sim_choose(kernel->tape, STALL_MS_MAX);
    }
    return count;
}
