#include "app/serve/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

brink_result brink_signals_open(struct brink_signals *signals, bool serves)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (serves) {
        (void)sigaddset(&set, SIGUSR1);
        (void)sigaddset(&set, SIGUSR2);
        (void)sigaddset(&set, SIGHUP);
    }
    int err = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (err != 0)
        return brink_fail(err);
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return brink_fail(errno);
    signals->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (signals->wake_fd < 0) {
        err = errno;
        (void)close(signals->fd);
        return brink_fail(err);
    }
    return brink_ok();
}

/* The signal that has come, 0 if none has. */
static int take(int fd)
{
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);
    return got == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

int brink_signals_wait(struct brink_signals *signals, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = signals->fd, .events = POLLIN},
                           {.fd = signals->wake_fd, .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return take(signals->fd);
}

void brink_signals_wake(struct brink_signals *signals)
{
    (void)eventfd_write(signals->wake_fd, 1);
}

void brink_signals_close(struct brink_signals *signals)
{
    (void)close(signals->fd);
    (void)close(signals->wake_fd);
}
