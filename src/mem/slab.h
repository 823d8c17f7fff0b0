/* mem/slab.h - pools of objects of one size.
 *
 * After J. Bonwick, "The Slab Allocator" (USENIX Summer 1994). A pool takes slabs (aligned blocks)
 * from an arena and cuts them into slots. The slot freed last is handed out first, since its cache
 * lines are warm. A slab whose last object left goes back to the arena, except that one empty slab
 * is kept, so that a pool which swings around a slab's edge does not ask the arena each time; it is
 * used again only when no other slab has room. One thread owns a pool.
 *
 * Slabs are of 16 KiB or the smallest power of two above that wastes little: header and remainder
 * take at most a 16th of a slab, a 32nd for objects up to 512 bytes. All of these (16 KiB to 1 MiB)
 * are size classes of jemalloc, which rounds none up. A slab's pages are first touched when their
 * slots are first handed out, so a small pool is not resident as a whole.
 *
 * Sanitizer builds poison free slots; debug builds catch a slot freed twice and one that belongs
 * to another pool. */
#ifndef BRINK_MEM_SLAB_H
#define BRINK_MEM_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"
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
    size_t object_size;
    size_t slot_size;    /* object_size rounded up to the slots' alignment */
    size_t slab_size;    /* a power of two, and the slabs' alignment */
    size_t first_offset; /* of a slab's first slot; header and bitmap come before */
    size_t slots_per_slab;
    struct brink_link partial; /* slabs with free slots and objects, the last freed into first */
    struct brink_link full;
    struct brink_link empty; /* none or one */
    brink_counter objects;
    brink_counter slabs;
};

/* Sets up an empty pool; takes no memory yet. `object_size` is 1 to 65536 bytes; slots are aligned
 * to 64 bytes (a cache line) where the size is a multiple of 64, else to 16 where it is one of 16,
 * else to 8. The pool keeps `arena` and `name`, which must outlive it. */
void brink_slab_init(struct brink_slab_pool *pool, struct brink_arena *arena, const char *name,
                     size_t object_size);

/* Gives all slabs back. All objects must have been freed (debug builds assert it). */
void brink_slab_destroy(struct brink_slab_pool *pool);

/* One slot, not zeroed; NULL when the arena has no memory. */
BRINK_MUST_CHECK void *brink_slab_alloc(struct brink_slab_pool *pool);

/* Takes back what brink_slab_alloc gave; `object` may be NULL. */
void brink_slab_free(struct brink_slab_pool *pool, void *object);

/* True if `object` is handed out by this pool now: not free, not another's, not the inside of one.
 * Any address may be asked for. Walks the slabs: for tests and assertions. */
bool brink_slab_owns(const struct brink_slab_pool *pool, const void *object);

/* Any thread. */
struct brink_slab_stats brink_slab_stats(const struct brink_slab_pool *pool);

/* True if the pool's structure is whole: counts, lists and free slots agree. Walks everything. */
bool brink_slab_check(const struct brink_slab_pool *pool);

#endif
