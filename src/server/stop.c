/* The end of a worker; worker.c has the rest of server/worker.h. */
#include "relay/drain.h"
#include "server/sweep.h"
#include "server/worker.h"

enum { LAST_MAX = 4096 /* who waits at one of its listeners when it closes, at most */ };

static struct brink_drain_terms terms_of(struct brink_worker *worker)
{
    return (struct brink_drain_terms){
        .options =
            {
                .policy = (enum brink_drain_policy)atomic_load(&worker->stop_policy),
                .quiet_ms = atomic_load(&worker->stop_quiet_ms),
                .spread_ms = atomic_load(&worker->stop_spread_ms),
            },
        .from_ms = worker->loop.now_ms,
        .by_ms = atomic_load(&worker->stop_by_ms),
    };
}

static void accept_rest(struct brink_entrance *entrance, void *arg)
{
    (void)arg;
    brink_listener_accept_rest(&entrance->listener, LAST_MAX);
}

static void stop_entrance(struct brink_entrance *entrance, void *arg)
{
    (void)arg;
    brink_entrance_stop(entrance);
}

/* Who waits to be accepted when a listener is closed is reset. */
static void close_entrances(struct brink_worker *worker, const struct brink_drain_terms *terms)
{
    if (terms->by_ms > terms->from_ms && terms->options.policy != BRINK_DRAIN_POLICY_NOW)
        brink_entrances_each(worker, accept_rest, NULL);
    brink_entrances_each(worker, stop_entrance, NULL);
}

static void stop_here(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    struct brink_worker *worker = brink_worker_of(loop);
    atomic_store(&worker->stop_posted, false);
    struct brink_drain_terms terms = terms_of(worker);
    if (!worker->draining) {
        worker->draining = true;
        close_entrances(worker, &terms);
    }
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        brink_drain_service(&branch->service, &terms);
    brink_sweep_now(worker);
}

void brink_worker_stop_branch(struct brink_branch *branch)
{
    struct brink_drain_terms terms = terms_of(branch->worker);
    if (branch->worker->draining)
        brink_drain_service(&branch->service, &terms);
}

void brink_worker_stop_init(struct brink_worker *worker)
{
    worker->stop_post.run = stop_here;
    atomic_store(&worker->stop_by_ms, BRINK_NEVER);
    atomic_store(&worker->stop_policy, (uint32_t)BRINK_DRAIN_POLICY_IDLE);
    atomic_store(&worker->stop_quiet_ms, UINT32_MAX);
    atomic_store(&worker->stop_spread_ms, UINT32_MAX);
}

static void lower(_Atomic(uint32_t) *value, uint32_t to)
{
    uint32_t before = atomic_load(value);
    while (to < before && !atomic_compare_exchange_weak(value, &before, to))
        continue;
}

static void raise_to(_Atomic(uint32_t) *value, uint32_t to)
{
    uint32_t before = atomic_load(value);
    while (to > before && !atomic_compare_exchange_weak(value, &before, to))
        continue;
}

void brink_worker_drain(struct brink_worker *worker, const struct brink_drain_options *options,
                        uint64_t by_ms)
{
    uint64_t before = atomic_load(&worker->stop_by_ms);
    lower(&worker->stop_quiet_ms, options->quiet_ms);
    lower(&worker->stop_spread_ms, options->spread_ms);
    raise_to(&worker->stop_policy, (uint32_t)options->policy);
    while (by_ms < before && !atomic_compare_exchange_weak(&worker->stop_by_ms, &before, by_ms))
        continue;
    if (atomic_exchange(&worker->stop_posted, true))
        return;
    brink_result posted = brink_loop_post(&worker->loop, &worker->stop_post);
    (void)posted.err; /* it has ended already */
}

void brink_worker_stop(struct brink_worker *worker, uint64_t by_ms)
{
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    brink_worker_drain(worker, &options, by_ms);
}
