/* Opening and closing a loop, and the posts that reach it from other threads.
 *
 * Posts form a stack that any thread pushes on with one compare-and-swap and the loop takes whole
 * with one exchange (R. K. Treiber, "Systems Programming: Coping with Parallelism", 1986; taking
 * all at once leaves no ABA problem). Only the push that finds the stack empty signals the
 * eventfd: the loop clears the eventfd before it takes the stack, so no post is overlooked. */
#include <errno.h>

#include "base/check.h"
#include "event/loop.h"

static struct brink_post *reversed(struct brink_post *post)
{
    struct brink_post *first = NULL;
    while (post != NULL) {
        struct brink_post *next = post->next;
        post->next = first;
        first = post;
        post = next;
    }
    return first;
}

/* Runs what has been posted, in the order of posting, and leaves `mark` in its place. */
static void run_posts(struct brink_loop *loop, struct brink_post *mark)
{
    struct brink_post *taken = atomic_exchange(&loop->posts, mark);
    struct brink_post *post = taken == &loop->sealed ? NULL : reversed(taken);
    while (post != NULL) {
        struct brink_post *next = post->next;
        brink_counter_add(&loop->stats.posts, 1);
        post->run(loop, post);
        post = next;
    }
}

static void wakeup_run(struct brink_loop *loop, struct brink_source *source)
{
    source->ready = 0; /* whatever the call says: a signal from now on is another edge */
    (void)loop->sys->ops->wakeup_clear(loop->sys->context, source->fd);
    loop->woken = false; /* after it: it may have taken a call that came meanwhile as well */
    /* A signal may still be there from before the loop was sealed: that must not unseal it. */
    if (atomic_load(&loop->posts) != &loop->sealed)
        run_posts(loop, NULL);
}

static void wakeup_reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    (void)source;
}

static const struct brink_source_ops wakeup_ops = {wakeup_run, wakeup_reclaim, NULL};

static brink_result open_wakeup(struct brink_loop *loop)
{
    int fd = loop->sys->ops->wakeup_create(loop->sys->context);
    if (fd < 0)
        return brink_fail(-fd);
    loop->wakeup = (struct brink_source){.ops = &wakeup_ops, .fd = fd, .want = BRINK_READABLE};
    brink_result added = brink_loop_add(loop, &loop->wakeup, BRINK_ARM_EDGE);
    if (brink_failed(added))
        (void)loop->sys->ops->close(loop->sys->context, fd);
    return added;
}

brink_result brink_loop_open(struct brink_loop *loop, const struct brink_sys *sys,
                             struct brink_arena *arena)
{
    *loop = (struct brink_loop){.sys = sys, .arena = arena, .next_generation = 1};
    loop->now_us = sys->ops->now_us(sys->context);
    loop->now_ms = loop->now_us / 1000;
    brink_list_init(&loop->ready);
    brink_list_init(&loop->running);
    brink_list_init(&loop->graveyard);
    brink_list_init(&loop->unarmed);
    brink_list_init(&loop->held);
    brink_slots_init(&loop->slots, arena);
    brink_slab_init(&loop->timers, arena, "timers", brink_timer_size());
    brink_wheel_init(&loop->wheel, &loop->timers, loop->now_ms);
    atomic_init(&loop->posts, NULL);
    brink_result opened = brink_poller_open(&loop->poller, sys);
    if (brink_failed(opened))
        return opened;
    opened = open_wakeup(loop);
    if (brink_failed(opened)) {
        brink_poller_close(&loop->poller);
        brink_slots_destroy(&loop->slots);
    }
    return opened;
}

void brink_loop_seal(struct brink_loop *loop)
{
    run_posts(loop, &loop->sealed);
}

void brink_loop_close(struct brink_loop *loop)
{
    brink_loop_seal(loop);
    (void)loop->sys->ops->close(loop->sys->context, loop->wakeup.fd);
    brink_slots_clear(&loop->slots, loop->wakeup.index);
    brink_poller_close(&loop->poller);
    brink_slots_destroy(&loop->slots);
    brink_slab_destroy(&loop->timers);
}

brink_result brink_loop_post(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_post *head = atomic_load(&loop->posts);
    do {
        if (head == &loop->sealed)
            return brink_fail(EPIPE);
        post->next = head;
    } while (!atomic_compare_exchange_weak(&loop->posts, &head, post));
    if (head == NULL) {
        /* Fails only when the count is full, that is, when the loop has been signalled. */
        (void)loop->sys->ops->wakeup_signal(loop->sys->context, loop->wakeup.fd);
    }
    return brink_ok();
}
