/* mem/arena.c - a worker's arena: jemalloc, the C library, or a caller's source.
 *
 *     brink_arena --source--> { alloc, release } --context--> jemalloc: the arena's index
 *                                                        libc: unused
 *                                                        a caller's: what it likes
 *
 * Invariant: live_bytes is the sum of the sizes of all blocks handed out and not yet released, and
 * a block goes back to the source it came from: nothing from mallocx ever meets free(). */
#include "mem/arena.h"

#include <errno.h>
#include <stdlib.h>

#ifdef BRINK_MEMORY_JEMALLOC
#include <stdio.h>

#include <jemalloc/jemalloc.h>
#endif

#include "base/check.h"

#ifdef BRINK_MEMORY_JEMALLOC

/* No thread cache: the arena has one thread and its blocks are large and rare, so a cache would
 * only hold memory back; and a cache would have to be flushed before the arena is destroyed. */
static int jemalloc_flags(const void *index, size_t align)
{
    return (int)MALLOCX_ARENA((uintptr_t)index) | MALLOCX_ALIGN(align) | MALLOCX_TCACHE_NONE;
}

static void *jemalloc_alloc(void *context, size_t size, size_t align)
{
    return mallocx(size, jemalloc_flags(context, align));
}

static void jemalloc_release(void *context, void *block, size_t size, size_t align)
{
    sdallocx(block, size, jemalloc_flags(context, align));
}

static const struct brink_memory_source default_source = {jemalloc_alloc, jemalloc_release};

/* Unused pages go back to the system after a second, not ten: when a crowd of clients has left,
 * its slabs have grown together into extents that jemalloc will not cut up again for single
 * slabs, and until they are given back the next crowd takes fresh ones. A jemalloc that does not
 * know the setting keeps its own. */
static void set_decay(unsigned index)
{
    char name[48];
    ssize_t decay_ms = 1000;
    (void)snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", index);
    (void)mallctl(name, NULL, NULL, &decay_ms, sizeof decay_ms);
}

static brink_result open_default(struct brink_arena *arena)
{
    size_t length = sizeof(arena->index);
    if (mallctl("arenas.create", &arena->index, &length, NULL, 0) != 0)
        return brink_fail(ENOMEM);
    set_decay(arena->index);
    arena->context = (void *)(uintptr_t)arena->index;
    return brink_ok();
}

/* Gives the arena's pages back to the system; jemalloc reuses the index. It can only fail for an
 * index that is none, and then there is nothing to give back. */
static void close_default(struct brink_arena *arena)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "arena.%u.destroy", arena->index);
    int error = mallctl(name, NULL, NULL, NULL, 0);
    BRINK_ASSERT(error == 0);
    (void)error;
}

#else

static void *libc_alloc(void *context, size_t size, size_t align)
{
    (void)context;
    void *block = NULL;
    /* Not aligned_alloc: that one wants a size that is a multiple of the alignment. */
    if (posix_memalign(&block, align < sizeof(void *) ? sizeof(void *) : align, size) != 0)
        return NULL;
    return block;
}

static void libc_release(void *context, void *block, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    free(block);
}

static const struct brink_memory_source default_source = {libc_alloc, libc_release};

static brink_result open_default(struct brink_arena *arena)
{
    arena->index = 0;
    return brink_ok();
}

static void close_default(struct brink_arena *arena)
{
    (void)arena;
}

#endif

void brink_arena_open_source(struct brink_arena *arena, const struct brink_memory_source *source,
                             void *context)
{
    *arena = (struct brink_arena){.source = source, .context = context};
}

brink_result brink_arena_open(struct brink_arena *arena)
{
    brink_arena_open_source(arena, &default_source, NULL);
    return open_default(arena);
}

void brink_arena_close(struct brink_arena *arena)
{
    BRINK_ASSERT(arena->live_bytes == 0);
    if (arena->source == &default_source)
        close_default(arena);
    arena->source = NULL;
}

void *brink_arena_alloc(struct brink_arena *arena, size_t size, size_t align)
{
    BRINK_ASSERT(size > 0 && align > 0 && (align & (align - 1)) == 0);
    void *block = arena->source->alloc(arena->context, size, align);
    if (block)
        brink_counter_add(&arena->live_bytes, size);
    return block;
}

void brink_arena_release(struct brink_arena *arena, void *block, size_t size, size_t align)
{
    if (!block)
        return;
    BRINK_ASSERT(arena->live_bytes >= size);
    brink_counter_subtract(&arena->live_bytes, size);
    arena->source->release(arena->context, block, size, align);
}

const char *brink_arena_backend(void)
{
#ifdef BRINK_MEMORY_JEMALLOC
    return "jemalloc";
#else
    return "libc";
#endif
}
