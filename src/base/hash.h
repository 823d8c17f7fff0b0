/* base/hash.h - hashes that are the same on every machine; not for what an attacker may choose. */
#ifndef BRINK_BASE_HASH_H
#define BRINK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Every bit of the result depends on every bit of `word`; one to one. The finish of splitmix64
 * (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). */
static inline uint64_t brink_hash_mix(uint64_t word)
{
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* Of `size` bytes, which may be 0. */
static inline uint64_t brink_hash_bytes(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint64_t hash = size;
    for (size_t i = 0; i < size; i++)
        hash = brink_hash_mix(hash + byte[i] + UINT64_C(0x9e3779b97f4a7c15));
    return hash;
}

#endif
