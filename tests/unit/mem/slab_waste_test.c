/* How much of a slab is lost, for every size of object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#ifdef BRINK_MEMORY_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include "mem/slab.h"
#include "net/queue.h"
#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"
#include "support/counting_source.h"
#include "time/wheel.h"

/* What of a slab no object can have: header, bitmap and remainder. */
static size_t waste_of(const struct brink_slab_pool *pool)
{
    return pool->slab_size - pool->slots_per_slab * pool->slot_size;
}

static void check_waste(size_t object_size)
{
    struct brink_arena arena;
    struct counting_source source;
    struct brink_slab_pool pool;
    counting_open(&arena, &source);
    brink_slab_init(&pool, &arena, "objects", object_size);
    size_t part = object_size <= 512 ? 32 : 16;
    if (waste_of(&pool) > pool.slab_size / part || pool.slot_size - object_size >= 8)
        fail_msg("objects of %zu waste %zu of %zu", object_size, waste_of(&pool), pool.slab_size);
    assert_in_range(pool.slab_size, 16384, 1048576);
    assert_int_equal(pool.slab_size & (pool.slab_size - 1), 0);
#ifdef BRINK_MEMORY_JEMALLOC
    assert_int_equal(nallocx(pool.slab_size, MALLOCX_ALIGN(pool.slab_size)), pool.slab_size);
#endif
    brink_slab_destroy(&pool);
    brink_arena_close(&arena);
}

static void test_little_of_a_slab_is_wasted(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 65536; size++)
        check_waste(size);
}

static void print_waste(const char *what, size_t object_size)
{
    struct brink_slab_pool pool;
    brink_slab_init(&pool, NULL, what, object_size);
    printf("  %-10s %6zu bytes: %5zu in a slab of %4zu KiB, %5zu wasted (%.1f %%)\n", what,
           object_size, pool.slots_per_slab, pool.slab_size / 1024, waste_of(&pool),
           100.0 * (double)waste_of(&pool) / (double)pool.slab_size);
}

static void test_print_what_the_sizes_in_use_waste(void **state)
{
    (void)state;
    print_waste("timer", brink_timer_size());
    print_waste("segment", BRINK_SEGMENT_SIZE);
    print_waste("echo", brink_echo_kind.session_size);
    print_waste("pair", brink_pair_kind.session_size);
    print_waste("endpoint", brink_endpoint_kind.session_size);
    for (size_t size = 16; size <= 4096; size *= 2) {
        print_waste("object", size);
        print_waste("object", size + size / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_little_of_a_slab_is_wasted),
        cmocka_unit_test(test_print_what_the_sizes_in_use_waste),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
