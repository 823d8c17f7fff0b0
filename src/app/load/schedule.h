/* app/load/schedule.h - at a fixed rate, when each frame is due and which connection has to send
 * it. Pure.
 *
 * Frame k is due k / rate seconds after the begin, and is for connection k mod `connections`;
 * connection i is with thread i mod `threads`. So the whole is known beforehand, and a thread walks
 * through its own frames without asking the others. */
#ifndef BRINK_APP_LOAD_SCHEDULE_H
#define BRINK_APP_LOAD_SCHEDULE_H

#include <stdint.h>

/* Nanoseconds from the begin until frame `number` is due, exact to the last one. `rate`: frames per
 * second, 1 or more. */
uint64_t brink_load_schedule_due_ns(uint64_t number, uint32_t rate);

/* Where a thread stands. */
struct brink_load_schedule {
    uint32_t connections; /* of all threads */
    uint32_t threads;     /* at most as many */
    uint32_t thread;
    uint32_t rate;
    uint64_t round; /* how often all connections have had their turn */
    uint32_t index; /* the thread's connection that is next: the index-th of its own */
};

/* Returns how many connections the thread has. */
uint32_t brink_load_schedule_own(uint32_t connections, uint32_t threads, uint32_t thread);

/* The number of the next frame of this thread. */
uint64_t brink_load_schedule_next(const struct brink_load_schedule *schedule);

/* To the one after that. */
void brink_load_schedule_advance(struct brink_load_schedule *schedule);

#endif
