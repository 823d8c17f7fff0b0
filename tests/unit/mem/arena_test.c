/* Arenas: the build's own, and one on a source of the caller's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#ifdef BRINK_MEMORY_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include "support/counting_source.h"
#include "support/dies.h"

static void test_blocks_are_aligned_apart_and_counted(void **state)
{
    (void)state;
    struct brink_arena arena;
    assert_false(brink_failed(brink_arena_open(&arena)));
    uint8_t *blocks[17];
    size_t live = 0;
    for (size_t i = 0; i <= 16; i++) {
        size_t align = (size_t)1 << i;
        blocks[i] = brink_arena_alloc(&arena, 100 * i + 1, align);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % align, 0);
        memset(blocks[i], (int)i, 100 * i + 1);
        live += 100 * i + 1;
        assert_int_equal(arena.live_bytes, live);
    }
    for (size_t i = 0; i <= 16; i++) {
        for (size_t byte = 0; byte < 100 * i + 1; byte++)
            assert_int_equal(blocks[i][byte], i);
        brink_arena_release(&arena, blocks[i], 100 * i + 1, (size_t)1 << i);
    }
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void test_releasing_nothing_is_harmless(void **state)
{
    (void)state;
    struct brink_arena arena;
    assert_false(brink_failed(brink_arena_open(&arena)));
    brink_arena_release(&arena, NULL, 10, 8);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void test_callers_source_gets_every_call(void **state)
{
    (void)state;
    struct brink_arena arena;
    struct counting_source source;
    counting_open(&arena, &source);
    void *block = brink_arena_alloc(&arena, 4096, 64);
    assert_non_null(block);
    assert_int_equal(source.blocks, 1);
    assert_int_equal(source.bytes, 4096);
    brink_arena_release(&arena, block, 4096, 64);
    assert_int_equal(source.blocks, 0);
    brink_arena_close(&arena);
}

static void test_failed_allocation_holds_nothing(void **state)
{
    (void)state;
    struct brink_arena arena;
    struct counting_source source;
    counting_open(&arena, &source);
    source.fail_at = 1;
    assert_null(brink_arena_alloc(&arena, 4096, 64));
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

#ifndef NDEBUG
static void close_early(void *arg)
{
    brink_arena_close(arg);
}
#endif

static void test_closing_with_blocks_out_ends_debug_builds(void **state)
{
    (void)state;
#ifdef NDEBUG
    skip();
#else
    struct brink_arena arena;
    struct counting_source source;
    counting_open(&arena, &source);
    void *block = brink_arena_alloc(&arena, 10, 8);
    assert_non_null(block);
    assert_true(dies(close_early, &arena));
    brink_arena_release(&arena, block, 10, 8);
    assert_false(dies(close_early, &arena));
    brink_arena_close(&arena);
#endif
}

#ifdef BRINK_MEMORY_JEMALLOC

/* What jemalloc itself says is out in an arena, in large blocks. */
static size_t large_bytes(unsigned index)
{
    uint64_t epoch = 1;
    size_t length = sizeof(epoch);
    assert_int_equal(mallctl("epoch", &epoch, &length, &epoch, sizeof(epoch)), 0);
    char name[64];
    size_t bytes = 0;
    length = sizeof(bytes);
    snprintf(name, sizeof(name), "stats.arenas.%u.large.allocated", index);
    assert_int_equal(mallctl(name, &bytes, &length, NULL, 0), 0);
    return bytes;
}

static void test_blocks_come_from_the_arenas_own(void **state)
{
    (void)state;
    struct brink_arena first, second;
    assert_false(brink_failed(brink_arena_open(&first)));
    assert_false(brink_failed(brink_arena_open(&second)));
    assert_int_not_equal(first.index, second.index);
    void *block = brink_arena_alloc(&first, 65536, 65536);
    assert_non_null(block);
    assert_int_equal(large_bytes(first.index), 65536);
    assert_int_equal(large_bytes(second.index), 0);
    brink_arena_release(&first, block, 65536, 65536);
    assert_int_equal(large_bytes(first.index), 0);
    brink_arena_close(&first);
    brink_arena_close(&second);
}

static void test_a_closed_arenas_index_is_used_again(void **state)
{
    (void)state;
    struct brink_arena arena;
    assert_false(brink_failed(brink_arena_open(&arena)));
    unsigned index = arena.index;
    brink_arena_close(&arena);
    for (unsigned i = 0; i < 1000; i++) {
        assert_false(brink_failed(brink_arena_open(&arena)));
        assert_in_range(arena.index, 0, index);
        brink_arena_close(&arena);
    }
}

#endif

static void test_backend_is_named(void **state)
{
    (void)state;
#ifdef BRINK_MEMORY_JEMALLOC
    assert_string_equal(brink_arena_backend(), "jemalloc");
#else
    assert_string_equal(brink_arena_backend(), "libc");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_aligned_apart_and_counted),
        cmocka_unit_test(test_releasing_nothing_is_harmless),
        cmocka_unit_test(test_callers_source_gets_every_call),
        cmocka_unit_test(test_failed_allocation_holds_nothing),
        cmocka_unit_test(test_closing_with_blocks_out_ends_debug_builds),
#ifdef BRINK_MEMORY_JEMALLOC
        cmocka_unit_test(test_blocks_come_from_the_arenas_own),
        cmocka_unit_test(test_a_closed_arenas_index_is_used_again),
#endif
        cmocka_unit_test(test_backend_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
