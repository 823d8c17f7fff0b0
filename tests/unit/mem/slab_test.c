/* Slab pools, by example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "mem/slab.h"
#include "support/counting_source.h"
#include "support/dies.h"

enum { OBJECT_SIZE = 40, OBJECTS_MAX = 1000 };

struct fixture {
    struct brink_arena arena;
    struct counting_source source;
    struct brink_slab_pool pool;
    uint8_t *objects[OBJECTS_MAX];
};

static void start(struct fixture *fixture, size_t object_size)
{
    counting_open(&fixture->arena, &fixture->source);
    brink_slab_init(&fixture->pool, &fixture->arena, "objects", object_size);
}

static void stop(struct fixture *fixture)
{
    assert_true(brink_slab_check(&fixture->pool));
    brink_slab_destroy(&fixture->pool);
    assert_int_equal(fixture->source.blocks, 0);
    brink_arena_close(&fixture->arena);
}

static void take(struct fixture *fixture, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        fixture->objects[i] = brink_slab_alloc(&fixture->pool);
        assert_non_null(fixture->objects[i]);
        assert_true(brink_slab_check(&fixture->pool));
    }
}

static void give(struct fixture *fixture, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        brink_slab_free(&fixture->pool, fixture->objects[i]);
        assert_true(brink_slab_check(&fixture->pool));
    }
}

static void test_empty_pool_holds_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, OBJECT_SIZE);
    assert_int_equal(fixture.source.calls, 0);
    assert_int_equal(brink_slab_stats(&fixture.pool).slabs, 0);
    brink_slab_free(&fixture.pool, NULL);
    assert_false(brink_slab_owns(&fixture.pool, NULL));
    assert_false(brink_slab_owns(&fixture.pool, &fixture));
    stop(&fixture);
}

static void test_freed_last_is_handed_out_first(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, OBJECT_SIZE);
    take(&fixture, 0, 10);
    give(&fixture, 2, 7);
    for (size_t i = 7; i-- > 2;)
        assert_ptr_equal(brink_slab_alloc(&fixture.pool), fixture.objects[i]);
    give(&fixture, 0, 10);
    stop(&fixture);
}

static void test_slab_of_the_last_free_is_used_first(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, 1000);
    size_t all = fixture.pool.slots_per_slab;
    take(&fixture, 0, 3 * all);
    give(&fixture, 0, 1);                 /* of the first slab, */
    give(&fixture, 2 * all, 2 * all + 1); /* then of the third */
    assert_ptr_equal(brink_slab_alloc(&fixture.pool), fixture.objects[2 * all]);
    assert_ptr_equal(brink_slab_alloc(&fixture.pool), fixture.objects[0]);
    give(&fixture, 0, 3 * all);
    stop(&fixture);
}

static void test_stats_tell_objects_slabs_and_bytes(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, 1000);
    size_t all = fixture.pool.slots_per_slab;
    take(&fixture, 0, all + 1);
    struct brink_slab_stats stats = brink_slab_stats(&fixture.pool);
    assert_int_equal(stats.objects, all + 1);
    assert_int_equal(stats.slabs, 2);
    assert_int_equal(stats.bytes, fixture.arena.live_bytes);
    give(&fixture, 0, all + 1);
    stats = brink_slab_stats(&fixture.pool);
    assert_int_equal(stats.objects, 0);
    assert_int_equal(stats.slabs, 1);
    stop(&fixture);
}

static void test_empty_slabs_go_back_but_one(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, 1000);
    size_t all = fixture.pool.slots_per_slab;
    take(&fixture, 0, 5 * all);
    assert_int_equal(fixture.source.blocks, 5);
    give(&fixture, 0, all);
    assert_int_equal(fixture.source.blocks, 5);
    give(&fixture, all, 2 * all);
    assert_int_equal(fixture.source.blocks, 4);
    give(&fixture, 2 * all, 5 * all);
    assert_int_equal(fixture.source.blocks, 1);
    stop(&fixture);
}

