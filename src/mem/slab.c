/* mem/slab.c - pools of objects of one size.
 *
 *     pool --partial--> slab <-> slab <-> ...     some slots used, some free
 *          --full-----> slab <-> ...              no slot free
 *          --empty----> slab                      no slot used; at most one is kept
 *
 *     slab, at a multiple of its size:
 *     +--------+----------------+--------+--------+--------+--------+--------+- - - - -+
 *     | header | bitmap of used | object |  free  | object |  free  | fresh  |  fresh  |
 *     +--------+----------------+--------+--------+--------+--------+--------+- - - - -+
 *          |                                 ^ |               ^      ^
 *          +--free (the slot freed last)-----+ +---------------+      +-- slots from `fresh` on
 *                                                                         were never handed out
 *
 * Slabs: each slab is in the one list that its count of used slots calls for, and the pool's
 * counts are the sums over its slabs.
 *
 * Slots: a slot below `fresh` is either used (its bit is set) or on the slab's chain of free slots,
 * never both; one from `fresh` on is neither. The chain's links are kept in the free slots.
 *
 * The header is found from an object by rounding its address down. The bitmap costs a bit a slot
 * and tells a slot freed twice. Under ASan all slots but the used ones are poisoned, the chain's
 * links included; it is only unpoisoned for the moment in which a link is read or written. */
#include "mem/slab.h"

#include <string.h>

#include "base/check.h"

enum {
    SLAB_MIN = 16384,  /* jemalloc's smallest class of whole pages with an alignment of its own */
    WASTE_PART = 32,   /* a slab may waste this part of itself, */
    ENOUGH_SLOTS = 15, /* or what is left over beside this many slots */
    OBJECT_MAX = 65536,
    CACHE_LINE = 64,
    WORD_BITS = 64,
};

struct slab {
    struct brink_link link;
    struct brink_slab_pool *pool;
    char *free; /* the slot freed last, or NULL */
    uint32_t used_count;
    uint32_t fresh;
    uint64_t used[]; /* a bit per slot */
};

static size_t round_up(size_t size, size_t multiple)
{
    return (size + multiple - 1) / multiple * multiple;
}

static size_t slot_align(size_t object_size)
{
    if (object_size % CACHE_LINE == 0)
        return CACHE_LINE;
    return object_size % 16 == 0 ? 16 : 8;
}

static size_t offset_of_first(size_t slots, size_t align)
{
    size_t words = (slots + WORD_BITS - 1) / WORD_BITS;
    return round_up(sizeof(struct slab) + words * sizeof(uint64_t), align);
}

/* Fits as many slots as possible into a slab of pool->slab_size; returns the bytes left over. */
static size_t fit_slots(struct brink_slab_pool *pool)
{
    size_t align = slot_align(pool->object_size);
    size_t slots = pool->slab_size / pool->slot_size;
    while (slots > 0 && offset_of_first(slots, align) + slots * pool->slot_size > pool->slab_size)
        slots--;
    pool->slots_per_slab = slots;
    pool->first_offset = offset_of_first(slots, align);
    return pool->slab_size - slots * pool->slot_size;
}

static struct slab *slab_of_link(const struct brink_link *link)
{
    return BRINK_CONTAINER_OF((uintptr_t)link, struct slab, link);
}

static struct slab *slab_of(const struct brink_slab_pool *pool, const void *object)
{
    return (struct slab *)((uintptr_t)object & ~(uintptr_t)(pool->slab_size - 1));
}

static char *slot_at(const struct slab *slab, size_t index)
{
    return (char *)(uintptr_t)slab + slab->pool->first_offset + index * slab->pool->slot_size;
}

/* The index of the slot at this address of the slab, or slots_per_slab if none begins there. In 32
 * bits, since the division is on the path of every free. */
static size_t index_of(const struct slab *slab, const void *address)
{
    const struct brink_slab_pool *pool = slab->pool;
    uint32_t offset = (uint32_t)((uintptr_t)address - (uintptr_t)slab - pool->first_offset);
    uint32_t index = offset / (uint32_t)pool->slot_size;
    if (index >= pool->slots_per_slab || index * (uint32_t)pool->slot_size != offset)
        return pool->slots_per_slab;
    return index;
}

