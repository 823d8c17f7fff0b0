#include "server/sweep.h"

#include <errno.h>

#include "relay/drain.h"

enum {
    SWEEP_MS = 10,     /* between two rounds */
    SLOW_SLOTS = 8192, /* and as much again for each so many slots */
    WORK_MAX = 1024,   /* of one turn, in looks */
    LEAVING_WORK = 16  /* what one that leaves costs */
};

struct look {
    struct brink_worker *worker;
    unsigned work;
};

static void count(void *arg, enum brink_drain_outcome outcome)
{
    struct look *look = arg;
    look->work += outcome == BRINK_DRAIN_STAYS ? 1 : LEAVING_WORK;
    if (outcome == BRINK_DRAIN_CUT && look->worker->draining)
        brink_counter_add(&look->worker->stop_cut, 1);
}

static void look_at(struct brink_session *session, void *arg)
{
    count(arg, brink_drain_look(session));
}

static bool has_work(const struct brink_worker *worker, bool *for_all)
{
    bool work = false;
    *for_all = false;
    const struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        work |= brink_drain_has_work(&branch->service, for_all);
    return work;
}

static uint64_t next_ms(const struct brink_worker *worker, uint64_t now_ms)
{
    uint64_t next = now_ms + SWEEP_MS * (1 + worker->loop.slots.room / SLOW_SLOTS);
    const struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        uint64_t end_ms = brink_drain_next_ms(&branch->service);
        next = end_ms < next ? end_ms : next;
    }
    return next;
}

/* The branch that is looked at stays meanwhile, though its last client may leave. */
static void look_at_single(struct look *look)
{
    struct brink_branch *branch = brink_worker_first_branch(look->worker);
    while (branch != NULL) {
        branch->service.visits++;
        brink_drain_look_at_single(&branch->service, count, look);
        branch->service.visits--;
        branch = brink_worker_next_branch(branch);
    }
}

/* The part of a round that fits in a turn. True if that was the last. */
static bool look_at_some(struct brink_worker *worker)
{
    struct look look = {.worker = worker};
    bool for_all;
    (void)has_work(worker, &for_all);
    if (!for_all) {
        look_at_single(&look);
        return true;
    }
    for (; worker->sweep.slot < worker->loop.slots.room && look.work < WORK_MAX; look.work++)
        brink_sessions_visit(&worker->loop, worker->sweep.slot++, look_at, &look);
    return worker->sweep.slot >= worker->loop.slots.room;
}

static void sweep(void *arg, uint64_t now_ms)
{
    struct brink_worker *worker = arg;
    bool for_all;
    if (worker->sweep.slot == 0)
        worker->sweep.from_ms = now_ms;
    if (!look_at_some(worker)) {
        brink_timer_arm(&worker->loop.wheel, worker->sweep.timer, now_ms); /* in the next turn */
        return;
    }
    worker->sweep.slot = 0;
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        brink_drain_tidy(&branch->service, worker->sweep.from_ms);
    if (has_work(worker, &for_all))
        brink_timer_arm(&worker->loop.wheel, worker->sweep.timer, next_ms(worker, now_ms));
}

brink_result brink_sweep_open(struct brink_worker *worker)
{
    worker->sweep = (struct brink_sweep){
        .timer = brink_timer_new(&worker->loop.wheel, sweep, worker),
    };
    return worker->sweep.timer == NULL ? brink_fail(ENOMEM) : brink_ok();
}

void brink_sweep_close(struct brink_worker *worker)
{
    brink_timer_free(&worker->loop.wheel, worker->sweep.timer);
    worker->sweep.timer = NULL;
}

void brink_sweep_now(struct brink_worker *worker)
{
    brink_timer_arm(&worker->loop.wheel, worker->sweep.timer, worker->loop.now_ms);
}
