/* The threads that turn a worker's loop; worker.c has the rest of server/worker.h. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "server/worker.h"

enum { AFTER_FAILED_POLL_MS = 10 };

static void take_baton(struct brink_worker *worker)
{
    if (worker->shared)
        brink_baton_take(&worker->baton);
}

static void give_baton(struct brink_worker *worker)
{
    if (worker->shared)
        brink_baton_give(&worker->baton);
}

static bool is_done(const struct brink_worker *worker)
{
    return worker->draining && brink_worker_sessions(worker) == 0;
}

static void turn(struct brink_worker *worker)
{
    const struct brink_sys *sys = worker->loop.sys;
    brink_result turned = brink_loop_turn(&worker->loop, -1);
    if (!brink_failed(turned))
        return;
    brink_log_write(brink_worker_log(worker), BRINK_LOG_ERROR,
                    "event=poll-failed worker=%u error=\"%s\"", worker->index,
                    strerror(turned.err));
    sys->ops->sleep_ms(sys->context, AFTER_FAILED_POLL_MS);
}

/* The last to leave seals the loop; the others wake the next, who may be asleep. */
static void leave(struct brink_worker *worker)
{
    const struct brink_sys *sys = worker->loop.sys;
    worker->members_left--;
    if (worker->members_left == 0)
        brink_loop_seal(&worker->loop);
    else
        (void)sys->ops->wakeup_signal(sys->context, worker->loop.wakeup.fd);
}

void brink_worker_run(struct brink_worker *worker)
{
    take_baton(worker);
    while (!is_done(worker))
        turn(worker);
    leave(worker);
    give_baton(worker);
}

static void *member_main(void *arg)
{
    struct brink_member *member = arg;
    const struct brink_sys *sys = member->worker->loop.sys;
    char name[16];
    (void)snprintf(name, sizeof name, "brink/%u", member->index);
    (void)pthread_setname_np(pthread_self(), name); /* another thread would need /proc for it */
    clockid_t clock = sys->ops->cpu_clock(sys->context);
    atomic_store(&member->cpu_clock, clock);
    brink_worker_run(member->worker);
    brink_counter_add(&member->cpu_ns, sys->ops->cpu_ns(sys->context, clock));
    atomic_store(&member->cpu_clock, -1);
    return NULL;
}

static brink_result start_member(struct brink_member *member)
{
    return brink_fail(pthread_create(&member->thread, NULL, member_main, member)); /* 0: success */
}

/* They begin when all have been started: how many have to leave is known then. */
static brink_result start_members(struct brink_worker *worker)
{
    uint32_t wanted = worker->member_count;
    brink_result started = brink_ok();
    take_baton(worker);
    worker->member_count = 0;
    while (worker->member_count < wanted && !brink_failed(started)) {
        started = start_member(&worker->members[worker->member_count]);
        worker->member_count += !brink_failed(started);
    }
    worker->members_left = worker->member_count;
    give_baton(worker);
    if (brink_failed(started) && worker->member_count > 0) {
        brink_worker_stop(worker, 0);
        brink_worker_join(worker);
    }
    return started;
}

brink_result brink_worker_start(struct brink_worker *worker)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    brink_result started = start_members(worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void brink_worker_join(struct brink_worker *worker)
{
    for (uint32_t i = 0; i < worker->member_count; i++)
        (void)pthread_join(worker->members[i].thread, NULL);
}
