/* no_timers.h - a loop whose memory has not a single timer left. */
#ifndef BRINK_TESTS_NO_TIMERS_H
#define BRINK_TESTS_NO_TIMERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event/loop.h"

enum { NO_TIMERS_MOST = 4096 };

/* Those that were taken, until they are given back. */
struct no_timers {
    const struct brink_memory_source *source;
    struct brink_timer *taken[NO_TIMERS_MOST];
    size_t count;
};

static inline void *no_memory(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

static inline void no_timers_begin(struct no_timers *none, struct brink_loop *loop,
                                   struct brink_memory_source *failing)
{
    none->source = loop->arena->source;
    *failing = (struct brink_memory_source){no_memory, none->source->release};
    loop->arena->source = failing;
    for (none->count = 0; none->count < NO_TIMERS_MOST; none->count++) {
        none->taken[none->count] = brink_timer_new(&loop->wheel, NULL, NULL);
        if (none->taken[none->count] == NULL)
            return;
    }
    fail_msg("there is no end of timers");
}

static inline void no_timers_end(struct no_timers *none, struct brink_loop *loop)
{
    loop->arena->source = none->source;
    while (none->count > 0)
        brink_timer_free(&loop->wheel, none->taken[--none->count]);
}

#endif
