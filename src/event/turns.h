/* event/turns.h - what a loop's turns are counted by; for loop.c. */
#ifndef BRINK_EVENT_TURNS_H
#define BRINK_EVENT_TURNS_H

#include "event/loop.h"

/* So many sources were ready at the turn's beginning. */
static inline void brink_turn_note_served(struct brink_loop_stats *stats, uint64_t served)
{
    brink_counter_set(&stats->ready, served);
    brink_counter_add(&stats->served, served);
    if (served > brink_counter_read(&stats->ready_max))
        brink_counter_set(&stats->ready_max, served);
}

/* How long whoever became ready at its beginning has waited. */
static inline void brink_turn_note_length(struct brink_loop_stats *stats, uint64_t took_us)
{
    uint64_t took_ms = took_us / 1000;
    uint64_t longest_ms = brink_counter_read(&stats->longest_turn_ms);
    brink_time_tally_add(&stats->turn_us, took_us);
    if (took_ms >= BRINK_LONG_TURN_MS)
        brink_counter_add(&stats->long_turns, 1);
    if (took_ms > longest_ms)
        brink_counter_set(&stats->longest_turn_ms, took_ms);
}

#endif
