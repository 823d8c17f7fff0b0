/* upstream/maglev.h - which server a source belongs to, whoever asks.
 *
 * After D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (NSDI
 * 2016), section 3.4: each server has an order of its own in which it would like the table's slots;
 * in turn, by weight, each takes the first that is free. So every server gets its share, and when
 * one comes or goes the others keep nearly all they had.
 *
 * A table depends on the servers' names and weights alone, not on the order they are given in, nor
 * on the machine: every instance sends a source to the same server. Pure. */
#ifndef BRINK_UPSTREAM_MAGLEV_H
#define BRINK_UPSTREAM_MAGLEV_H

#include <stddef.h>
#include <stdint.h>

/* A prime, so that every step but 0 leads through all slots. The same for few servers as for many:
 * another size would move all sources. */
enum { BRINK_MAGLEV_SLOTS = 65537, BRINK_MAGLEV_NOBODY = UINT16_MAX };

struct brink_maglev {
    uint16_t owners[BRINK_MAGLEV_SLOTS];
};

struct brink_maglev_entry {
    const char *text;    /* who it is, unique: its address */
    uint32_t weight;     /* of 0: gets no slot */
    uint16_t owner;      /* what stands in its slots */
    uint32_t next, step; /* the rest is brink_maglev_build's */
    uint32_t taken;
};

/* A 64-bit hash of bytes and of a number, the same on every machine. Not for secrets. */
uint64_t brink_maglev_hash(const char *text);
uint64_t brink_maglev_mix(uint64_t number);

/* Fills the table, and sorts the entries by text. Each server with a weight has at least one slot,
 * as long as there are no more of them than slots; without any all slots are NOBODY's. Takes some
 * milliseconds. */
void brink_maglev_build(struct brink_maglev *table, struct brink_maglev_entry *entries,
                        size_t count);

/* A source's walk: the slot it begins at, and the step that leads it through all others, each once.
 * Whom it meets first is its server, whom it meets next the one that stands in. The step is its
 * own, as neighbours in a table of few servers are often the same pair. */
struct brink_maglev_walk {
    uint32_t slot, step;
};

static inline struct brink_maglev_walk brink_maglev_begin(uint64_t source)
{
    uint64_t mixed = brink_maglev_mix(source);
    return (struct brink_maglev_walk){
        .slot = (uint32_t)(mixed % BRINK_MAGLEV_SLOTS),
        .step = (uint32_t)(brink_maglev_mix(mixed) % (BRINK_MAGLEV_SLOTS - 1)) + 1};
}

static inline void brink_maglev_advance(struct brink_maglev_walk *walk)
{
    walk->slot = (walk->slot + walk->step) % BRINK_MAGLEV_SLOTS;
}

#endif
