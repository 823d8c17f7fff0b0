#include "upstream/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/dialer.h"

enum {
    READ_SIZE = 4096,
    READS_A_TURN = 16 /* a server that answers at length leaves the others their turn */
};

static const struct brink_sys *sys_of(const struct brink_check *check)
{
    return check->loop->sys;
}

static struct brink_check *check_of(struct brink_source *source)
{
    return BRINK_CONTAINER_OF(source, struct brink_check, source);
}

static bool wants_answer(const struct brink_check *check)
{
    const struct brink_health_options *options = check->plan->options;
    return options->send != NULL || options->expect != NULL;
}

static size_t to_send(const struct brink_check *check)
{
    const struct brink_check_plan *plan = check->plan;
    return plan->greeting_size + (plan->options->send != NULL ? plan->options->send_size : 0);
}

static uint64_t timeout_of(const struct brink_check *check)
{
    const struct brink_health_options *options = check->plan->options;
    return options->timeout_ms != 0 ? options->timeout_ms : options->interval_ms;
}

/* Says nothing of the server: we lack something. */
static bool is_our_lack(int sys_errno, int family)
{
    switch (sys_errno) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:        /* of watches: epoll_ctl(2) */
    case EADDRNOTAVAIL: /* no local port is free */
        return true;
    case EAGAIN: /* of a unix socket it means that the server's queue is full: connect(2) */
        return family != AF_UNIX;
    default:
        return false;
    }
}

/* --- closing --- */

static void close_now(struct brink_check *check)
{
    brink_timer_cancel(&check->loop->wheel, check->deadline);
    check->state = BRINK_CHECK_GONE;
    brink_loop_close_source(check->loop, &check->source);
}

static void reset_now(struct brink_check *check)
{
    const struct brink_sys *sys = sys_of(check);
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    /* Fails on a unix socket only, which cannot be reset. */
    (void)sys->ops->setsockopt(sys->context, check->source.fd, SOL_SOCKET, SO_LINGER, &at_once,
                               sizeof at_once);
    close_now(check);
}

/* A part of a frame must not look like all of it: only what was sent as a whole ends with a FIN. */
static void hang_up(struct brink_check *check)
{
    const struct brink_sys *sys = sys_of(check);
    if (check->sent < to_send(check)) {
        reset_now(check);
    } else if (sys->ops->shutdown_write(sys->context, check->source.fd) < 0) {
        close_now(check); /* the connection has gone already */
    } else {
        check->state = BRINK_CHECK_CLOSING;
        brink_timer_arm(&check->loop->wheel, check->deadline,
                        check->loop->now_ms + BRINK_CHECK_GRACE_MS);
        brink_loop_want(check->loop, &check->source, BRINK_READABLE);
    }
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    struct brink_check *check = check_of(source);
    check->state = BRINK_CHECK_IDLE;
    check->plan->on_idle(check);
}

/* --- results --- */

static void tell(struct brink_check *check, enum brink_check_outcome outcome, const char *why)
{
    check->plan->on_result(check, outcome, why);
}

static void could_not_connect(struct brink_check *check, int sys_errno, int family)
{
    char why[BRINK_CHECK_WHY_MAX];
    bool ours = is_our_lack(sys_errno, family);
    if (sys_errno == ECONNREFUSED)
        (void)snprintf(why, sizeof why, "refused");
    else if (sys_errno == EAGAIN && !ours)
        (void)snprintf(why, sizeof why, "its queue of connections is full");
    else
        (void)snprintf(why, sizeof why, "cannot connect: %s", strerror(sys_errno));
    tell(check, ours ? BRINK_CHECK_SKIPPED : BRINK_CHECK_FAILED, why);
}

