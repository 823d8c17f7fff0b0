/* relay/sources.h - how many clients each source has: for a limit of each.
 *
 * A source is a prefix of addresses (brink_prefix_of). Shared by all workers under a lock, which is
 * taken when a client comes and when it goes, never for a frame. A source is held only while it has
 * clients, so that the memory is bounded by the clients there are. Which sources there are is up to
 * strangers: they are hashed with a secret key, so that nobody can choose those that collide.
 *
 * All functions but init and destroy: any thread. */
#ifndef BRINK_RELAY_SOURCES_H
#define BRINK_RELAY_SOURCES_H

#include <pthread.h>
#include <stdint.h>

#include "base/siphash.h"
#include "mem/arena.h"
#include "mem/slab.h"
#include "net/prefix.h"

struct brink_source;

struct brink_sources {
    pthread_mutex_t lock;
    struct brink_siphash_key key;
    struct brink_arena arena;    /* from here on the lock's */
    struct brink_slab_pool pool; /* of sources */
    struct brink_source *table;  /* uthash's; NULL while there are none */
};

/* No sources yet. `key` is drawn at random. Fails with an errno value, such as ENOMEM; nothing is
 * held then. The structure must stay where it is. */
BRINK_MUST_CHECK brink_result brink_sources_init(struct brink_sources *sources,
                                                 const struct brink_siphash_key *key);

/* All clients must have left. */
void brink_sources_destroy(struct brink_sources *sources);

/* Counts a client of `source`, which leaves with brink_sources_leave. Fails with EDQUOT if `max`
 * (0: no limit) are there already, and with ENOMEM; it is not counted then. */
BRINK_MUST_CHECK brink_result brink_sources_enter(struct brink_sources *sources,
                                                  const struct brink_prefix *source, uint32_t max);

/* For a client that has entered, once. */
void brink_sources_leave(struct brink_sources *sources, const struct brink_prefix *source);

/* How many clients `source` has now. */
uint32_t brink_sources_clients(struct brink_sources *sources, const struct brink_prefix *source);

#endif
