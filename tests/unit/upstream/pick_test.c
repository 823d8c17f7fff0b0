/* Each way to choose gives each its share, and never one without weight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "upstream/pick.h"

enum { MANY = 8 };

static struct brink_candidate candidates[MANY];
static size_t counts[MANY];

static void set(const uint32_t *weights, size_t count)
{
    memset(candidates, 0, sizeof candidates);
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < count; i++) {
        candidates[i].weight = weights[i] * BRINK_PICK_UNIT;
        candidates[i].full_weight = weights[i] * BRINK_PICK_UNIT;
    }
}

static void turns_go_round_by_weight(void **state)
{
    (void)state;
    static const uint32_t weights[] = {5, 1, 1};
    /* As nginx's documentation has it: a a b a c a a. */
    static const size_t order[] = {0, 0, 1, 0, 2, 0, 0};
    set(weights, 3);
    for (size_t i = 0; i < 70; i++)
        assert_int_equal(brink_pick_in_turn(candidates, 3), order[i % 7]);
}

static void turns_pass_over_those_without_weight(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 0, 2, 0};
    set(weights, 4);
    for (size_t i = 0; i < 300; i++)
        counts[brink_pick_in_turn(candidates, 4)]++;
    assert_int_equal(counts[0], 100);
    assert_int_equal(counts[2], 200);
}

/* Who was away does not make up for it in a burst. */
static void who_comes_back_gets_no_more_than_a_share(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1};
    set(weights, 2);
    candidates[1].weight = 0;
    for (size_t i = 0; i < 1000; i++)
        (void)brink_pick_in_turn(candidates, 2);
    candidates[1].weight = BRINK_PICK_UNIT;
    for (size_t i = 0; i < 10; i++)
        counts[brink_pick_in_turn(candidates, 2)]++;
    assert_int_equal(counts[1], 5);
}

static void least_fills_by_weight(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 2, 5, 0};
    set(weights, 4);
    for (size_t i = 0; i < 800; i++)
        candidates[brink_pick_least(candidates, 4)].connections++;
    assert_int_equal(candidates[0].connections, 100);
    assert_int_equal(candidates[1].connections, 200);
    assert_int_equal(candidates[2].connections, 500);
}

static void least_prefers_who_has_fewer(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 4};
    set(weights, 2);
    candidates[0].connections = 2;
    candidates[1].connections = 9;
    assert_int_equal(brink_pick_least(candidates, 2), 0);
    candidates[1].connections = 7;
    assert_int_equal(brink_pick_least(candidates, 2), 1);
}

/* With short connections nobody has any when the next comes. */
static void least_takes_turns_where_all_are_idle(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 3};
    set(weights, 2);
    for (size_t i = 0; i < 400; i++)
        counts[brink_pick_least(candidates, 2)]++;
    assert_int_equal(counts[0], 100);
    assert_int_equal(counts[1], 300);
}

static void two_are_drawn_by_weight(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 2, 0, 5};
    uint64_t random = 1;
    set(weights, 4);
    for (size_t i = 0; i < 80000; i++) {
        random = brink_maglev_mix(random);
        counts[brink_pick_of_two(candidates, 4, random)]++;
    }
    assert_in_range(counts[0], 9500, 10500);
    assert_in_range(counts[1], 19400, 20600);
    assert_int_equal(counts[2], 0);
    assert_in_range(counts[3], 49200, 50800);
}

static void of_two_the_idler_is_taken(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1};
    uint64_t random = 7;
    set(weights, 3);
    candidates[1].connections = 100;
    for (size_t i = 0; i < 30000; i++) {
        random = brink_maglev_mix(random);
        counts[brink_pick_of_two(candidates, 3, random)]++;
    }
    assert_int_equal(counts[1], 0); /* it would have to be drawn twice */
    assert_in_range(counts[0], 14000, 16000);
    candidates[0].weight = 0;
    candidates[2].weight = 0;
    assert_int_equal(brink_pick_of_two(candidates, 3, random), 1);
}

/* Long connections: nobody has many more than the others. */
static void of_two_keeps_the_load_even(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1, 1, 1, 1, 2, 4};
    uint64_t random = 3;
    set(weights, MANY);
    for (size_t i = 0; i < 12000; i++) {
        random = brink_maglev_mix(random);
        candidates[brink_pick_of_two(candidates, MANY, random)].connections++;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_in_range(candidates[i].connections, 960 * weights[i], 1040 * weights[i]);
}

static void extremes_of_chance_are_in_range(void **state)
{
    (void)state;
    static const uint32_t weights[] = {256, 0, 256, 1};
    static const uint64_t randoms[] = {0, UINT64_MAX, UINT32_MAX, (uint64_t)UINT32_MAX << 32};
    set(weights, 4);
    for (size_t i = 0; i < sizeof randoms / sizeof randoms[0]; i++) {
        size_t picked = brink_pick_of_two(candidates, 4, randoms[i]);
        assert_true(picked < 4 && picked != 1);
    }
}

static void nobody_is_nobody(void **state)
{
    (void)state;
    static const uint32_t weights[] = {0, 0};
    static struct brink_maglev table;
    set(weights, 2);
    memset(&table, 0, sizeof table);
    assert_true(brink_pick_in_turn(candidates, 2) == BRINK_PICK_NONE);
    assert_true(brink_pick_least(candidates, 2) == BRINK_PICK_NONE);
    assert_true(brink_pick_of_two(candidates, 2, 5) == BRINK_PICK_NONE);
    assert_true(brink_pick_by_source(candidates, &table, 5) == BRINK_PICK_NONE);
    memset(&table, 0xff, sizeof table);
    assert_true(brink_pick_by_source(candidates, &table, 5) == BRINK_PICK_NONE);
    assert_true(brink_pick_in_turn(candidates, 0) == BRINK_PICK_NONE);
}

