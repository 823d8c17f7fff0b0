#include "app/load/schedule.h"

enum { SECOND_NS = 1000000000 };

uint64_t brink_load_schedule_due_ns(uint64_t number, uint32_t rate)
{
    return number / rate * SECOND_NS + number % rate * SECOND_NS / rate;
}

uint32_t brink_load_schedule_own(uint32_t connections, uint32_t threads, uint32_t thread)
{
    return connections / threads + (thread < connections % threads);
}

uint64_t brink_load_schedule_next(const struct brink_load_schedule *schedule)
{
    uint64_t connection = schedule->thread + (uint64_t)schedule->index * schedule->threads;
    return schedule->round * schedule->connections + connection;
}

void brink_load_schedule_advance(struct brink_load_schedule *schedule)
{
    schedule->index++;
    if (schedule->index <
        brink_load_schedule_own(schedule->connections, schedule->threads, schedule->thread))
        return;
    schedule->index = 0;
    schedule->round++;
}
