#include "event/loop.h"

#include <limits.h>

#include "base/check.h"
#include "event/turns.h"

enum {
    UNARMED_RETRY_MS = 10, /* how soon an arming that the kernel refused is tried again */
    SHARED_BATCH = 8,      /* events at a time: the others are left to other threads */
    SHARED_RUNS = 16,      /* sources that a thread runs before it looks for events again */
    FIRED_AT_ONCE = 64,    /* timers in a turn: thousands may be due together, and others wait */
    MANY = 16              /* sources in a turn; it may be long then: worth a look at the clock */
};

static uint64_t cookie_of(const struct brink_source *source)
{
    return (uint64_t)source->generation << 32 | source->index;
}

static void place(struct brink_source *source, struct brink_link *list, enum brink_place where)
{
    brink_list_remove(&source->link);
    if (list != NULL)
        brink_list_push_back(list, &source->link);
    source->place = where;
}

/* Under ONESHOT: has the kernel tell of what is wanted and not there yet. It may tell before the
 * call returns, to another thread. */
static void arm_if_silent(struct brink_loop *loop, struct brink_source *source)
{
    if (source->watch != BRINK_WATCH_ONESHOT_TOLD || source->want == 0)
        return;
    source->watch = BRINK_WATCH_ONESHOT_ARMED;
    if (source->place == BRINK_PLACE_UNARMED)
        place(source, NULL, BRINK_PLACE_NONE);
    brink_result armed = brink_poller_arm(&loop->poller, source->fd, cookie_of(source),
                                          source->want, BRINK_ARM_ONESHOT);
    if (brink_failed(armed)) {
        brink_counter_add(&loop->stats.arm_failures, 1);
        source->watch = BRINK_WATCH_ONESHOT_TOLD;
        place(source, &loop->unarmed, BRINK_PLACE_UNARMED);
    }
}

/* Puts the source where its bits say it belongs. Called after everything that changes them. */
static void settle(struct brink_loop *loop, struct brink_source *source)
{
    if (source->fd < 0 || source->place == BRINK_PLACE_RUNNING)
        return;
    if (source->ready & source->want) {
        if (source->place != BRINK_PLACE_READY)
            place(source, &loop->ready, BRINK_PLACE_READY);
        return;
    }
    if (source->place == BRINK_PLACE_READY)
        place(source, NULL, BRINK_PLACE_NONE);
    arm_if_silent(loop, source);
}

/* --- claims; see loop.h --- */

static struct brink_source *head_of(struct brink_source *source)
{
    return source->ops->head != NULL ? source->ops->head(source) : source;
}

static void take_pending(struct brink_source *source)
{
    source->ready |= (uint8_t)source->pending;
    source->pending = 0;
}

/* For the thread that has claimed its group. One that is being run is looked at anyway. */
static void hold(struct brink_loop *loop, struct brink_source *source)
{
    if (source->place != BRINK_PLACE_RUNNING)
        place(source, &loop->held, BRINK_PLACE_HELD);
}

static struct brink_source *held_of(const struct brink_loop *loop, const struct brink_source *head)
{
    for (struct brink_link *link = loop->held.next; link != &loop->held; link = link->next) {
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (head_of(source) == head)
            return source;
    }
    return NULL;
}

void brink_loop_share(struct brink_loop *loop)
{
    loop->shared = true;
}

bool brink_loop_claim(struct brink_loop *loop, struct brink_source *source)
{
    if (BRINK_LIKELY(!loop->shared))
        return true;
    struct brink_source *head = head_of(source);
    if (head->busy)
        return false;
    head->busy = true;
    return true;
}

/* Still claimed while it looks: arming is a system call, in which more may be told. */
void brink_loop_release(struct brink_loop *loop, struct brink_source *source)
{
    if (BRINK_LIKELY(!loop->shared))
        return;
    struct brink_source *head = head_of(source);
    for (;;) {
        struct brink_source *held = held_of(loop, head);
        if (held == NULL)
            break;
        place(held, NULL, BRINK_PLACE_NONE);
        take_pending(held);
        settle(loop, held);
    }
    head->busy = false;
}

brink_result brink_loop_add(struct brink_loop *loop, struct brink_source *source,
                            enum brink_arming arming)
{
    brink_result put = brink_slots_put(&loop->slots, source, &source->index);
    if (brink_failed(put))
        return put;
    source->generation = loop->next_generation++;
    source->ready = 0;
    source->pending = 0;
    source->place = BRINK_PLACE_NONE;
    source->watch = arming == BRINK_ARM_EDGE ? BRINK_WATCH_EDGE : BRINK_WATCH_ONESHOT_ARMED;
    brink_list_init(&source->link);
    uint8_t interest = arming == BRINK_ARM_EDGE ? BRINK_READABLE | BRINK_WRITABLE : source->want;
    brink_result added =
        brink_poller_add(&loop->poller, source->fd, cookie_of(source), interest, arming);
    if (brink_failed(added))
        brink_slots_clear(&loop->slots, source->index);
    return added;
}