static void slow_starts_grow_from_a_tenth(void **state)
{
    (void)state;
    uint32_t before = 0;
    assert_int_equal(brink_pick_weight(4, 0, 1000), 4 * BRINK_PICK_UNIT / 10);
    assert_int_equal(brink_pick_weight(4, 500, 1000), 4 * BRINK_PICK_UNIT * 55 / 100);
    assert_int_equal(brink_pick_weight(4, 1000, 1000), 4 * BRINK_PICK_UNIT);
    assert_int_equal(brink_pick_weight(256, UINT64_MAX, 1000), 256 * BRINK_PICK_UNIT);
    assert_int_equal(brink_pick_weight(1, 0, 0), BRINK_PICK_UNIT);
    assert_int_equal(brink_pick_weight(0, 5, 10), 0);
    for (uint64_t ms = 0; ms < 2000; ms++) {
        uint32_t weight = brink_pick_weight(1, ms, 1500);
        assert_true(weight >= before && weight > 0);
        before = weight;
    }
}

static struct brink_maglev table;

static void make_table(size_t count)
{
    static const char *const texts[MANY] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct brink_maglev_entry entries[MANY];
    for (size_t i = 0; i < count; i++)
        entries[i] =
            (struct brink_maglev_entry){.text = texts[i], .weight = 1, .owner = (uint16_t)i};
    brink_maglev_build(&table, entries, count);
}

static void a_source_keeps_its_server(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1, 1};
    set(weights, 4);
    make_table(4);
    for (uint64_t source = 0; source < 4000; source++) {
        size_t owner = brink_pick_by_source(candidates, &table, source);
        size_t next;
        assert_int_equal(owner, table.owners[brink_maglev_begin(source).slot]);
        counts[owner]++;
        candidates[owner].weight = 0; /* down: the same next one every time */
        next = brink_pick_by_source(candidates, &table, source);
        assert_true(next < 4 && next != owner);
        assert_int_equal(brink_pick_by_source(candidates, &table, source), next);
        candidates[owner].weight = BRINK_PICK_UNIT;
        assert_int_equal(brink_pick_by_source(candidates, &table, source), owner);
    }
    for (size_t i = 0; i < 4; i++)
        assert_in_range(counts[i], 850, 1150);
}

/* What one that is down had is spread over all others, and nobody else moves. */
static void who_is_down_is_replaced_by_all(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1, 1, 1};
    set(weights, 5);
    make_table(5);
    candidates[2].weight = 0;
    for (uint64_t source = 0; source < 20000; source++) {
        size_t owner = table.owners[brink_maglev_begin(source).slot];
        size_t picked = brink_pick_by_source(candidates, &table, source);
        if (owner != 2)
            assert_int_equal(picked, owner);
        else
            counts[picked]++;
    }
    assert_int_equal(counts[2], 0);
    for (size_t i = 0; i < 5; i++)
        assert_true(i == 2 || (counts[i] > 800 && counts[i] < 1200));
}

static void sources_come_back_bit_by_bit(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1};
    enum { SOURCES = 3000 };
    static bool back[SOURCES];
    size_t before = 0;
    set(weights, 3);
    make_table(3);
    for (uint32_t tenths = 1; tenths <= 10; tenths++) {
        size_t now = 0;
        candidates[1].weight = tenths * BRINK_PICK_UNIT / 10;
        for (uint64_t source = 0; source < SOURCES; source++) {
            bool its = brink_pick_by_source(candidates, &table, source) == 1;
            assert_true(its || !back[source]); /* who is back stays */
            back[source] = its;
            now += its;
        }
        assert_in_range(now, (tenths * 100) - 80, (tenths * 100) + 80);
        assert_true(now > before);
        before = now;
    }
}

/* Slow ones are used all the same when there is nobody else. */
static void where_all_start_slowly_each_source_has_its_own(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1};
    set(weights, 3);
    make_table(3);
    for (size_t i = 0; i < 3; i++)
        candidates[i].weight = BRINK_PICK_UNIT / 10;
    for (uint64_t source = 0; source < 1000; source++)
        assert_int_equal(brink_pick_by_source(candidates, &table, source),
                         table.owners[brink_maglev_begin(source).slot]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_go_round_by_weight),
        cmocka_unit_test(turns_pass_over_those_without_weight),
        cmocka_unit_test(who_comes_back_gets_no_more_than_a_share),
        cmocka_unit_test(least_fills_by_weight),
        cmocka_unit_test(least_prefers_who_has_fewer),
        cmocka_unit_test(least_takes_turns_where_all_are_idle),
        cmocka_unit_test(two_are_drawn_by_weight),
        cmocka_unit_test(of_two_the_idler_is_taken),
        cmocka_unit_test(of_two_keeps_the_load_even),
        cmocka_unit_test(extremes_of_chance_are_in_range),
        cmocka_unit_test(nobody_is_nobody),
        cmocka_unit_test(slow_starts_grow_from_a_tenth),
        cmocka_unit_test(a_source_keeps_its_server),
        cmocka_unit_test(who_is_down_is_replaced_by_all),
        cmocka_unit_test(sources_come_back_bit_by_bit),
        cmocka_unit_test(where_all_start_slowly_each_source_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
