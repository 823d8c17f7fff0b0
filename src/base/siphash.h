/* base/siphash.h - a hash that cannot be steered by those who do not know its key.
 *
 * SipHash-2-4, after J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF"
 * (INDOCRYPT 2012). For tables whose keys strangers choose: with a hash that anybody can work out,
 * they would choose keys that all fall into one chain. */
#ifndef BRINK_BASE_SIPHASH_H
#define BRINK_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* The key is secret and drawn at random, once. */
struct brink_siphash_key {
    uint64_t low;
    uint64_t high;
};

/* Pure; the same on every machine. `bytes` may be NULL if `size` is 0. */
uint64_t brink_siphash(const struct brink_siphash_key *key, const void *bytes, size_t size);

#endif
