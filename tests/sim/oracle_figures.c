/* When all have left, what is measured agrees with what is counted. */
#include <inttypes.h>

#include "base/tally.h"
#include "sim/oracle.h"

static uint64_t causes(const struct brink_service_stats *stats, unsigned side)
{
    uint64_t sum = 0;
    for (unsigned reason = 0; reason < BRINK_REASON_COUNT; reason++)
        sum += brink_counter_read(&stats->frames_cut_by[side][reason]);
    return sum;
}

/* The size of a frame is known before it has ended: of those that never did, and of one that there
 * was no memory for, it is counted all the same. */
void sim_oracle_figures(struct sim_world *world, const struct brink_service_stats *stats)
{
    struct sim_kernel *kernel = &world->kernel;
    for (unsigned side = 0; side < 2; side++) {
        struct brink_histogram times = {{0}, 0};
        struct brink_histogram sizes = {{0}, 0};
        uint64_t frames = brink_counter_read(&stats->frames[side]);
        uint64_t cut = brink_counter_read(&stats->frames_cut[side]);
        uint64_t paused = brink_counter_read(&stats->paused[side]);
        brink_time_tally_read(&stats->frame_us[side], &times);
        brink_size_tally_read(&stats->frame_bytes[side], &sizes);
        if (brink_histogram_total(&times) != frames)
            sim_fail(kernel, "%" PRIu64 " frames are counted, %" PRIu64 " timed", frames,
                     brink_histogram_total(&times));
        uint64_t lost = brink_counter_read(&stats->closed[BRINK_REASON_NO_MEMORY]);
        uint64_t sized = brink_histogram_total(&sizes);
        if (sized < frames || sized > frames + cut + lost)
            sim_fail(kernel,
                     "%" PRIu64 " frames are counted, %" PRIu64 " cut, %" PRIu64 " are sized",
                     frames, cut, sized);
        if (causes(stats, side) != cut)
            sim_fail(kernel, "%" PRIu64 " frames were cut, %" PRIu64 " for a cause", cut,
                     causes(stats, side));
        if (paused != 0)
            sim_fail(kernel, "%" PRIu64 " sides are paused still", paused);
        if (brink_counter_read(&stats->paused_us[side]) > 0 &&
            brink_counter_read(&stats->pauses[side]) == 0)
            sim_fail(kernel, "sides were paused that never were");
    }
}
