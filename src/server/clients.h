/* server/clients.h - how many clients there are, over all workers. Any thread. */
#ifndef BRINK_SERVER_CLIENTS_H
#define BRINK_SERVER_CLIENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* count may be above max only where that has been lowered, or clients were taken over from another
 * process: then nobody enters. */
struct brink_clients {
    _Atomic(uint32_t) count;
    _Atomic(uint32_t) max;
};

/* Takes a place; false if there is none. Never, not even for a moment, is a place taken that is
 * then given back: so who finds none free knows that none was. */
static inline bool brink_clients_enter(struct brink_clients *clients)
{
    uint32_t count = atomic_load(&clients->count);
    do {
        if (count >= atomic_load(&clients->max))
            return false;
    } while (!atomic_compare_exchange_weak(&clients->count, &count, count + 1));
    return true;
}

/* One that is a client already: whatever the limit. */
static inline void brink_clients_add(struct brink_clients *clients)
{
    (void)atomic_fetch_add(&clients->count, 1);
}

static inline void brink_clients_leave(struct brink_clients *clients)
{
    (void)atomic_fetch_sub(&clients->count, 1);
}

static inline bool brink_clients_full(const struct brink_clients *clients)
{
    return atomic_load(&clients->count) >= atomic_load(&clients->max);
}

#endif