static void broke(struct brink_check *check, int sys_errno)
{
    char why[BRINK_CHECK_WHY_MAX];
    bool ours = is_our_lack(sys_errno, AF_UNSPEC);
    if (sys_errno == ECONNRESET || sys_errno == EPIPE)
        (void)snprintf(why, sizeof why, "it reset the connection");
    else
        (void)snprintf(why, sizeof why, "the connection broke: %s", strerror(sys_errno));
    close_now(check);
    tell(check, ours ? BRINK_CHECK_SKIPPED : BRINK_CHECK_FAILED, why);
}

/* The server has hung up, or a write had failed and now all has been read that came before. */
static void ended(struct brink_check *check)
{
    char why[BRINK_CHECK_WHY_MAX] = "it hung up without an answer";
    if (check->broken_errno != 0) {
        broke(check, check->broken_errno);
        return;
    }
    if (check->expect.size > 0)
        (void)snprintf(why, sizeof why, "it hung up after %" PRIu64 " bytes of an answer",
                       check->expect.size);
    close_now(check);
    tell(check, BRINK_CHECK_FAILED, why);
}

static void passed(struct brink_check *check)
{
    hang_up(check);
    tell(check, BRINK_CHECK_PASSED, NULL);
}

static void judged(struct brink_check *check, enum brink_verdict verdict)
{
    char why[BRINK_CHECK_WHY_MAX];
    if (verdict == BRINK_VERDICT_OPEN)
        return;
    if (verdict == BRINK_VERDICT_PASSED) {
        passed(check);
        return;
    }
    brink_expect_explain(&check->expect, why, sizeof why);
    hang_up(check);
    tell(check, BRINK_CHECK_FAILED, why);
}

static void too_late(struct brink_check *check)
{
    char why[BRINK_CHECK_WHY_MAX];
    uint64_t ms = timeout_of(check);
    if (check->state == BRINK_CHECK_CONNECTING) {
        (void)snprintf(why, sizeof why, "no connection in %" PRIu64 " ms", ms);
        close_now(check);
    } else {
        if (check->expect.size > 0)
            (void)snprintf(why, sizeof why,
                           "no whole answer in %" PRIu64 " ms: %" PRIu64 " bytes came", ms,
                           check->expect.size);
        else
            (void)snprintf(why, sizeof why, "no answer in %" PRIu64 " ms", ms);
        hang_up(check);
    }
    tell(check, BRINK_CHECK_FAILED, why);
}

static void on_deadline(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_check *check = arg;
    if (check->state == BRINK_CHECK_CLOSING)
        reset_now(check);
    else
        too_late(check);
}

/* --- talking --- */

static bool sends(const struct brink_check *check)
{
    return check->broken_errno == 0 && check->sent < to_send(check);
}

/* What is left of greeting and frame, at most two parts. */
static size_t parts_left(const struct brink_check *check, struct iovec parts[2])
{
    const struct brink_check_plan *plan = check->plan;
    const uint8_t *bytes[2] = {plan->greeting, plan->options->send};
    size_t sizes[2] = {plan->greeting_size, to_send(check) - plan->greeting_size};
    size_t skip = check->sent;
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t skipped = skip < sizes[i] ? skip : sizes[i];
        skip -= skipped;
        if (sizes[i] == skipped)
            continue;
        uintptr_t rest = (uintptr_t)(bytes[i] + skipped); /* iov_base lacks the const */
        parts[count++] = (struct iovec){(void *)rest, sizes[i] - skipped};
    }
    return count;
}

/* A write that failed is told after the last byte has been read: the answer may be among them. */
static void send_rest(struct brink_check *check)
{
    const struct brink_sys *sys = sys_of(check);
    while (sends(check) && (check->source.ready & BRINK_WRITABLE)) {
        struct iovec parts[2];
        size_t count = parts_left(check, parts);
        ssize_t n = sys->ops->sendv(sys->context, check->source.fd, parts, count);
        if (n > 0)
            check->sent += (size_t)n;
        else if (n == -EAGAIN)
            check->source.ready &= (uint8_t)~BRINK_WRITABLE;
        else if (n == -EINTR)
            return;
        else if (n < 0)
            check->broken_errno = (int)-n;
    }
}

