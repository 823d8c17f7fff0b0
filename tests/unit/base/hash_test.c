/* Hashes: the same everywhere, and well mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/hash.h"

/* The first numbers of splitmix64 that begins with 0 (its author's splitmix64.c: each time the
 * state goes on by the golden ratio, and is mixed). */
static void words_are_mixed_as_published(void **state)
{
    (void)state;
    uint64_t word = 0;
    static const uint64_t expected[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
                                        UINT64_C(0x06c45d188009454f)};
    for (size_t i = 0; i < 3; i++) {
        word += UINT64_C(0x9e3779b97f4a7c15);
        assert_true(brink_hash_mix(word) == expected[i]);
    }
}

/* Each bit that goes in changes about half of those that come out. */
static void every_bit_counts(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        unsigned changed = 0;
        for (uint64_t word = 1; word <= 64; word++)
            changed += (unsigned)__builtin_popcountll(brink_hash_mix(word) ^
                                                      brink_hash_mix(word ^ UINT64_C(1) << bit));
        assert_in_range(changed / 64, 28, 36);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void bytes_that_differ_hash_differently(void **state)
{
    (void)state;
    static uint64_t hashes[65536 + 256 + 17];
    size_t count = 0;
    static const uint8_t zeros[16] = {0};
    for (size_t size = 0; size <= 16; size++) /* the length counts */
        hashes[count++] = brink_hash_bytes(zeros, size);
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            uint8_t bytes[4] = {(uint8_t)a, (uint8_t)b, 1, 2};
            hashes[count++] = brink_hash_bytes(bytes, sizeof bytes);
        }
    qsort(hashes, count, sizeof hashes[0], compare);
    for (size_t i = 1; i < count; i++)
        assert_true(hashes[i] != hashes[i - 1]);
}

static void nothing_may_be_hashed(void **state)
{
    (void)state;
    assert_true(brink_hash_bytes(NULL, 0) == brink_hash_bytes("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_mixed_as_published),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(bytes_that_differ_hash_differently),
        cmocka_unit_test(nothing_may_be_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
