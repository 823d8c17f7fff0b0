/* Pieces: aligned, zeroed, apart from each other, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "config/memory.h"

static void pieces_are_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct brink_config_memory memory = {0};
    unsigned char *last = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *taken = brink_config_memory_take(&memory, size);
        assert_non_null(taken);
        assert_int_equal((uintptr_t)taken % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(taken[i], 0);
        memset(taken, 0xff, size);
        assert_true(taken != last);
        last = taken;
    }
    brink_config_memory_free(&memory);
    assert_null(memory.pieces);
}

static void more_than_the_bound_is_refused_and_less_still_given(void **state)
{
    (void)state;
    struct brink_config_memory memory = {0};
    assert_null(brink_config_memory_take(&memory, SIZE_MAX));
    assert_null(brink_config_memory_take(&memory, (size_t)BRINK_CONFIG_MEMORY_MAX + 1));
    assert_null(brink_config_memory_array(&memory, SIZE_MAX / 2, 4));
    size_t pieces = 0;
    while (brink_config_memory_take(&memory, 1 << 20) != NULL)
        pieces++;
    assert_int_equal(pieces, BRINK_CONFIG_MEMORY_MAX >> 20);
    brink_config_memory_free(&memory);
    assert_non_null(brink_config_memory_take(&memory, 1 << 20));
    brink_config_memory_free(&memory);
}

static void a_copy_ends_with_a_nul(void **state)
{
    (void)state;
    struct brink_config_memory memory = {0};
    assert_string_equal(brink_config_memory_copy(&memory, "abcdef", 3), "abc");
    assert_string_equal(brink_config_memory_copy(&memory, "", 0), "");
    brink_config_memory_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zero_aligned_and_apart),
        cmocka_unit_test(more_than_the_bound_is_refused_and_less_still_given),
        cmocka_unit_test(a_copy_ends_with_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