/* One read; false if there is nothing more for now. Once the verdict is there, what comes is
 * discarded. */
static bool receive_once(struct brink_check *check)
{
    uint8_t bytes[READ_SIZE];
    const struct brink_sys *sys = sys_of(check);
    ssize_t n = sys->ops->recv(sys->context, check->source.fd, bytes, sizeof bytes);
    bool talks = check->state == BRINK_CHECK_TALKING;
    if (n > 0) {
        if (talks && wants_answer(check))
            judged(check, brink_expect_take(&check->expect, bytes, (size_t)n));
        return true;
    }
    if (n == -EAGAIN)
        check->source.ready &= (uint8_t)~BRINK_READABLE;
    else if (n == -EINTR)
        return false;
    else if (!talks)
        close_now(check);
    else if (n == 0)
        ended(check);
    else
        broke(check, (int)-n);
    return false;
}

static void receive(struct brink_check *check)
{
    for (unsigned i = 0; i < READS_A_TURN; i++)
        if (check->source.fd < 0 || !(check->source.ready & BRINK_READABLE) || !receive_once(check))
            return;
}

static void talk(struct brink_check *check)
{
    send_rest(check);
    if (is_our_lack(check->broken_errno, AF_UNSPEC)) {
        broke(check, check->broken_errno);
    } else if (!wants_answer(check) && check->sent == to_send(check)) {
        passed(check);
    } else {
        uint8_t writable = sends(check) ? BRINK_WRITABLE : 0;
        brink_loop_want(check->loop, &check->source, BRINK_READABLE | writable);
    }
}

static void run(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_check *check = check_of(source);
    if (check->state == BRINK_CHECK_CONNECTING) {
        brink_result dialed = brink_dial_result(loop, source);
        if (dialed.err == EINPROGRESS)
            return;
        if (brink_failed(dialed)) {
            close_now(check);
            could_not_connect(check, dialed.err, AF_UNSPEC);
            return;
        }
        check->state = BRINK_CHECK_TALKING;
    }
    if (check->state == BRINK_CHECK_TALKING)
        talk(check);
    receive(check);
}

static const struct brink_source_ops source_ops = {run, reclaim, NULL};

/* --- from outside --- */

brink_result brink_check_init(struct brink_check *check, struct brink_loop *loop,
                              const struct brink_check_plan *plan)
{
    *check = (struct brink_check){.loop = loop, .plan = plan};
    check->source.fd = -1;
    check->deadline = brink_timer_new(&loop->wheel, on_deadline, check);
    return check->deadline != NULL ? brink_ok() : brink_fail(ENOMEM);
}

void brink_check_destroy(struct brink_check *check)
{
    BRINK_ASSERT(brink_check_is_idle(check));
    brink_timer_free(&check->loop->wheel, check->deadline);
}

void brink_check_begin(struct brink_check *check, const struct brink_address *address)
{
    struct brink_loop *loop = check->loop;
    BRINK_ASSERT(brink_check_is_idle(check));
    check->sent = 0;
    check->broken_errno = 0;
    check->source.ops = &source_ops;
    brink_expect_begin(&check->expect, check->plan->spec, check->plan->options);
    brink_result dialed = brink_dial(loop, &check->source, address, BRINK_ARM_EDGE);
    if (brink_failed(dialed)) {
        could_not_connect(check, dialed.err, address->sock.any.sa_family);
        return;
    }
    check->state = BRINK_CHECK_CONNECTING;
    brink_timer_arm(&loop->wheel, check->deadline, loop->now_ms + timeout_of(check));
}

void brink_check_hurry(struct brink_check *check)
{
    if (check->state == BRINK_CHECK_CLOSING)
        reset_now(check);
}

void brink_check_give_up(struct brink_check *check)
{
    if (check->source.fd < 0)
        return;
    if (check->sent > 0 && check->sent < to_send(check))
        reset_now(check);
    else
        close_now(check);
}
