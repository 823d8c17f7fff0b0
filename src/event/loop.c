#include "event/loop.h"

#include <limits.h>

#include "base/check.h"

enum {
    UNARMED_RETRY_MS = 10 /* how soon an arming that the kernel refused is tried again */
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
    source->place = (uint8_t)where;
}

/* Under ONESHOT: has the kernel tell of what is wanted and not there yet. */
static void arm_if_silent(struct brink_loop *loop, struct brink_source *source)
{
    if (source->watch != BRINK_WATCH_ONESHOT_TOLD || source->want == 0)
        return;
    brink_result armed = brink_poller_arm(&loop->poller, source->fd, cookie_of(source),
                                          source->want, BRINK_ARM_ONESHOT);
    if (brink_failed(armed)) {
        brink_counter_add(&loop->stats.arm_failures, 1);
        place(source, &loop->unarmed, BRINK_PLACE_UNARMED);
        return;
    }
    source->watch = BRINK_WATCH_ONESHOT_ARMED;
    if (source->place == BRINK_PLACE_UNARMED)
        place(source, NULL, BRINK_PLACE_NONE);
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

brink_result brink_loop_add(struct brink_loop *loop, struct brink_source *source,
                            enum brink_arming arming)
{
    brink_result put = brink_slots_put(&loop->slots, source, &source->index);
    if (brink_failed(put))
        return put;
    source->generation = loop->next_generation++;
    source->ready = 0;
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
    brink_result armed =
        brink_poller_arm(&loop->poller, source->fd, cookie_of(source), interest, arming);
    if (brink_failed(armed))
        return armed;
    source->watch = arming == BRINK_ARM_EDGE ? BRINK_WATCH_EDGE : BRINK_WATCH_ONESHOT_ARMED;
    if (source->place == BRINK_PLACE_UNARMED)
        place(source, NULL, BRINK_PLACE_NONE);
    return brink_ok();
}

void brink_loop_close_source(struct brink_loop *loop, struct brink_source *source)
{
    if (source->fd < 0)
        return;
    (void)loop->sys->ops->close(loop->sys->context, source->fd);
    source->fd = -1;
    brink_slots_clear(&loop->slots, source->index);
    place(source, &loop->graveyard, BRINK_PLACE_GRAVEYARD);
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
    source->ready |= event->ready;
    if (source->watch == BRINK_WATCH_ONESHOT_ARMED)
        source->watch = BRINK_WATCH_ONESHOT_TOLD;
    settle(loop, source);
}

/* Serves what stood on the list when the turn began; what joins it meanwhile waits for the next
 * turn, so that no source is served twice before another was served once. */
static void run_ready(struct brink_loop *loop)
{
    uint32_t served = 0;
    brink_list_move(&loop->running, &loop->ready);
    for (;;) {
        struct brink_link *link = brink_list_pop_front(&loop->running);
        if (link == NULL)
            break;
        served++;
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        source->place = BRINK_PLACE_RUNNING;
        source->ops->run(loop, source);
        if (source->place == BRINK_PLACE_RUNNING)
            source->place = BRINK_PLACE_NONE;
        settle(loop, source);
    }
    loop->served = served;
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
        source->place = BRINK_PLACE_NONE;
        settle(loop, source);
    }
}

static void reclaim(struct brink_loop *loop)
{
    for (;;) {
        struct brink_link *link = brink_list_pop_front(&loop->graveyard);
        if (link == NULL)
            return;
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        source->place = BRINK_PLACE_NONE;
        source->ops->reclaim(loop, source);
    }
}

/* How long the poll may wait: not at all with work at hand, else until the next timer. */
static int poll_timeout(const struct brink_loop *loop, int max_wait_ms)
{
    if (!brink_list_empty(&loop->ready))
        return 0;
    uint64_t wait = max_wait_ms < 0 ? BRINK_NEVER : (uint64_t)max_wait_ms;
    uint64_t next = brink_wheel_next(&loop->wheel);
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

brink_result brink_loop_turn(struct brink_loop *loop, int max_wait_ms)
{
    struct brink_event events[BRINK_POLLER_BATCH];
    int count;
    brink_counter_add(&loop->stats.turns, 1);
    brink_result polled =
        brink_poller_wait(&loop->poller, events, &count, poll_timeout(loop, max_wait_ms));
    if (brink_failed(polled))
        brink_counter_add(&loop->stats.poll_failures, 1);
    loop->now_ms = loop->sys->ops->now_ms(loop->sys->context);
    brink_counter_add(&loop->stats.events, (uint64_t)count);
    for (int i = 0; i < count; i++)
        take_event(loop, &events[i]);
    run_ready(loop);
    retry_unarmed(loop);
    (void)brink_wheel_advance(&loop->wheel, loop->now_ms);
    reclaim(loop);
    return polled;
}

static bool list_holds(const struct brink_link *list, enum brink_place where)
{
    for (struct brink_link *link = list->next; link != list; link = link->next) {
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (source->place != where || link->next->prev != link)
            return false;
    }
    return true;
}

static bool source_belongs(const struct brink_source *source)
{
    bool runnable = (source->ready & source->want) != 0;
    if (runnable != (source->place == BRINK_PLACE_READY))
        return false;
    if (source->place == BRINK_PLACE_UNARMED)
        return source->watch == BRINK_WATCH_ONESHOT_TOLD;
    return runnable || source->want == 0 || source->watch != BRINK_WATCH_ONESHOT_TOLD;
}

bool brink_loop_check(const struct brink_loop *loop)
{
    for (uint32_t i = 0; i < loop->slots.room; i++) {
        const struct brink_source *source = brink_slots_get(&loop->slots, i);
        if (source != NULL && (source->index != i || source->fd < 0 || !source_belongs(source)))
            return false;
    }
    return list_holds(&loop->ready, BRINK_PLACE_READY) &&
           list_holds(&loop->unarmed, BRINK_PLACE_UNARMED) &&
           list_holds(&loop->graveyard, BRINK_PLACE_GRAVEYARD) && brink_wheel_check(&loop->wheel);
}
