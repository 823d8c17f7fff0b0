/* event/slots.h - a table that gives each source a small number.
 *
 * The kernel hands back only a cookie with an event. A number into this table, together with a
 * generation kept in the source, finds the source without ever following a pointer to one that
 * has gone. One thread owns a table. */
#ifndef BRINK_EVENT_SLOTS_H
#define BRINK_EVENT_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"
#include "mem/arena.h"

/* Invariant: entry i is a pointer (even), or, where free, (next free index << 1) | 1. */
struct brink_slots {
    struct brink_arena *arena;
    uintptr_t *entries;
    uint32_t room;
    uint32_t used;
    uint32_t first_free; /* == room: none */
};

void brink_slots_init(struct brink_slots *slots, struct brink_arena *arena);
void brink_slots_destroy(struct brink_slots *slots);

/* Gives `pointer` (not NULL, even) a number. ENOMEM: the table is as before. */
BRINK_MUST_CHECK brink_result brink_slots_put(struct brink_slots *slots, void *pointer,
                                              uint32_t *index);

void brink_slots_clear(struct brink_slots *slots, uint32_t index);

/* NULL if nothing stands there. Any index may be asked for. */
void *brink_slots_get(const struct brink_slots *slots, uint32_t index);

#endif
