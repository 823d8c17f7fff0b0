#include "event/slots.h"

#include <errno.h>

#include "base/check.h"

enum {
    SLOTS_AT_FIRST = 64,
    ZEROS_AT_FIRST = 26 /* above the bits of the numbers in the first chunk */
};
_Static_assert(SLOTS_AT_FIRST == 1 << (32 - ZEROS_AT_FIRST), "of 32 bits");

#define NONE UINT32_MAX

void brink_slots_init(struct brink_slots *slots, struct brink_arena *arena)
{
    *slots = (struct brink_slots){.arena = arena, .first_free = NONE};
}

/* The number of the first entry of a chunk, which all chunks before it have. */
static uint32_t start_of(unsigned chunk)
{
    return chunk == 0 ? 0 : (uint32_t)SLOTS_AT_FIRST << (chunk - 1);
}

static size_t size_of(unsigned chunk)
{
    return (chunk == 0 ? SLOTS_AT_FIRST : start_of(chunk)) * sizeof(uintptr_t);
}

static unsigned chunk_of(uint32_t index)
{
    return ZEROS_AT_FIRST - (unsigned)__builtin_clz(index | (SLOTS_AT_FIRST - 1));
}

static uintptr_t *entry_at(const struct brink_slots *slots, uint32_t index)
{
    unsigned chunk = chunk_of(index);
    return &slots->chunks[chunk][index - start_of(chunk)];
}

void brink_slots_destroy(struct brink_slots *slots)
{
    BRINK_ASSERT(slots->used == 0);
    for (unsigned i = 0; i < BRINK_SLOTS_CHUNKS && slots->chunks[i] != NULL; i++)
        brink_arena_release(slots->arena, slots->chunks[i], size_of(i), sizeof(uintptr_t));
    brink_slots_init(slots, slots->arena);
}

/* The table is full: one chunk more, of as many entries as there are. */
static brink_result grow(struct brink_slots *slots)
{
    unsigned chunk = chunk_of(slots->room);
    if (chunk == BRINK_SLOTS_CHUNKS)
        return brink_fail(ENOMEM); /* two thousand million descriptors */
    slots->chunks[chunk] = brink_arena_alloc(slots->arena, size_of(chunk), sizeof(uintptr_t));
    if (slots->chunks[chunk] == NULL)
        return brink_fail(ENOMEM);
    slots->room = start_of(chunk + 1);
    return brink_ok();
}

brink_result brink_slots_put(struct brink_slots *slots, void *pointer, uint32_t *index)
{
    if (slots->first_free != NONE) {
        *index = slots->first_free;
        slots->first_free = (uint32_t)(*entry_at(slots, *index) >> 1);
    } else {
        brink_result grown = slots->fresh == slots->room ? grow(slots) : brink_ok();
        if (brink_failed(grown))
            return grown;
        *index = slots->fresh++;
    }
    *entry_at(slots, *index) = (uintptr_t)pointer;
    slots->used++;
    return brink_ok();
}

void brink_slots_clear(struct brink_slots *slots, uint32_t index)
{
    BRINK_ASSERT(brink_slots_get(slots, index) != NULL);
    *entry_at(slots, index) = ((uintptr_t)slots->first_free << 1) | 1;
    slots->first_free = index;
    slots->used--;
}

void *brink_slots_get(const struct brink_slots *slots, uint32_t index)
{
    if (index >= slots->fresh)
        return NULL;
    uintptr_t entry = *entry_at(slots, index);
    return entry & 1 ? NULL : (void *)entry;
}
