/* mem/arena.h - where a worker's memory comes from.
 *
 * One arena per worker, used by that worker's thread alone. In ordinary builds it is a jemalloc
 * arena (arenas.create; mallocx with MALLOCX_ARENA and MALLOCX_TCACHE_NONE: jemalloc(3)); in
 * sanitizer, fuzz and valgrind builds the same three functions stand on the C library, so that the
 * tools see every block. A test may put a source of its own underneath to make the k-th
 * allocation fail. */
#ifndef BRINK_MEM_ARENA_H
#define BRINK_MEM_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"
#include "brink/result.h"

/* A backend. `alloc` returns NULL when there is no memory; `size` and `align` (a power of two) are
 * told again at release, as jemalloc's sized free wants them. */
struct brink_memory_source {
    void *(*alloc)(void *context, size_t size, size_t align);
    void (*release)(void *context, void *block, size_t size, size_t align);
};

struct brink_arena {
    const struct brink_memory_source *source;
    void *context;            /* the source's argument */
    unsigned index;           /* jemalloc's arena index; 0 for other sources */
    brink_counter live_bytes; /* asked for and not yet released; any thread may read it */
};

/* Opens the build's default arena. Fails with ENOMEM. On failure nothing is held. */
BRINK_MUST_CHECK brink_result brink_arena_open(struct brink_arena *arena);

/* An arena on a source of the caller's. Cannot fail. */
void brink_arena_open_source(struct brink_arena *arena, const struct brink_memory_source *source,
                             void *context);

/* Closes the arena. All blocks must have been released (debug builds assert it). */
void brink_arena_close(struct brink_arena *arena);

/* A block of `size` bytes (not zeroed) at a multiple of `align`, a power of two; NULL if there is
 * no memory. The caller owns it and gives it back with the same size and align. */
BRINK_MUST_CHECK void *brink_arena_alloc(struct brink_arena *arena, size_t size, size_t align);
void brink_arena_release(struct brink_arena *arena, void *block, size_t size, size_t align);

/* The name of the default backend: "jemalloc" or "libc". */
const char *brink_arena_backend(void);

#endif
