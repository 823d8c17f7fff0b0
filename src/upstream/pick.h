/* upstream/pick.h - whose turn it is, of those that it could be. Pure.
 *
 * Each function chooses among the candidates with a weight, by index, and returns BRINK_PICK_NONE
 * when there is none. */
#ifndef BRINK_UPSTREAM_PICK_H
#define BRINK_UPSTREAM_PICK_H

#include <stddef.h>
#include <stdint.h>

#include "upstream/maglev.h"

#define BRINK_PICK_NONE SIZE_MAX

/* What a weight of 1 is here, so that a slow start has some steps. */
enum { BRINK_PICK_UNIT = 1000 };

struct brink_candidate {
    int64_t turn;         /* what it is owed; belongs to pick.c, 0 at first, kept between picks */
    uint32_t weight;      /* for now, in units; 0: not this time. All together under 2^32 */
    uint32_t full_weight; /* without a slow start; for brink_pick_by_source */
    uint32_t connections;
};

/* `weight` in units, or the part of it that one has that came back `since_ms` ago: a tenth at
 * first, all after slow_start_ms. Never 0, unless the weight is. */
uint32_t brink_pick_weight(uint32_t weight, uint64_t since_ms, uint32_t slow_start_ms);

/* By weight, and never in bursts: the smooth weighted round-robin of nginx (I. Sysoev's server,
 * ngx_http_upstream_get_peer). */
size_t brink_pick_in_turn(struct brink_candidate *candidates, size_t count);

/* The fewest connections for its weight; those that have equally few in turn, by weight. */
size_t brink_pick_least(struct brink_candidate *candidates, size_t count);

/* Of two different ones, drawn by weight, that with fewer connections for its weight; if they are
 * equal, the one drawn first. */
size_t brink_pick_of_two(const struct brink_candidate *candidates, size_t count, uint64_t random);

/* The one that the source belongs to, else the next in the table. While one starts slowly, the
 * rest of its sources go on to the next, too: always the same ones, and fewer as time goes by. The
 * table's owners are indices. */
size_t brink_pick_by_source(const struct brink_candidate *candidates,
                            const struct brink_maglev *table, uint64_t source);

#endif
