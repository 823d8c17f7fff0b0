/* upstream/check.h - one health check of one server: connect, send, read one reply, hang up.
 *
 *   IDLE --begin--> CONNECTING --connected--> TALKING --verdict--> CLOSING --peer's end--> GONE --+
 *    ^                  '--refused, too late--> GONE    '--peer's end, broken--> GONE             |
 *    '----------------------------------------------(at the end of the turn)---------------------+
 *
 * The result is told with the verdict; what comes after it, only the server's log would show.
 *
 * How a check hangs up: by a FIN, and then it reads on until the server has hung up as well. That
 * is how clients ordinarily leave, so servers take it without a word. A reset would spare us the
 * TIME_WAIT; but Linux hands out a connection that was reset before it was accepted all the same,
 * and the server's first call on it fails with ECONNRESET or ENOTCONN, which many log as an error,
 * once for each check. Reading on matters where the server speaks first: its greeting must not run
 * into a closed socket. A server that does not hang up in BRINK_CHECK_GRACE_MS is reset, and so is
 * one that has got only a part of what is sent: nothing half-open stays on either side.
 *
 * What fails for want of our own means (descriptors, memory, local ports) says nothing of the
 * server: such a check is SKIPPED. The loop's thread; not for a shared loop. */
#ifndef BRINK_UPSTREAM_CHECK_H
#define BRINK_UPSTREAM_CHECK_H

#include "event/loop.h"
#include "net/address.h"
#include "upstream/expect.h"

enum { BRINK_CHECK_GRACE_MS = 1000, BRINK_CHECK_WHY_MAX = 256 };

enum brink_check_state {
    BRINK_CHECK_IDLE = 0,
    BRINK_CHECK_CONNECTING,
    BRINK_CHECK_TALKING,
    BRINK_CHECK_CLOSING,
    BRINK_CHECK_GONE /* closed in this turn */
};

enum brink_check_outcome { BRINK_CHECK_PASSED = 0, BRINK_CHECK_FAILED, BRINK_CHECK_SKIPPED };

struct brink_check;

/* What all checks of a group have in common. What is pointed at must outlive them. */
struct brink_check_plan {
    /* Without `send` and `expect` connecting is enough. With `expect` alone the server speaks
     * first. A timeout_ms of 0: as long as the interval. */
    const struct brink_health_options *options;
    const struct brink_spec *spec;
    const uint8_t *greeting; /* sent before all else, as a PROXY protocol header is; may be NULL */
    size_t greeting_size;
    /* Once for each check that has begun and is not given up. `why`: if it did not pass; valid
     * during the call. The check may be given up from within, but not be destroyed. */
    void (*on_result)(struct brink_check *check, enum brink_check_outcome outcome, const char *why);
    /* It is idle again; may be destroyed, but not be begun, from within. Not called where
     * brink_check_begin found the result at once. */
    void (*on_idle)(struct brink_check *check);
};

/* Invariant: the source is in the loop exactly in CONNECTING, TALKING and CLOSING; the deadline is
 * armed in no other state. */
struct brink_check {
    struct brink_source source;
    struct brink_loop *loop;
    const struct brink_check_plan *plan;
    struct brink_timer *deadline;
    enum brink_check_state state;
    int broken_errno; /* a write failed so, and there will be no other; 0: none has */
    size_t sent;      /* of greeting and frame */
    struct brink_expect expect;
};

/* Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_check_init(struct brink_check *check, struct brink_loop *loop,
                                               const struct brink_check_plan *plan);

/* It must be idle. */
void brink_check_destroy(struct brink_check *check);

static inline bool brink_check_is_idle(const struct brink_check *check)
{
    return check->state == BRINK_CHECK_IDLE;
}

/* Begins a check; it must be idle. The result may be there at once: on_result is called from within
 * then, and the check is idle again. */
void brink_check_begin(struct brink_check *check, const struct brink_address *address);

/* The next check is due: one that only waits for the server to hang up ends now. */
void brink_check_hurry(struct brink_check *check);

/* Closes; no result is told. on_idle is called at the end of the turn, unless it is idle already.
 */
void brink_check_give_up(struct brink_check *check);

#endif
