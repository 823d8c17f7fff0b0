#include "app/load/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "app/clock.h"
#include "app/load/thread.h"

struct brink_load_run {
    const struct brink_load_plan *plan;
    int notify_fd;
    bool begun;
    bool stopped;
    uint64_t begin_ns;
    struct rusage before; /* of this process */
    struct rusage after;
    bool over; /* `after` is set */
    uint32_t count;
    struct brink_load_thread threads[];
};

brink_result brink_load_run_start(struct brink_load_run **run, const struct brink_load_plan *plan)
{
    const struct brink_sys *sys = plan->sys;
    *run = calloc(1, sizeof **run + plan->threads * sizeof(*run)->threads[0]);
    if (*run == NULL)
        return brink_fail(ENOMEM);
    (*run)->plan = plan;
    (*run)->notify_fd = sys->ops->wakeup_create(sys->context);
    brink_result result = brink_fail((*run)->notify_fd < 0 ? -(*run)->notify_fd : 0);
    for (uint32_t i = 0; i < plan->threads && !brink_failed(result); i++) {
        result = brink_load_thread_start(&(*run)->threads[i], plan, i, (*run)->notify_fd);
        (*run)->count += !brink_failed(result);
    }
    if (brink_failed(result)) {
        brink_load_run_end(*run);
        *run = NULL;
    }
    return result;
}

int brink_load_run_fd(const struct brink_load_run *run)
{
    return run->notify_fd;
}

static void order(struct brink_load_run *run, enum brink_load_order order)
{
    for (uint32_t i = 0; i < run->count; i++)
        brink_load_thread_order(&run->threads[i], order);
}

/* The phase that all threads have reached. */
static enum brink_load_phase slowest(const struct brink_load_run *run)
{
    enum brink_load_phase phase = BRINK_LOAD_PHASE_DONE;
    for (uint32_t i = 0; i < run->count; i++) {
        enum brink_load_phase other = brink_load_thread_phase(&run->threads[i]);
        phase = other < phase ? other : phase;
    }
    return phase;
}

static bool any_done(const struct brink_load_run *run)
{
    bool any = false;
    for (uint32_t i = 0; i < run->count; i++)
        any = any || brink_load_thread_phase(&run->threads[i]) == BRINK_LOAD_PHASE_DONE;
    return any;
}

/* A thread that is done before it has begun could not open its connections: neither can the run. */
static enum brink_load_run_state state_before(struct brink_load_run *run)
{
    enum brink_load_phase phase = slowest(run);
    if (phase == BRINK_LOAD_PHASE_DONE)
        return BRINK_LOAD_RUN_FAILED;
    if (any_done(run))
        order(run, BRINK_LOAD_ORDER_STOP);
    else if (phase == BRINK_LOAD_PHASE_READY)
        return BRINK_LOAD_RUN_READY;
    return BRINK_LOAD_RUN_OPENING;
}

enum brink_load_run_state brink_load_run_state(struct brink_load_run *run)
{
    const struct brink_sys *sys = run->plan->sys;
    (void)sys->ops->wakeup_clear(sys->context, run->notify_fd);
    if (!run->begun)
        return state_before(run);
    if (slowest(run) < BRINK_LOAD_PHASE_DONE)
        return BRINK_LOAD_RUN_BUSY;
    if (!run->over)
        (void)getrusage(RUSAGE_SELF, &run->after); /* cannot fail: the arguments are good */
    run->over = true;
    return BRINK_LOAD_RUN_DONE;
}

void brink_load_run_begin(struct brink_load_run *run)
{
    run->begun = true;
    (void)getrusage(RUSAGE_SELF, &run->before);
    run->begin_ns = brink_clock_now_ns();
    for (uint32_t i = 0; i < run->count; i++)
        run->threads[i].lane.begin_ns = run->begin_ns;
    order(run, run->stopped ? BRINK_LOAD_ORDER_STOP : BRINK_LOAD_ORDER_RUN);
}

void brink_load_run_stop(struct brink_load_run *run)
{
    order(run, run->stopped ? BRINK_LOAD_ORDER_CUT : BRINK_LOAD_ORDER_STOP);
    run->stopped = true;
}

void brink_load_run_progress(const struct brink_load_run *run, struct brink_load_result *result)
{
    memset(result, 0, sizeof *result);
    result->elapsed_ns = brink_clock_now_ns() - run->begin_ns;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct brink_load_lane *lane = &run->threads[i].lane;
        result->frames += brink_counter_read(&lane->frames);
        result->bytes += brink_counter_read(&lane->bytes);
        result->errors += brink_counter_read(&lane->errors);
    }
}

static uint64_t spent_ns(const struct timeval *before, const struct timeval *after)
{
    return (uint64_t)(after->tv_sec - before->tv_sec) * 1000000000 +
           (uint64_t)(after->tv_usec - before->tv_usec) * 1000;
}

static void add(struct brink_load_result *result, const struct brink_load_thread *thread,
                uint64_t begin_ns)
{
    const struct brink_load_lane *lane = &thread->lane;
    uint64_t last_ns = lane->last_ns > thread->stopped_ns ? lane->last_ns : thread->stopped_ns;
    if (last_ns > begin_ns && last_ns - begin_ns > result->elapsed_ns)
        result->elapsed_ns = last_ns - begin_ns;
    result->frames += brink_counter_read(&lane->frames);
    result->bytes += brink_counter_read(&lane->bytes);
    result->opened += lane->opened;
    result->different += lane->different;
    result->unanswered += lane->unanswered;
    result->unsent += thread->unsent;
    result->unasked += lane->unasked;
    brink_latency_merge(&result->latency, &lane->latency);
    brink_load_troubles_merge(&result->troubles, &lane->troubles);
    if (thread->failed && !result->gone) {
        result->gone = true;
        result->gone_for = thread->failure;
    }
}

void brink_load_run_result(const struct brink_load_run *run, struct brink_load_result *result)
{
    memset(result, 0, sizeof *result);
    brink_latency_init(&result->latency);
    for (uint32_t i = 0; i < run->count; i++)
        add(result, &run->threads[i], run->begin_ns);
    result->errors = result->troubles.count;
    if (!run->over)
        return;
    result->user_ns = spent_ns(&run->before.ru_utime, &run->after.ru_utime);
    result->system_ns = spent_ns(&run->before.ru_stime, &run->after.ru_stime);
}

void brink_load_run_end(struct brink_load_run *run)
{
    const struct brink_sys *sys = run->plan->sys;
    for (uint32_t i = 0; i < run->count; i++)
        brink_load_thread_end(&run->threads[i]);
    if (run->notify_fd >= 0)
        (void)sys->ops->close(sys->context, run->notify_fd);
    free(run);
}
