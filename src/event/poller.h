/* event/poller.h - epoll behind one small interface, armed by edge or by one-shot.
 *
 * EDGE: told once when something becomes ready, for ever (EPOLLET). ONESHOT: told once, then
 * silent until armed again (EPOLLET | EPOLLONESHOT); arming looks at readiness anew, so nothing
 * that came in between is lost (epoll(7)). Nothing above the loop knows which of the two is in
 * use. One thread owns a poller. */
#ifndef BRINK_EVENT_POLLER_H
#define BRINK_EVENT_POLLER_H

#include <stdint.h>

#include "brink/result.h"
#include "sys/sys.h"

enum brink_arming { BRINK_ARM_EDGE = 0, BRINK_ARM_ONESHOT };

/* Readiness bits. A hang-up or an error makes a descriptor readable and writable too, as the next
 * read or write will tell what happened. */
enum brink_ready {
    BRINK_READABLE = 1,
    BRINK_WRITABLE = 2,
    BRINK_HANGUP = 4 /* RDHUP, HUP, ERR or PRI was seen: a short read no longer means dry */
};

struct brink_event {
    uint64_t cookie;
    uint8_t ready; /* enum brink_ready */
};

struct brink_poller {
    const struct brink_sys *sys;
    int fd;
};

enum { BRINK_POLLER_BATCH = 256 };

/* Fails with the kernel's reason; nothing is held then. */
BRINK_MUST_CHECK brink_result brink_poller_open(struct brink_poller *poller,
                                                const struct brink_sys *sys);
void brink_poller_close(struct brink_poller *poller);

/* Watches `fd` for `interest` (READABLE and WRITABLE; hang-ups are always told). Fails with
 * ENOSPC, ENOMEM, ...; `fd` is not watched then. Closing `fd` ends the watch. */
BRINK_MUST_CHECK brink_result brink_poller_add(struct brink_poller *poller, int fd, uint64_t cookie,
                                               uint8_t interest, enum brink_arming arming);

/* Arms a watched `fd` (again): what is ready now is told now. With an interest of 0 it is
 * told of hang-ups only. One system call. Fails as brink_poller_add does; the old arming stays
 * then. */
BRINK_MUST_CHECK brink_result brink_poller_arm(struct brink_poller *poller, int fd, uint64_t cookie,
                                               uint8_t interest, enum brink_arming arming);

/* Ends the watch of an `fd` that stays open. */
void brink_poller_remove(struct brink_poller *poller, int fd);

/* Waits up to `timeout_ms` (-1: for ever) and fills `events` (`room` of them, at most
 * BRINK_POLLER_BATCH) with `count`. Being interrupted by a signal is no failure: there are just no
 * events. */
BRINK_MUST_CHECK brink_result brink_poller_wait(struct brink_poller *poller,
                                                struct brink_event *events, int room, int *count,
                                                int timeout_ms);

#endif
