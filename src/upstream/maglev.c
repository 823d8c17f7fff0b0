#include "upstream/maglev.h"

#include <string.h>

/* FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo). Its low bits alone are poor: always mixed. */
uint64_t brink_maglev_hash(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    return brink_maglev_mix(hash);
}

/* The last step of SplitMix64 (G. L. Steele et al., "Fast Splittable Pseudorandom Number
 * Generators", 2014). */
uint64_t brink_maglev_mix(uint64_t number)
{
    number += 0x9e3779b97f4a7c15u;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
    return number ^ (number >> 31);
}

static void sort_by_text(struct brink_maglev_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct brink_maglev_entry entry = entries[i];
        size_t at = i;
        for (; at > 0 && strcmp(entries[at - 1].text, entry.text) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Returns the greatest weight. */
static uint32_t prepare(struct brink_maglev_entry *entries, size_t count)
{
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = brink_maglev_hash(entries[i].text);
        entries[i].next = (uint32_t)(hash % BRINK_MAGLEV_SLOTS);
        entries[i].step = (uint32_t)(brink_maglev_mix(hash) % (BRINK_MAGLEV_SLOTS - 1)) + 1;
        entries[i].taken = 0;
        if (entries[i].weight > most)
            most = entries[i].weight;
    }
    return most;
}

static void take_slot(struct brink_maglev *table, struct brink_maglev_entry *entry)
{
    while (table->owners[entry->next] != BRINK_MAGLEV_NOBODY)
        entry->next = (entry->next + entry->step) % BRINK_MAGLEV_SLOTS;
    table->owners[entry->next] = entry->owner;
    entry->taken++;
}

void brink_maglev_build(struct brink_maglev *table, struct brink_maglev_entry *entries,
                        size_t count)
{
    memset(table->owners, 0xff, sizeof table->owners);
    sort_by_text(entries, count);
    uint32_t most = prepare(entries, count);
    size_t filled = 0;
    if (most == 0)
        return;
    /* The heaviest take a slot each round, the others in so many rounds as their weight is a part
     * of that; and all do in the first, so that nobody is left out. */
    for (uint64_t round = 1;; round++) {
        for (size_t i = 0; i < count; i++) {
            if ((uint64_t)entries[i].taken * most >= round * entries[i].weight)
                continue;
            take_slot(table, &entries[i]);
            if (++filled == BRINK_MAGLEV_SLOTS)
                return;
        }
    }
}
