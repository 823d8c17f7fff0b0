/* The table of sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "event/slots.h"
#include "support/counting_source.h"

enum { MANY = 1000 };

struct fixture {
    struct brink_arena arena;
    struct counting_source source;
    struct brink_slots slots;
    uint64_t things[MANY]; /* what is pointed at */
};

static void start(struct fixture *fixture)
{
    counting_open(&fixture->arena, &fixture->source);
    brink_slots_init(&fixture->slots, &fixture->arena);
}

static void stop(struct fixture *fixture)
{
    brink_slots_destroy(&fixture->slots);
    assert_int_equal(fixture->source.blocks, 0);
    brink_arena_close(&fixture->arena);
}

static uint32_t put(struct fixture *fixture, void *pointer)
{
    uint32_t index = UINT32_MAX;
    assert_false(brink_failed(brink_slots_put(&fixture->slots, pointer, &index)));
    return index;
}

static void test_any_index_may_be_asked_for(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    assert_null(brink_slots_get(&fixture.slots, 0));
    uint32_t index = put(&fixture, &fixture.things[0]);
    for (uint32_t i = 0; i < MANY; i++)
        assert_ptr_equal(brink_slots_get(&fixture.slots, i), i == index ? fixture.things : NULL);
    assert_null(brink_slots_get(&fixture.slots, UINT32_MAX));
    brink_slots_clear(&fixture.slots, index);
    assert_null(brink_slots_get(&fixture.slots, index));
    stop(&fixture);
}

static void test_numbers_stay_while_the_table_grows(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    uint32_t indexes[MANY];
    for (size_t i = 0; i < MANY; i++)
        indexes[i] = put(&fixture, &fixture.things[i]);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(brink_slots_get(&fixture.slots, indexes[i]), &fixture.things[i]);
    for (size_t i = 0; i < MANY; i++)
        brink_slots_clear(&fixture.slots, indexes[i]);
    assert_int_equal(fixture.slots.used, 0);
    stop(&fixture);
}

static void test_freed_numbers_are_given_again(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    uint32_t first = put(&fixture, &fixture.things[0]);
    uint32_t second = put(&fixture, &fixture.things[1]);
    brink_slots_clear(&fixture.slots, first);
    assert_int_equal(put(&fixture, &fixture.things[2]), first);
    assert_ptr_equal(brink_slots_get(&fixture.slots, first), &fixture.things[2]);
    for (unsigned i = 0; i < 10 * MANY; i++)
        brink_slots_clear(&fixture.slots, put(&fixture, &fixture.things[3]));
    assert_in_range(fixture.slots.room, 3, 64);
    brink_slots_clear(&fixture.slots, first);
    brink_slots_clear(&fixture.slots, second);
    stop(&fixture);
}

static void test_growing_copies_nothing_and_leaves_nothing_behind(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(put(&fixture, &fixture.things[i]), i);
        assert_int_equal(fixture.source.calls, fixture.source.blocks); /* none was given back */
        assert_int_equal(fixture.source.bytes, fixture.slots.room * sizeof(uintptr_t));
        assert_in_range(fixture.slots.room, i + 1, i < 64 ? 64 : 2 * i);
    }
    for (uint32_t i = 0; i < MANY; i++)
        brink_slots_clear(&fixture.slots, i);
    size_t calls = fixture.source.calls;
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(put(&fixture, &fixture.things[i]), MANY - 1 - i); /* freed last first */
    assert_int_equal(fixture.source.calls, calls);
    for (uint32_t i = 0; i < MANY; i++)
        brink_slots_clear(&fixture.slots, i);
    stop(&fixture);
}

static void test_numbers_come_to_an_end(void **state)
{
    (void)state;
    struct fixture fixture;
    uint32_t index;
    start(&fixture);
    fixture.slots.room = UINT32_C(1) << 31; /* as if all had been given */
    fixture.slots.fresh = fixture.slots.room;
    assert_int_equal(brink_slots_put(&fixture.slots, fixture.things, &index).err, ENOMEM);
    assert_int_equal(fixture.source.calls, 0);
    fixture.slots.room = 0;
    fixture.slots.fresh = 0;
    stop(&fixture);
}

static void test_without_memory_the_table_is_as_before(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    for (size_t count = 0; count < MANY;) {
        uint32_t index = UINT32_MAX;
        fixture.source.fail_at = fixture.source.calls + 1;
        brink_result result = brink_slots_put(&fixture.slots, &fixture.things[count], &index);
        if (brink_failed(result)) {
            assert_int_equal(result.err, ENOMEM);
            assert_int_equal(fixture.slots.used, count);
            fixture.source.fail_at = 0;
            index = put(&fixture, &fixture.things[count]);
        }
        assert_int_equal(index, count); /* they are given in order */
        count++;
        for (size_t i = 0; i < count; i++)
            assert_ptr_equal(brink_slots_get(&fixture.slots, (uint32_t)i), &fixture.things[i]);
    }
    for (uint32_t i = 0; i < MANY; i++)
        brink_slots_clear(&fixture.slots, i);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_index_may_be_asked_for),
        cmocka_unit_test(test_numbers_stay_while_the_table_grows),
        cmocka_unit_test(test_freed_numbers_are_given_again),
        cmocka_unit_test(test_growing_copies_nothing_and_leaves_nothing_behind),
        cmocka_unit_test(test_numbers_come_to_an_end),
        cmocka_unit_test(test_without_memory_the_table_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
