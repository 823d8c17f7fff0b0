/* SipHash-2-4 against its authors' vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/siphash.h"

static const struct brink_siphash_key key = {UINT64_C(0x0706050403020100),
                                             UINT64_C(0x0f0e0d0c0b0a0908)};

/* The key is 00 01 .. 0f and the bytes are 00 01 ..: of the reference implementation, the one of 15
 * bytes also in the paper's appendix A. */
static void the_published_vectors(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint64_t hash;
    } vectors[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)}, {63, UINT64_C(0x958a324ceb064572)},
    };
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_true(brink_siphash(&key, bytes, vectors[i].size) == vectors[i].hash);
    assert_true(brink_siphash(&key, NULL, 0) == vectors[0].hash);
}

static void key_bytes_and_size_all_count(void **state)
{
    (void)state;
    static const uint8_t zeros[512];
    const struct brink_siphash_key other = {key.low, key.high ^ 1};
    const struct brink_siphash_key another = {key.low ^ 1, key.high};
    uint64_t hash = brink_siphash(&key, zeros, 24);
    assert_true(brink_siphash(&other, zeros, 24) != hash);
    assert_true(brink_siphash(&another, zeros, 24) != hash);
    for (size_t size = 0; size < sizeof zeros; size++)
        assert_true(size == 24 || brink_siphash(&key, zeros, size) != hash);
    for (size_t bit = 0; bit < 24 * 8; bit++) {
        uint8_t flipped[24] = {0};
        flipped[bit / 8] = (uint8_t)(1 << bit % 8);
        assert_true(brink_siphash(&key, flipped, sizeof flipped) != hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vectors),
        cmocka_unit_test(key_bytes_and_size_all_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
