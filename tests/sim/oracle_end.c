/* When all have left nothing is left over, and the counters add up: to each other, to the lines of
 * the log, and to what the kernel has seen. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/oracle.h"

/* Its sweeps of those who leave and of those who are handed over, scarcity's line in the log, and
 * its streams' rest. */
enum { TIMERS_OF_A_WORKER = 4 };

static uint64_t number_in(const char *line, const char *key)
{
    const char *text = strstr(line, key);
    return text == NULL ? 0 : strtoull(text + strlen(key), NULL, 10);
}

void sim_oracle_told(struct sim_world *world, const char *line, enum brink_reason reason)
{
    struct sim_told *told = &world->told;
    if (strncmp(line, "event=refused ", 14) == 0)
        told->refused++;
    if (strncmp(line, "event=frame-cut ", 16) == 0)
        told->cut[strstr(line, " side=upstream ") != NULL]++;
    if (strncmp(line, "event=close ", 12) != 0)
        return;
    told->closed++;
    told->reasons[reason]++;
    told->bytes[0] += number_in(line, " client_bytes=");
    told->bytes[1] += number_in(line, " upstream_bytes=");
    told->frames[0] += number_in(line, " client_frames=");
    told->frames[1] += number_in(line, " upstream_frames=");
}

static void nothing_left(struct sim_world *world, const struct brink_worker *worker)
{
    struct sim_kernel *kernel = &world->kernel;
    const struct brink_segments *segments = &worker->buffers.segments;
    size_t timers = brink_slab_stats(&worker->loop.timers).objects;
    size_t segments_left = brink_slab_stats(&segments->pool).objects;
    size_t sessions =
        brink_slab_stats(&brink_worker_first_branch(worker)->service.sessions).objects;
    if (worker->loop.slots.used != 1) /* the eventfd of its posts */
        sim_fail(kernel, "%u sources are left over", worker->loop.slots.used - 1);
    if (sessions != 0)
        sim_fail(kernel, "%zu sessions are left over", sessions);
    if (timers != TIMERS_OF_A_WORKER)
        sim_fail(kernel, "%zu timers are left over", timers - TIMERS_OF_A_WORKER);
    if (segments_left != 0 || brink_counter_read(&segments->in_use) != 0)
        sim_fail(kernel, "%zu segments are left over, %" PRIu64 " bytes are counted", segments_left,
                 brink_counter_read(&segments->in_use));
}

static void check_sum(struct sim_world *world, const char *what, uint64_t counted, uint64_t told)
{
    if (counted != told)
        sim_fail(&world->kernel, "%s: %" PRIu64 " are counted, %" PRIu64 " are told of", what,
                 counted, told);
}

static uint64_t cut_by_stop(const struct sim_world *world)
{
    uint64_t cut = 0;
    for (unsigned i = 0; i < world->worker_count; i++)
        cut += brink_counter_read(&world->workers[i].stop_cut);
    return cut;
}

static void add_up(struct sim_world *world, const struct brink_service_stats *sum)
{
    const struct sim_told *told = &world->told;
    uint64_t closed = 0;
    for (int reason = 0; reason < BRINK_REASON_COUNT; reason++) {
        closed += brink_counter_read(&sum->closed[reason]);
        check_sum(world, brink_reason_name((enum brink_reason)reason),
                  brink_counter_read(&sum->closed[reason]), told->reasons[reason]);
    }
    check_sum(world, "closed", closed, told->closed);
    check_sum(world, "refused", brink_counter_read(&sum->refused), told->refused);
    check_sum(world, "accepted", brink_counter_read(&sum->accepted), closed + told->refused);
    check_sum(world, "cut since the stop", cut_by_stop(world), brink_counter_read(&sum->drain_cut));
    check_sum(world, "cut by the drain", brink_counter_read(&sum->drain_cut),
              told->reasons[BRINK_REASON_DRAIN_DEADLINE]);
    for (unsigned side = 0; side < 2; side++) {
        check_sum(world, "bytes", brink_counter_read(&sum->bytes[side]), told->bytes[side]);
        check_sum(world, "frames", brink_counter_read(&sum->frames[side]), told->frames[side]);
        check_sum(world, "frames cut", brink_counter_read(&sum->frames_cut[side]), told->cut[side]);
    }
}

static void add(brink_counter *sum, const brink_counter *one)
{
    brink_counter_add(sum, brink_counter_read(one));
}

static void add_worker(struct brink_service_stats *sum, const struct brink_service_stats *stats)
{
    add(&sum->accepted, &stats->accepted);
    add(&sum->refused, &stats->refused);
    add(&sum->drain_cut, &stats->drain_cut);
    for (int reason = 0; reason < BRINK_REASON_COUNT; reason++)
        add(&sum->closed[reason], &stats->closed[reason]);
    for (unsigned side = 0; side < 2; side++) {
        add(&sum->bytes[side], &stats->bytes[side]);
        add(&sum->frames[side], &stats->frames[side]);
        add(&sum->frames_cut[side], &stats->frames_cut[side]);
    }
}

void sim_oracle_end(struct sim_world *world)
{
    struct sim_kernel *kernel = &world->kernel;
    struct brink_service_stats sum = {0};
    uint64_t stale = 0;
    for (unsigned i = 0; i < world->worker_count; i++) {
        const struct brink_worker *worker = &world->workers[i];
        add_worker(&sum, &brink_worker_first_branch(worker)->service.stats);
        sim_oracle_figures(world, &brink_worker_first_branch(worker)->service.stats);
        stale += brink_counter_read(&worker->loop.stats.stale_events);
        nothing_left(world, worker);
        if (world->seats[i].posted)
            sim_fail(kernel, "a post was never run");
    }
    sim_oracle_group_end(world);
    add_up(world, &sum);
    if (brink_counter_read(&sum.accepted) > kernel->accepts) /* one may be turned away unserved */
        sim_fail(kernel, "%" PRIu64 " clients are counted, %" PRIu64 " came",
                 brink_counter_read(&sum.accepted), kernel->accepts);
    /* A thread may close what another has just been told of. */
    bool more = world->threads.count > 0 && stale > kernel->faults.happened[SIM_EPOLL_STALE];
    if (stale != kernel->faults.happened[SIM_EPOLL_STALE] && !more)
        sim_fail(kernel, "%" PRIu64 " stale events were told, %" PRIu64 " recognised",
                 kernel->faults.happened[SIM_EPOLL_STALE], stale);
    if (world->opened != world->let_go)
        sim_fail(kernel, "the application was told of %" PRIu64 " streams, and of %" PRIu64 " ends",
                 world->opened, world->let_go);
    if (atomic_load(&world->clients.count) != 0)
        sim_fail(kernel, "%u places are still taken", (unsigned)atomic_load(&world->clients.count));
    if (atomic_load(&world->gate.clients.count) != 0)
        sim_fail(kernel, "%u of the listener's places are still taken",
                 (unsigned)atomic_load(&world->gate.clients.count));
}
