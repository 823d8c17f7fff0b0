/* mem/slab.h - pools of objects of one size.
 *
 * A pool takes slabs (aligned blocks) from an arena and cuts them into slots. The slot freed last
 * is handed out first, since its cache lines are warm. A slab whose last object left goes back to
 * the arena, except that one empty slab is kept, so that a pool which swings around a slab's edge
 * does not ask the arena each time. One thread owns a pool.
 *
 * Sanitizer builds poison free slots; debug builds catch a slot freed twice and one that belongs
 * to another pool. */
#ifndef BRINK_MEM_SLAB_H
#define BRINK_MEM_SLAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "mem/arena.h"

struct brink_slab_stats {
    size_t objects; /* handed out now */
    size_t slabs;   /* held now, the kept empty one included */
    size_t bytes;   /* of the slabs held */
};

struct brink_slab_pool {
    struct brink_arena *arena;
    const char *name; /* for statistics; not copied */
    size_t slot_size;
    size_t slab_size;
    size_t slots_per_slab;
    struct brink_link partial; /* slabs with free slots and objects, the fullest not first */
    struct brink_link full;
    struct brink_link empty;
    size_t objects;
    size_t slabs;
};

/* Sets up an empty pool; takes no memory yet. `object_size` is 1 to 65536 bytes; slots are aligned
 * to 16 bytes where the size is a multiple of 16, else to 8. The pool keeps `arena` and `name`,
 * which must outlive it. */
void brink_slab_init(struct brink_slab_pool *pool, struct brink_arena *arena, const char *name,
                     size_t object_size);

/* Gives all slabs back. All objects must have been freed (debug builds assert it). */
void brink_slab_destroy(struct brink_slab_pool *pool);

/* One slot, not zeroed; NULL when the arena has no memory. */
BRINK_MUST_CHECK void *brink_slab_alloc(struct brink_slab_pool *pool);

/* Takes back what brink_slab_alloc gave; `object` may be NULL. */
void brink_slab_free(struct brink_slab_pool *pool, void *object);

struct brink_slab_stats brink_slab_stats(const struct brink_slab_pool *pool);

/* True if the pool's structure is whole: counts, lists and free slots agree. Walks everything. */
bool brink_slab_check(const struct brink_slab_pool *pool);

#endif