static void test_swinging_round_an_edge_does_not_ask_the_arena(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, 1000);
    size_t all = fixture.pool.slots_per_slab;
    take(&fixture, 0, all + 1);
    size_t calls = fixture.source.calls;
    for (unsigned i = 0; i < 100; i++) {
        give(&fixture, all, all + 1);
        assert_int_equal(fixture.source.blocks, 2);
        take(&fixture, all, all + 1);
    }
    assert_int_equal(fixture.source.calls, calls);
    give(&fixture, 0, all + 1);
    stop(&fixture);
}

static void test_kept_slab_is_used_when_no_other_has_room(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, 1000);
    size_t all = fixture.pool.slots_per_slab;
    take(&fixture, 0, 2 * all);
    give(&fixture, 0, 1);
    give(&fixture, all, 2 * all); /* the second slab is the kept one */
    assert_ptr_equal(brink_slab_alloc(&fixture.pool), fixture.objects[0]);
    void *beyond = brink_slab_alloc(&fixture.pool);
    assert_non_null(beyond);
    assert_int_equal(fixture.source.calls, 2);
    brink_slab_free(&fixture.pool, beyond);
    give(&fixture, 0, all);
    stop(&fixture);
}

/* Runs the same allocations with the k-th block refused, for every k, and once without. */
static void test_every_refused_block_loses_nothing(void **state)
{
    (void)state;
    enum { SLABS = 5 };
    for (size_t k = 1; k <= SLABS + 1; k++) {
        struct fixture fixture;
        start(&fixture, 1000);
        size_t all = fixture.pool.slots_per_slab;
        fixture.source.fail_at = k;
        size_t refused = 0, count = 0;
        while (count < SLABS * all) {
            uint8_t *object = brink_slab_alloc(&fixture.pool);
            assert_true(brink_slab_check(&fixture.pool));
            assert_int_equal(brink_slab_stats(&fixture.pool).slabs, fixture.source.blocks);
            if (object)
                fixture.objects[count++] = object;
            else
                refused++;
        }
        assert_int_equal(refused, k <= SLABS ? 1 : 0);
        for (size_t i = 0; i < count; i++)
            assert_true(brink_slab_owns(&fixture.pool, fixture.objects[i]));
        give(&fixture, 0, count);
        stop(&fixture);
    }
}

static size_t alignment_promised(size_t object_size)
{
    if (object_size % 64 == 0)
        return 64;
    return object_size % 16 == 0 ? 16 : 8;
}

static void test_objects_are_aligned_and_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 8, 24, 48, 64, 100, 1000, 4096, 5000, 65536};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        struct fixture fixture;
        start(&fixture, sizes[s]);
        size_t count = 3 * fixture.pool.slots_per_slab;
        count = count < OBJECTS_MAX ? count : OBJECTS_MAX;
        for (size_t i = 0; i < count; i++) {
            fixture.objects[i] = brink_slab_alloc(&fixture.pool);
            assert_non_null(fixture.objects[i]);
            assert_int_equal((uintptr_t)fixture.objects[i] % alignment_promised(sizes[s]), 0);
            memset(fixture.objects[i], (int)(i * 7 % 256), sizes[s]);
        }
        assert_true(brink_slab_check(&fixture.pool));
        for (size_t i = 0; i < count; i++) {
            const uint8_t *object = fixture.objects[i];
            for (size_t byte = 0; byte < sizes[s]; byte++) {
                if (object[byte] != i * 7 % 256)
                    fail_msg("size %zu: object %zu was written over", sizes[s], i);
            }
        }
        for (size_t i = 0; i < count; i++)
            brink_slab_free(&fixture.pool, fixture.objects[i]);
        stop(&fixture);
    }
}

static void test_owns_only_what_is_out(void **state)
{
    (void)state;
    struct fixture fixture, other;
    start(&fixture, OBJECT_SIZE);
    start(&other, OBJECT_SIZE);
    take(&fixture, 0, 3);
    take(&other, 0, 1);
    const uint8_t *object = fixture.objects[1];
    assert_true(brink_slab_owns(&fixture.pool, object));
    assert_false(brink_slab_owns(&other.pool, object));
    assert_false(brink_slab_owns(&fixture.pool, object + 8));
    assert_false(brink_slab_owns(&fixture.pool, fixture.objects[2] + fixture.pool.slot_size));
    const uint8_t *slab = fixture.objects[0] - fixture.pool.first_offset;
    assert_false(brink_slab_owns(&fixture.pool, slab));
    assert_false(brink_slab_owns(&fixture.pool, slab - 1));
    give(&fixture, 1, 2);
    assert_false(brink_slab_owns(&fixture.pool, object));
    brink_slab_free(&fixture.pool, fixture.objects[0]);
    brink_slab_free(&fixture.pool, fixture.objects[2]);
    give(&other, 0, 1);
    stop(&fixture);
    stop(&other);
}

