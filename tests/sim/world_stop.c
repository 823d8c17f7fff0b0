/* The end of a run: how those that are left are to leave. */
#include "sim/world.h"

/* In half of the runs as it is by default. */
static struct brink_drain_options draw_drain(struct sim_tape *tape, uint32_t drain_ms)
{
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.timeout_ms = drain_ms;
    uint32_t policy = sim_choose(tape, 8);
    if (policy >= 4)
        options.policy = policy == 7 ? BRINK_DRAIN_POLICY_NOW : BRINK_DRAIN_POLICY_BOUNDARY;
    if (sim_chance(tape, 64))
        options.spread_ms = sim_choose(tape, drain_ms + 1);
    if (sim_chance(tape, 64))
        options.quiet_ms = sim_choose(tape, 2000);
    return options;
}

static void drain(struct sim_world *world, const struct brink_drain_options *options)
{
    uint64_t by_ms = sim_now_ms(&world->kernel) + options->timeout_ms;
    sim_trace(&world->kernel, "stop, with %u ms to drain, policy %d, %u ms of spread",
              (unsigned)options->timeout_ms, (int)options->policy, (unsigned)options->spread_ms);
    if (!world->stopping) {
        world->stopping = true;
        world->drain = *options;
        world->stop_at_ms = sim_now_ms(&world->kernel);
        world->stop_by_ms = by_ms;
    }
    if (options->policy > world->drain.policy)
        world->drain.policy = options->policy;
    if (options->quiet_ms < world->drain.quiet_ms)
        world->drain.quiet_ms = options->quiet_ms;
    if (by_ms < world->stop_by_ms)
        world->stop_by_ms = by_ms;
    for (unsigned i = 0; i < world->worker_count; i++)
        brink_worker_drain(&world->workers[i], options, by_ms);
}

/* A further call may make it harsher. */
void sim_world_stop(struct sim_world *world, uint32_t drain_ms)
{
    if (world->stopping && !sim_chance(world->tape, 32))
        return;
    struct brink_drain_options options = draw_drain(world->tape, drain_ms);
    drain(world, &options);
}
