#include "upstream/pick.h"

#include <stdbool.h>

/* How much further the table is searched for a server that takes a source, when one has been seen
 * that does not take it yet, as it starts slowly. */
enum { SEARCH_MAX = 256 };

uint32_t brink_pick_weight(uint32_t weight, uint64_t since_ms, uint32_t slow_start_ms)
{
    uint64_t full = (uint64_t)weight * BRINK_PICK_UNIT;
    if (since_ms >= slow_start_ms)
        return (uint32_t)full;
    return (uint32_t)(full / 10 + full * 9 / 10 * since_ms / slow_start_ms);
}

/* a has fewer than b (< 0), as many, or more, for its weight. */
static int compare(const struct brink_candidate *a, const struct brink_candidate *b)
{
    uint64_t left = (uint64_t)a->connections * b->weight;
    uint64_t right = (uint64_t)b->connections * a->weight;
    return (left > right) - (left < right);
}

/* Round robin among those that are equal to `like`, or all. */
static size_t in_turn(struct brink_candidate *candidates, size_t count,
                      const struct brink_candidate *like)
{
    size_t best = BRINK_PICK_NONE;
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct brink_candidate *candidate = &candidates[i];
        if (candidate->weight == 0 || (like != NULL && compare(candidate, like) != 0))
            continue;
        candidate->turn += candidate->weight;
        total += candidate->weight;
        if (best == BRINK_PICK_NONE || candidate->turn > candidates[best].turn)
            best = i;
    }
    if (best != BRINK_PICK_NONE)
        candidates[best].turn -= total;
    return best;
}

size_t brink_pick_in_turn(struct brink_candidate *candidates, size_t count)
{
    return in_turn(candidates, count, NULL);
}

size_t brink_pick_least(struct brink_candidate *candidates, size_t count)
{
    size_t least = BRINK_PICK_NONE;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].weight == 0)
            continue;
        if (least == BRINK_PICK_NONE || compare(&candidates[i], &candidates[least]) < 0)
            least = i;
    }
    if (least == BRINK_PICK_NONE)
        return BRINK_PICK_NONE;
    struct brink_candidate like = candidates[least];
    return in_turn(candidates, count, &like);
}

/* Draws by weight, but not `but`. `chance` is from all 32-bit numbers. */
static size_t draw(const struct brink_candidate *candidates, size_t count, size_t but,
                   uint32_t chance)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += i == but ? 0 : candidates[i].weight;
    uint64_t left = chance * total >> 32;
    for (size_t i = 0; i < count; i++) {
        uint32_t weight = i == but ? 0 : candidates[i].weight;
        if (left < weight)
            return i;
        left -= weight;
    }
    return BRINK_PICK_NONE;
}

size_t brink_pick_of_two(const struct brink_candidate *candidates, size_t count, uint64_t random)
{
    size_t first = draw(candidates, count, BRINK_PICK_NONE, (uint32_t)(random >> 32));
    if (first == BRINK_PICK_NONE)
        return BRINK_PICK_NONE;
    size_t second = draw(candidates, count, first, (uint32_t)random);
    if (second != BRINK_PICK_NONE && compare(&candidates[second], &candidates[first]) < 0)
        return second;
    return first;
}

size_t brink_pick_by_source(const struct brink_candidate *candidates,
                            const struct brink_maglev *table, uint64_t source)
{
    struct brink_maglev_walk walk = brink_maglev_begin(source);
    uint64_t chance = brink_maglev_mix(~source) >> 32; /* the same with each server, so that where
                                                          all start slowly all keep their own */
    size_t reluctant = BRINK_PICK_NONE;
    size_t last = BRINK_MAGLEV_SLOTS;
    for (size_t taken = 0; taken < last; taken++, brink_maglev_advance(&walk)) {
        size_t owner = table->owners[walk.slot];
        if (owner == BRINK_MAGLEV_NOBODY || candidates[owner].weight == 0)
            continue;
        if (chance * candidates[owner].full_weight >> 32 < candidates[owner].weight)
            return owner;
        if (reluctant == BRINK_PICK_NONE) {
            reluctant = owner;
            last = taken + SEARCH_MAX < last ? taken + SEARCH_MAX : last;
        }
    }
    return reluctant;
}