void brink_loop_want(struct brink_loop *loop, struct brink_source *source, uint8_t want)
{
    uint8_t more = want & (uint8_t)~source->want;
    source->want = want;
    /* An armed one-shot watches only for what was wanted then. */
    if (more && source->watch == BRINK_WATCH_ONESHOT_ARMED)
        source->watch = BRINK_WATCH_ONESHOT_TOLD;
    settle(loop, source);
}

brink_result brink_loop_rearm(struct brink_loop *loop, struct brink_source *source,
                              enum brink_arming arming)
{
    uint8_t interest = arming == BRINK_ARM_EDGE ? BRINK_READABLE | BRINK_WRITABLE : source->want;
    enum brink_watch before = source->watch;
    source->watch = arming == BRINK_ARM_EDGE ? BRINK_WATCH_EDGE : BRINK_WATCH_ONESHOT_ARMED;
    brink_result armed =
        brink_poller_arm(&loop->poller, source->fd, cookie_of(source), interest, arming);
    if (brink_failed(armed)) {
        source->watch = before;
        return armed;
    }
    if (source->place == BRINK_PLACE_UNARMED)
        place(source, NULL, BRINK_PLACE_NONE);
    return brink_ok();
}

struct brink_source *brink_loop_find(const struct brink_loop *loop, uint32_t index,
                                     uint32_t generation)
{
    struct brink_source *source = brink_slots_get(&loop->slots, index);
    return source != NULL && source->generation == generation ? source : NULL;
}

static void take_event(struct brink_loop *loop, const struct brink_event *event)
{
    struct brink_source *source =
        brink_loop_find(loop, (uint32_t)event->cookie, (uint32_t)(event->cookie >> 32));
    if (source == NULL) {
        brink_counter_add(&loop->stats.stale_events, 1);
        return;
    }
    if (source->watch == BRINK_WATCH_ONESHOT_ARMED)
        source->watch = BRINK_WATCH_ONESHOT_TOLD;
    if (!brink_loop_claim(loop, source)) {
        source->pending = (source->pending | event->ready) & 7U;
        hold(loop, source);
        return;
    }
    source->ready |= event->ready;
    settle(loop, source);
    brink_loop_release(loop, source);
}

static void run(struct brink_loop *loop, struct brink_source *source)
{
    source->place = BRINK_PLACE_RUNNING;
    take_pending(source);
    source->ops->run(loop, source);
    if (source->place == BRINK_PLACE_RUNNING)
        source->place = BRINK_PLACE_NONE;
    take_pending(source);
    settle(loop, source);
    brink_loop_release(loop, source);
}

/* Serves what stood on the list when the turn began; what joins it meanwhile waits for the next
 * turn, so that no source is served twice before another was served once. */
static uint32_t run_ready(struct brink_loop *loop)
{
    uint32_t served = 0;
    brink_list_move(&loop->running, &loop->ready);
    for (;;) {
        struct brink_link *link = brink_list_pop_front(&loop->running);
        if (link == NULL)
            break;
        served++;
        run(loop, BRINK_CONTAINER_OF(link, struct brink_source, link));
    }
    loop->served = served;
    return served;
}

/* More is ready than this thread can run at once: calls one of those that wait. */
static void call_for_help(struct brink_loop *loop)
{
    if (loop->waiting == 0 || loop->woken || brink_list_empty(&loop->ready))
        return;
    loop->woken = true;
    (void)loop->sys->ops->wakeup_signal(loop->sys->context, loop->wakeup.fd);
}

/* The same where several threads take from the list: it is over with whoever stood last on it, if
 * no other thread has come first; with some others at the latest. */
static uint32_t run_shared(struct brink_loop *loop)
{
    const struct brink_link *last = loop->ready.prev;
    const struct brink_link *link = NULL;
    uint32_t served = 0;
    while (served < SHARED_RUNS && link != last) {
        struct brink_link *next = brink_list_pop_front(&loop->ready);
        if (next == NULL)
            break;
        link = next;
        struct brink_source *source = BRINK_CONTAINER_OF(next, struct brink_source, link);
        if (!brink_loop_claim(loop, source)) {
            hold(loop, source);
            continue;
        }
        served++;
        source->place = BRINK_PLACE_RUNNING; /* for who is told of it meanwhile */
        call_for_help(loop);
        run(loop, source);
    }
    loop->served = served;
    return served;
}

