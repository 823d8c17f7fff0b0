/* event/slots.h - a table that gives each source a small number.
 *
 * The kernel hands back only a cookie with an event. A number into this table, together with a
 * generation kept in the source, finds the source without ever following a pointer to one that
 * has gone. One thread owns a table.
 *
 *     chunks   [0]      [1]       [2]            [3] ...
 *     numbers  0 - 63   64 - 127  128 - 255      256 - 511       each as long as all before it
 *
 * So a table that grows copies nothing and leaves nothing behind, and a number's highest bit tells
 * its chunk. What was never given is never touched, nor resident. */
#ifndef BRINK_EVENT_SLOTS_H
#define BRINK_EVENT_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"
#include "mem/arena.h"

enum { BRINK_SLOTS_CHUNKS = 26 };

/* Invariant: entry i < fresh is a pointer (even), or, where free, (next free index << 1) | 1, and
 * from first_free on the free ones are chained, fresh - used of them; room is what the chunks that
 * are not NULL have. */
struct brink_slots {
    struct brink_arena *arena;
    uint32_t room;
    uint32_t fresh; /* entries from here on were never given */
    uint32_t used;
    uint32_t first_free; /* the one freed last; UINT32_MAX: none */
    uintptr_t *chunks[BRINK_SLOTS_CHUNKS];
};

void brink_slots_init(struct brink_slots *slots, struct brink_arena *arena);
void brink_slots_destroy(struct brink_slots *slots);

/* Gives `pointer` (not NULL, even) a number: the one freed last, or the next one. ENOMEM: the table
 * is as before. */
BRINK_MUST_CHECK brink_result brink_slots_put(struct brink_slots *slots, void *pointer,
                                              uint32_t *index);

void brink_slots_clear(struct brink_slots *slots, uint32_t index);

/* NULL if nothing stands there. Any index may be asked for. */
void *brink_slots_get(const struct brink_slots *slots, uint32_t index);

#endif