static bool is_used(const struct slab *slab, size_t index)
{
    return slab->used[index / WORD_BITS] >> index % WORD_BITS & 1U;
}

static void flip_used(struct slab *slab, size_t index)
{
    slab->used[index / WORD_BITS] ^= UINT64_C(1) << index % WORD_BITS;
}

/* The link in a free slot, which is poisoned before and after. */
static char *next_free(const char *slot)
{
    char *next;
    BRINK_UNPOISON(slot, sizeof(next));
    memcpy(&next, slot, sizeof(next));
    BRINK_POISON(slot, sizeof(next));
    return next;
}

static void push_free(struct slab *slab, char *slot)
{
    BRINK_UNPOISON(slot, sizeof(slab->free)); /* the object may be smaller than the link */
    memcpy(slot, &slab->free, sizeof(slab->free));
    slab->free = slot;
    BRINK_POISON(slot, slab->pool->slot_size);
}

static struct slab *slab_open(struct brink_slab_pool *pool)
{
    struct slab *slab = brink_arena_alloc(pool->arena, pool->slab_size, pool->slab_size);
    if (!slab)
        return NULL;
    memset(slab, 0, pool->first_offset);
    slab->pool = pool;
    brink_list_push_front(&pool->partial, &slab->link);
    brink_counter_add(&pool->slabs, 1);
    BRINK_POISON(slot_at(slab, 0), pool->slab_size - pool->first_offset);
    return slab;
}

static void slab_close(struct brink_slab_pool *pool, struct slab *slab)
{
    brink_list_remove(&slab->link);
    brink_counter_subtract(&pool->slabs, 1);
    BRINK_UNPOISON(slab, pool->slab_size);
    brink_arena_release(pool->arena, slab, pool->slab_size, pool->slab_size);
}

/* The slab to take the next slot from, first in `partial` (it may have no object yet); NULL when
 * the arena has no memory. */
static struct slab *slab_with_room(struct brink_slab_pool *pool)
{
    if (BRINK_LIKELY(!brink_list_empty(&pool->partial)))
        return slab_of_link(pool->partial.next);
    struct brink_link *kept = brink_list_pop_front(&pool->empty);
    if (!kept)
        return slab_open(pool);
    brink_list_push_front(&pool->partial, kept);
    return slab_of_link(kept);
}

/* Moves a slab that has lost an object to where it belongs now. */
static void settle(struct brink_slab_pool *pool, struct slab *slab)
{
    if (slab->used_count > 0) {
        if (pool->partial.next != &slab->link) {
            brink_list_remove(&slab->link);
            brink_list_push_front(&pool->partial, &slab->link);
        }
    } else if (brink_list_empty(&pool->empty)) {
        brink_list_remove(&slab->link);
        brink_list_push_front(&pool->empty, &slab->link);
    } else {
        slab_close(pool, slab);
    }
}

void brink_slab_init(struct brink_slab_pool *pool, struct brink_arena *arena, const char *name,
                     size_t object_size)
{
    BRINK_ASSERT(object_size >= 1 && object_size <= OBJECT_MAX);
    *pool = (struct brink_slab_pool){.arena = arena, .name = name, .object_size = object_size};
    pool->slot_size = round_up(object_size, slot_align(object_size));
    brink_list_init(&pool->partial);
    brink_list_init(&pool->full);
    brink_list_init(&pool->empty);
    size_t waste;
    pool->slab_size = SLAB_MIN / 2;
    do {
        pool->slab_size *= 2;
        waste = fit_slots(pool);
    } while (waste > pool->slab_size / WASTE_PART && pool->slots_per_slab < ENOUGH_SLOTS);
}

void brink_slab_destroy(struct brink_slab_pool *pool)
{
    BRINK_ASSERT(pool->objects == 0);
    while (!brink_list_empty(&pool->empty))
        slab_close(pool, slab_of_link(pool->empty.next));
    BRINK_ASSERT(pool->slabs == 0);
}