static void retry_unarmed(struct brink_loop *loop)
{
    struct brink_link again;
    brink_list_init(&again);
    brink_list_move(&again, &loop->unarmed);
    for (;;) {
        struct brink_link *link = brink_list_pop_front(&again);
        if (link == NULL)
            return;
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (!brink_loop_claim(loop, source)) {
            place(source, &loop->unarmed, BRINK_PLACE_UNARMED);
            continue;
        }
        source->place = BRINK_PLACE_NONE;
        settle(loop, source);
        brink_loop_release(loop, source);
    }
}

/* The first of the closed that nobody has claimed, claimed. */
static struct brink_source *claim_closed(struct brink_loop *loop)
{
    struct brink_link *link = loop->graveyard.next;
    for (; link != &loop->graveyard; link = link->next) {
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (brink_loop_claim(loop, source))
            return source;
    }
    return NULL;
}

/* What is claimed stays on the list, for the end of that thread's turn. */
static void reclaim(struct brink_loop *loop)
{
    for (;;) {
        struct brink_source *source = claim_closed(loop);
        if (source == NULL)
            return;
        place(source, NULL, BRINK_PLACE_NONE);
        source->ops->reclaim(loop, source);
    }
}

/* How long the poll may wait: not at all with work at hand, else until the next timer. */
static int poll_timeout(const struct brink_loop *loop, int max_wait_ms)
{
    if (!brink_list_empty(&loop->ready))
        return 0;
    uint64_t wait = max_wait_ms < 0 ? BRINK_NEVER : (uint64_t)max_wait_ms;
    /* Whoever fires timers just now looks again before it waits. */
    uint64_t next = loop->advancing ? BRINK_NEVER : brink_wheel_next(&loop->wheel);
    if (next != BRINK_NEVER) {
        uint64_t until_next = next > loop->now_ms ? next - loop->now_ms : 0;
        wait = until_next < wait ? until_next : wait;
    }
    if (!brink_list_empty(&loop->unarmed) && wait > UNARMED_RETRY_MS)
        wait = UNARMED_RETRY_MS;
    if (wait == BRINK_NEVER)
        return -1;
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

/* One thread fires at a time: what a timer does may be a system call. Tells how many fired. */
static uint64_t fire_timers(struct brink_loop *loop)
{
    if (loop->advancing)
        return 0;
    loop->advancing = true;
    uint64_t fired = brink_wheel_advance_some(&loop->wheel, loop->now_ms, FIRED_AT_ONCE);
    if (fired > 0)
        brink_counter_add(&loop->stats.timers_fired, fired);
    loop->advancing = false;
    return fired;
}

static brink_result wait_for_events(struct brink_loop *loop, int max_wait_ms,
                                    struct brink_event *events, int *count)
{
    int room = loop->shared ? SHARED_BATCH : BRINK_POLLER_BATCH;
    int timeout_ms = poll_timeout(loop, max_wait_ms);
    uint32_t waits = timeout_ms != 0;
    loop->waiting += waits;
    brink_result polled = brink_poller_wait(&loop->poller, events, room, count, timeout_ms);
    loop->waiting -= waits;
    if (brink_failed(polled))
        brink_counter_add(&loop->stats.poll_failures, 1);
    return polled;
}

brink_result brink_loop_turn(struct brink_loop *loop, int max_wait_ms)
{
    struct brink_event events[BRINK_POLLER_BATCH];
    int count;
    brink_counter_add(&loop->stats.turns, 1);
    brink_result polled = wait_for_events(loop, max_wait_ms, events, &count);
    loop->now_us = loop->sys->ops->now_us(loop->sys->context);
    loop->now_ms = loop->now_us / 1000;
    uint64_t began_us = loop->now_us; /* other threads have theirs */
    brink_counter_add(&loop->stats.events, (uint64_t)count);
    for (int i = 0; i < count; i++)
        take_event(loop, &events[i]);
    uint64_t served = BRINK_LIKELY(!loop->shared) ? run_ready(loop) : run_shared(loop);
    brink_turn_note_served(&loop->stats, served);
    retry_unarmed(loop);
    served += fire_timers(loop);
    reclaim(loop);
    if (served >= MANY)
        brink_turn_note_length(&loop->stats, loop->sys->ops->now_us(loop->sys->context) - began_us);
    return polled;
}
