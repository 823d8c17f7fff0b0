#include "event/slots.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"

enum { SLOTS_AT_FIRST = 64 };

void brink_slots_init(struct brink_slots *slots, struct brink_arena *arena)
{
    *slots = (struct brink_slots){.arena = arena};
}

static void release_entries(struct brink_slots *slots)
{
    if (slots->entries != NULL)
        brink_arena_release(slots->arena, slots->entries, slots->room * sizeof *slots->entries,
                            sizeof *slots->entries);
}

void brink_slots_destroy(struct brink_slots *slots)
{
    BRINK_ASSERT(slots->used == 0);
    release_entries(slots);
    brink_slots_init(slots, slots->arena);
}

static uintptr_t free_entry(uint32_t next_free)
{
    return ((uintptr_t)next_free << 1) | 1;
}

static brink_result grow(struct brink_slots *slots)
{
    uint32_t room = slots->room == 0 ? SLOTS_AT_FIRST : slots->room * 2;
    uintptr_t *entries = brink_arena_alloc(slots->arena, room * sizeof *entries, sizeof *entries);
    if (entries == NULL)
        return brink_fail(ENOMEM);
    if (slots->room > 0)
        memcpy(entries, slots->entries, slots->room * sizeof *entries);
    for (uint32_t i = slots->room; i < room; i++)
        entries[i] = free_entry(i + 1);
    release_entries(slots);
    slots->entries = entries;
    slots->first_free = slots->room; /* it was full: the first new entry */
    slots->room = room;
    return brink_ok();
}

brink_result brink_slots_put(struct brink_slots *slots, void *pointer, uint32_t *index)
{
    if (slots->first_free == slots->room) {
        brink_result grown = grow(slots);
        if (brink_failed(grown))
            return grown;
    }
    uint32_t free = slots->first_free;
    slots->first_free = (uint32_t)(slots->entries[free] >> 1);
    slots->entries[free] = (uintptr_t)pointer;
    slots->used++;
    *index = free;
    return brink_ok();
}

void brink_slots_clear(struct brink_slots *slots, uint32_t index)
{
    BRINK_ASSERT(brink_slots_get(slots, index) != NULL);
    slots->entries[index] = free_entry(slots->first_free);
    slots->first_free = index;
    slots->used--;
}

void *brink_slots_get(const struct brink_slots *slots, uint32_t index)
{
    if (index >= slots->room || (slots->entries[index] & 1))
        return NULL;
    return (void *)slots->entries[index];
}
