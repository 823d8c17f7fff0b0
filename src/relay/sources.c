#include "relay/sources.h"

#include <errno.h>
#include <stdalign.h>

#include "base/check.h"

/* uthash's memory, which is its table's: the sources themselves are ours. These are text that
 * stands where uthash's macros are used, so that `sources` there is the function's own. */
#define uthash_malloc(size) brink_arena_alloc(&sources->arena, size, alignof(max_align_t))
#define uthash_free(block, size)                                                                   \
    brink_arena_release(&sources->arena, block, size, alignof(max_align_t))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Invariant: in the table, and clients > 0. */
struct brink_source {
    struct brink_prefix prefix;
    uint32_t clients;
    UT_hash_handle hh;
};

static unsigned hash_of(const struct brink_sources *sources, const struct brink_prefix *prefix)
{
    return (unsigned)brink_siphash(&sources->key, prefix, sizeof *prefix);
}

static struct brink_source *find(const struct brink_sources *sources,
                                 const struct brink_prefix *prefix, unsigned hash)
{
    struct brink_source *found;
    /* GCOVR_EXCL_BR_START: uthash's own, of which only some can be taken with these arguments */
    HASH_FIND_BYHASHVALUE(hh, sources->table, prefix, sizeof *prefix, hash, found);
    /* GCOVR_EXCL_BR_STOP */
    return found;
}

static brink_result add(struct brink_sources *sources, const struct brink_prefix *prefix,
                        unsigned hash)
{
    struct brink_source *source = brink_slab_alloc(&sources->pool);
    if (source == NULL)
        return brink_fail(ENOMEM);
    *source = (struct brink_source){.prefix = *prefix, .clients = 1};
    /* GCOVR_EXCL_BR_START: as above */
    HASH_ADD_BYHASHVALUE(hh, sources->table, prefix, sizeof *prefix, hash, source);
    /* GCOVR_EXCL_BR_STOP */
    if (source->hh.tbl == NULL) { /* how uthash tells that there was no memory */
        brink_slab_free(&sources->pool, source);
        return brink_fail(ENOMEM);
    }
    return brink_ok();
}

static void drop(struct brink_sources *sources, struct brink_source *source)
{
    HASH_DELETE(hh, sources->table, source);
    brink_slab_free(&sources->pool, source);
}

brink_result brink_sources_init(struct brink_sources *sources, const struct brink_siphash_key *key)
{
    *sources = (struct brink_sources){.key = *key};
    brink_result opened = brink_arena_open(&sources->arena);
    if (brink_failed(opened))
        return opened;
    int err = pthread_mutex_init(&sources->lock, NULL);
    if (err != 0) {
        brink_arena_close(&sources->arena);
        return brink_fail(err);
    }
    brink_slab_init(&sources->pool, &sources->arena, "sources", sizeof(struct brink_source));
    return brink_ok();
}

void brink_sources_destroy(struct brink_sources *sources)
{
    BRINK_ASSERT(sources->table == NULL);
    brink_slab_destroy(&sources->pool);
    (void)pthread_mutex_destroy(&sources->lock);
    brink_arena_close(&sources->arena);
}

brink_result brink_sources_enter(struct brink_sources *sources, const struct brink_prefix *source,
                                 uint32_t max)
{
    unsigned hash = hash_of(sources, source);
    brink_result entered = brink_ok();
    (void)pthread_mutex_lock(&sources->lock);
    struct brink_source *found = find(sources, source, hash);
    if (found == NULL)
        entered = add(sources, source, hash);
    else if (max != 0 && found->clients >= max)
        entered = brink_fail(EDQUOT);
    else
        found->clients++;
    (void)pthread_mutex_unlock(&sources->lock);
    return entered;
}

void brink_sources_leave(struct brink_sources *sources, const struct brink_prefix *source)
{
    unsigned hash = hash_of(sources, source);
    (void)pthread_mutex_lock(&sources->lock);
    struct brink_source *found = find(sources, source, hash);
    BRINK_ASSERT(found != NULL);
    if (found != NULL && --found->clients == 0)
        drop(sources, found);
    (void)pthread_mutex_unlock(&sources->lock);
}

uint32_t brink_sources_clients(struct brink_sources *sources, const struct brink_prefix *source)
{
    unsigned hash = hash_of(sources, source);
    (void)pthread_mutex_lock(&sources->lock);
    const struct brink_source *found = find(sources, source, hash);
    uint32_t clients = found == NULL ? 0 : found->clients;
    (void)pthread_mutex_unlock(&sources->lock);
    return clients;
}
