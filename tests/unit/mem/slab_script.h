/* slab_script.h - runs a string of bytes as a script of allocations and frees on a pool, beside a
 * plain array of what is out, and aborts where the two disagree. The unit test feeds it from a
 * seeded generator, the fuzz target from libFuzzer. */
#ifndef BRINK_TESTS_SLAB_SCRIPT_H
#define BRINK_TESTS_SLAB_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem/slab.h"
#include "support/counting_source.h"

#define SLAB_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { SLAB_SCRIPT_OBJECTS = 600, SLAB_SCRIPT_EDGE = 16 };

struct slab_entry {
    uint8_t *object;
    uint8_t fill; /* the first and the last bytes of it */
};

struct slab_script {
    const uint8_t *data;
    size_t left;
    struct brink_arena arena;
    struct counting_source source;
    struct brink_slab_pool pool;
    struct slab_entry entries[SLAB_SCRIPT_OBJECTS]; /* the first `count` are out */
    size_t count;
    void *freed_last; /* must be next, if its slab is still there; NULL: unknown */
    uint8_t next_fill;
};

static inline uint8_t slab_script_byte(struct slab_script *script)
{
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->data++;
}

/* Sizes of all kinds: tiny, odd, whole cache lines, large. */
static inline size_t slab_script_size(struct slab_script *script)
{
    static const size_t sizes[] = {1,   7,    8,    24,   40,   48,   64,   100,
                                   192, 1000, 1024, 2048, 4096, 4160, 8192, 65536};
    return sizes[slab_script_byte(script) % (sizeof(sizes) / sizeof(*sizes))];
}

static inline size_t slab_script_edge(const struct slab_script *script)
{
    size_t size = script->pool.object_size;
    return size < SLAB_SCRIPT_EDGE ? size : SLAB_SCRIPT_EDGE;
}

static inline void slab_script_fill(const struct slab_script *script, struct slab_entry entry)
{
    size_t edge = slab_script_edge(script);
    memset(entry.object, entry.fill, edge);
    memset(entry.object + script->pool.object_size - edge, entry.fill, edge);
}

/* Nobody else has written into it. */
static inline void slab_script_read(const struct slab_script *script, struct slab_entry entry)
{
    size_t edge = slab_script_edge(script);
    const uint8_t *end = entry.object + script->pool.object_size - edge;
    for (size_t byte = 0; byte < edge; byte++)
        SLAB_REQUIRE(entry.object[byte] == entry.fill && end[byte] == entry.fill);
}

static inline void slab_script_alloc(struct slab_script *script)
{
    struct brink_slab_pool *pool = &script->pool;
    if (script->count == SLAB_SCRIPT_OBJECTS)
        return;
    size_t slabs = pool->slabs;
    bool room = script->count < slabs * pool->slots_per_slab;
    uint8_t *object = brink_slab_alloc(pool);
    if (!object) {
        SLAB_REQUIRE(!room && pool->slabs == slabs);
        SLAB_REQUIRE(script->source.calls == script->source.fail_at);
        return;
    }
    SLAB_REQUIRE(pool->slabs == slabs + !room); /* the arena is asked only when all is full */
    SLAB_REQUIRE(!script->freed_last || object == script->freed_last);
    script->freed_last = NULL;
    SLAB_REQUIRE(brink_slab_owns(pool, object));
    struct slab_entry entry = {object, script->next_fill++};
    slab_script_fill(script, entry);
    script->entries[script->count++] = entry;
}

static inline void slab_script_free(struct slab_script *script, size_t index)
{
    struct brink_slab_pool *pool = &script->pool;
    if (script->count == 0)
        return;
    struct slab_entry *entry = &script->entries[index % script->count];
    slab_script_read(script, *entry);
    uint8_t *object = entry->object;
    size_t slabs = pool->slabs;
    *entry = script->entries[--script->count];
    brink_slab_free(pool, object);
    SLAB_REQUIRE(!brink_slab_owns(pool, object));
    SLAB_REQUIRE(pool->slabs == slabs || pool->slabs == slabs - 1);
    /* A slab that fell empty is not the first choice while others have room. */
    bool emptied = pool->slabs < slabs || !brink_list_empty(&pool->empty);
    script->freed_last = emptied ? NULL : object;
}

static inline void slab_script_compare(const struct slab_script *script)
{
    const struct brink_slab_pool *pool = &script->pool;
    struct brink_slab_stats stats = brink_slab_stats(pool);
    SLAB_REQUIRE(brink_slab_check(pool));
    SLAB_REQUIRE(stats.objects == script->count);
    SLAB_REQUIRE(stats.slabs == script->source.blocks && stats.bytes == script->source.bytes);
    SLAB_REQUIRE(stats.bytes == script->arena.live_bytes);
    SLAB_REQUIRE(stats.slabs * pool->slots_per_slab >= script->count);
}

/* One byte is one operation; runs of them cross the edges of slabs. */
static inline void slab_script_step(struct slab_script *script)
{
    uint8_t op = slab_script_byte(script);
    size_t times = op % 16 == 15 ? script->pool.slots_per_slab : op % 16 / 4 + 1U;
    if (times > SLAB_SCRIPT_OBJECTS)
        times = SLAB_SCRIPT_OBJECTS;
    if (op >= 240) {
        script->source.fail_at = script->source.calls + 1 + op % 4;
        return;
    }
    bool newest = op % 2;
    for (size_t i = 0; i < times; i++) {
        if (op < 120)
            slab_script_alloc(script);
        else
            slab_script_free(script, newest ? script->count - 1 : slab_script_byte(script) * 7U);
    }
}

static inline void slab_script_run(const uint8_t *data, size_t size)
{
    struct slab_script *script = calloc(1, sizeof(*script));
    SLAB_REQUIRE(script);
    script->data = data;
    script->left = size;
    counting_open(&script->arena, &script->source);
    brink_slab_init(&script->pool, &script->arena, "objects", slab_script_size(script));
    while (script->left > 0) {
        slab_script_step(script);
        slab_script_compare(script);
    }
    while (script->count > 0)
        slab_script_free(script, 0);
    slab_script_compare(script);
    SLAB_REQUIRE(script->pool.slabs <= 1);
    brink_slab_destroy(&script->pool);
    SLAB_REQUIRE(script->source.blocks == 0 && script->source.bytes == 0);
    brink_arena_close(&script->arena);
    free(script);
}

#endif
