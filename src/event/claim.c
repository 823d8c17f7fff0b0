/* Waiting for a claim; loop.c makes and ends them. */
#include "event/loop.h"

void brink_loop_yield(struct brink_loop *loop)
{
    loop->sys->ops->sleep_ms(loop->sys->context, 0);
}

/* Looked up anew after each wait: it may be another's by then. */
struct brink_source *brink_loop_claim_at(struct brink_loop *loop, uint32_t index,
                                         bool (*is_one)(const struct brink_source *source))
{
    for (;;) {
        struct brink_source *source = brink_slots_get(&loop->slots, index);
        if (source == NULL || !is_one(source))
            return NULL;
        if (brink_loop_claim(loop, source))
            return source;
        brink_loop_yield(loop);
    }
}
