/* tests/support/counting_source.h - memory that counts what is out, and fails where it is told to.
 * Every block is filled when it is handed out, so that nobody can rely on zeroes. */
#ifndef BRINK_TESTS_COUNTING_SOURCE_H
#define BRINK_TESTS_COUNTING_SOURCE_H

#include <stdlib.h>
#include <string.h>

#include "mem/arena.h"

struct counting_source {
    size_t fail_at; /* the call that fails, counted from 1; 0: none */
    size_t calls;   /* so far */
    size_t blocks;  /* out now */
    size_t bytes;
};

static inline void *counting_alloc(void *context, size_t size, size_t align)
{
    struct counting_source *source = context;
    void *block = NULL;
    if (++source->calls == source->fail_at)
        return NULL;
    if (posix_memalign(&block, align < sizeof(void *) ? sizeof(void *) : align, size) != 0)
        abort();
    memset(block, 0xA5, size);
    source->blocks++;
    source->bytes += size;
    return block;
}

static inline void counting_release(void *context, void *block, size_t size, size_t align)
{
    struct counting_source *source = context;
    if ((uintptr_t)block % align != 0 || source->blocks == 0 || source->bytes < size)
        abort();
    source->blocks--;
    source->bytes -= size;
    free(block);
}

static inline void counting_open(struct brink_arena *arena, struct counting_source *source)
{
    static const struct brink_memory_source ops = {counting_alloc, counting_release};
    *source = (struct counting_source){0};
    brink_arena_open_source(arena, &ops, source);
}

#endif