void *brink_slab_alloc(struct brink_slab_pool *pool)
{
    struct slab *slab = slab_with_room(pool);
    if (BRINK_UNLIKELY(!slab))
        return NULL;
    char *slot = slab->free;
    if (slot)
        slab->free = next_free(slot);
    else
        slot = slot_at(slab, slab->fresh++);
    BRINK_UNPOISON(slot, pool->object_size);
    flip_used(slab, index_of(slab, slot));
    brink_counter_add(&pool->objects, 1);
    if (++slab->used_count == pool->slots_per_slab) {
        brink_list_remove(&slab->link);
        brink_list_push_front(&pool->full, &slab->link);
    }
    return slot;
}

void brink_slab_free(struct brink_slab_pool *pool, void *object)
{
    if (!object)
        return;
    struct slab *slab = slab_of(pool, object);
    BRINK_ASSERT(slab->pool == pool);
    size_t index = index_of(slab, object);
    BRINK_ASSERT(index < pool->slots_per_slab && is_used(slab, index));
    flip_used(slab, index);
    push_free(slab, object);
    slab->used_count--;
    brink_counter_subtract(&pool->objects, 1);
    settle(pool, slab);
}

static const struct slab *find_slab(const struct brink_link *list, const struct slab *wanted)
{
    for (const struct brink_link *link = list->next; link != list; link = link->next) {
        if (slab_of_link(link) == wanted)
            return wanted;
    }
    return NULL;
}

bool brink_slab_owns(const struct brink_slab_pool *pool, const void *object)
{
    const struct slab *wanted = slab_of(pool, object);
    const struct slab *slab = find_slab(&pool->partial, wanted);
    if (!slab)
        slab = find_slab(&pool->full, wanted);
    if (!slab)
        return false;
    size_t index = index_of(slab, object);
    return index < pool->slots_per_slab && is_used(slab, index);
}

struct brink_slab_stats brink_slab_stats(const struct brink_slab_pool *pool)
{
    size_t slabs = brink_counter_read(&pool->slabs);
    return (struct brink_slab_stats){brink_counter_read(&pool->objects), slabs,
                                     slabs * pool->slab_size};
}

/* True if the chain holds exactly the slots below `fresh` that are not used. */
static bool check_chain(const struct slab *slab)
{
    size_t chained = 0;
    for (const char *slot = slab->free; slot; slot = next_free(slot)) {
        size_t index = index_of(slab, slot);
        if (index >= slab->fresh || is_used(slab, index) || ++chained > slab->fresh)
            return false;
    }
    return chained + slab->used_count == slab->fresh;
}

static bool check_slab(const struct brink_slab_pool *pool, const struct slab *slab)
{
    if (slab->pool != pool || slab_of(pool, slab) != slab || slab->fresh > pool->slots_per_slab)
        return false;
    size_t used = 0;
    for (size_t index = 0; index < pool->slots_per_slab; index++) {
        if (is_used(slab, index)) {
            if (index >= slab->fresh)
                return false;
            used++;
        }
    }
    return used == slab->used_count && check_chain(slab);
}

/* Checks the slabs of a list, each of which must have `least` to `most` used slots, and adds up. */
static bool check_list(const struct brink_slab_pool *pool, const struct brink_link *list,
                       size_t least, size_t most, struct brink_slab_stats *sum)
{
    for (const struct brink_link *link = list->next; link != list; link = link->next) {
        const struct slab *slab = slab_of_link(link);
        if (link->next->prev != link || !check_slab(pool, slab))
            return false;
        if (slab->used_count < least || slab->used_count > most)
            return false;
        sum->objects += slab->used_count;
        sum->slabs++;
    }
    return true;
}

bool brink_slab_check(const struct brink_slab_pool *pool)
{
    struct brink_slab_stats sum = {0};
    size_t all = pool->slots_per_slab;
    if (!check_list(pool, &pool->empty, 0, 0, &sum) || sum.slabs > 1)
        return false;
    return check_list(pool, &pool->partial, 1, all - 1, &sum) &&
           check_list(pool, &pool->full, all, all, &sum) && sum.objects == pool->objects &&
           sum.slabs == pool->slabs;
}