#ifndef NDEBUG
struct wrong_free {
    struct brink_slab_pool *pool;
    void *object;
};

static void free_wrongly(void *arg)
{
    const struct wrong_free *wrong = arg;
    brink_slab_free(wrong->pool, wrong->object);
}
#endif

static void test_debug_builds_catch_wrong_frees(void **state)
{
    (void)state;
#ifdef NDEBUG
    skip();
#else
    struct fixture fixture, other;
    start(&fixture, OBJECT_SIZE);
    start(&other, OBJECT_SIZE);
    take(&fixture, 0, 3);
    take(&other, 0, 1);
    assert_true(dies(free_wrongly, &(struct wrong_free){&fixture.pool, other.objects[0]}));
    assert_true(dies(free_wrongly, &(struct wrong_free){&fixture.pool, fixture.objects[0] + 8}));
    assert_false(dies(free_wrongly, &(struct wrong_free){&fixture.pool, fixture.objects[0]}));
    give(&fixture, 0, 1);
    assert_true(dies(free_wrongly, &(struct wrong_free){&fixture.pool, fixture.objects[0]}));
    give(&fixture, 1, 3);
    give(&other, 0, 1);
    stop(&fixture);
    stop(&other);
#endif
}

#ifndef NDEBUG
static void destroy_early(void *pool)
{
    brink_slab_destroy(pool);
}
#endif

static void test_debug_builds_catch_objects_left(void **state)
{
    (void)state;
#ifdef NDEBUG
    skip();
#else
    struct fixture fixture;
    start(&fixture, OBJECT_SIZE);
    take(&fixture, 0, 1);
    assert_true(dies(destroy_early, &fixture.pool));
    give(&fixture, 0, 1);
    stop(&fixture);
#endif
}

static void test_free_slots_are_poisoned(void **state)
{
    (void)state;
#ifndef BRINK_HAS_ASAN
    skip();
#else
    struct fixture fixture;
    start(&fixture, 100); /* of a slot of 104 */
    take(&fixture, 0, 2);
    uint8_t *object = fixture.objects[0];
    assert_null(__asan_region_is_poisoned(object, 100));
    assert_true(__asan_address_is_poisoned(object + 100)); /* the slot's tail */
    assert_true(__asan_address_is_poisoned(fixture.objects[1] + fixture.pool.slot_size));
    give(&fixture, 0, 1);
    for (size_t byte = 0; byte < 104; byte++)
        assert_true(__asan_address_is_poisoned(object + byte));
    assert_true(brink_slab_check(&fixture.pool)); /* reads the links within, */
    for (size_t byte = 0; byte < 104; byte++)     /* and covers them up again */
        assert_true(__asan_address_is_poisoned(object + byte));
    assert_ptr_equal(brink_slab_alloc(&fixture.pool), object);
    assert_null(__asan_region_is_poisoned(object, 100));
    give(&fixture, 0, 2);
    stop(&fixture);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_pool_holds_nothing),
        cmocka_unit_test(test_freed_last_is_handed_out_first),
        cmocka_unit_test(test_slab_of_the_last_free_is_used_first),
        cmocka_unit_test(test_stats_tell_objects_slabs_and_bytes),
        cmocka_unit_test(test_empty_slabs_go_back_but_one),
        cmocka_unit_test(test_swinging_round_an_edge_does_not_ask_the_arena),
        cmocka_unit_test(test_kept_slab_is_used_when_no_other_has_room),
        cmocka_unit_test(test_every_refused_block_loses_nothing),
        cmocka_unit_test(test_objects_are_aligned_and_apart),
        cmocka_unit_test(test_owns_only_what_is_out),
        cmocka_unit_test(test_debug_builds_catch_wrong_frees),
        cmocka_unit_test(test_debug_builds_catch_objects_left),
        cmocka_unit_test(test_free_slots_are_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
