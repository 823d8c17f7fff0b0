/* Shares by weight, the same table whatever the order, and few that move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "upstream/maglev.h"

enum { MANY = 1024 };

struct servers {
    struct brink_maglev_entry entries[MANY];
    char texts[MANY][32];
    size_t count;
};

static struct servers servers;
static struct brink_maglev table;
static struct brink_maglev other;

static void make(size_t count, uint32_t weight)
{
    memset(&servers, 0, sizeof servers);
    servers.count = count;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(servers.texts[i], sizeof servers.texts[i], "10.0.%zu.%zu:5882", i / 250,
                       i % 250);
        servers.entries[i] = (struct brink_maglev_entry){
            .text = servers.texts[i], .weight = weight, .owner = (uint16_t)i};
    }
}

static void count_slots(const struct brink_maglev *of, size_t *counts)
{
    memset(counts, 0, MANY * sizeof *counts);
    for (size_t slot = 0; slot < BRINK_MAGLEV_SLOTS; slot++) {
        assert_true(of->owners[slot] < MANY);
        counts[of->owners[slot]]++;
    }
}

static void slots_are_shared_evenly(void **state)
{
    (void)state;
    static size_t counts[MANY];
    for (size_t count = 1; count <= MANY; count = count * 3 + 1) {
        make(count, 1);
        brink_maglev_build(&table, servers.entries, count);
        count_slots(&table, counts);
        for (size_t i = 0; i < count; i++)
            assert_in_range(counts[i], BRINK_MAGLEV_SLOTS / count, BRINK_MAGLEV_SLOTS / count + 1);
    }
}

static void slots_are_shared_by_weight(void **state)
{
    (void)state;
    static size_t counts[MANY];
    make(4, 0);
    static const uint32_t weights[] = {1, 2, 5, 0};
    for (size_t i = 0; i < 4; i++)
        servers.entries[i].weight = weights[i];
    brink_maglev_build(&table, servers.entries, 4);
    count_slots(&table, counts);
    for (size_t i = 0; i < 3; i++)
        assert_in_range(counts[i], BRINK_MAGLEV_SLOTS * weights[i] / 8 - 2,
                        BRINK_MAGLEV_SLOTS * weights[i] / 8 + 2);
    assert_int_equal(counts[3], 0);
}

static void the_lightest_has_a_slot(void **state)
{
    (void)state;
    static size_t counts[MANY];
    make(MANY, 256);
    servers.entries[700].weight = 1;
    brink_maglev_build(&table, servers.entries, MANY);
    count_slots(&table, counts);
    assert_int_equal(counts[700], 1);
}

static void without_weights_slots_are_nobodys(void **state)
{
    (void)state;
    make(3, 0);
    brink_maglev_build(&table, servers.entries, 3);
    for (size_t slot = 0; slot < BRINK_MAGLEV_SLOTS; slot++)
        assert_int_equal(table.owners[slot], BRINK_MAGLEV_NOBODY);
    brink_maglev_build(&table, servers.entries, 0);
    assert_int_equal(table.owners[0], BRINK_MAGLEV_NOBODY);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    make(50, 1);
    for (size_t i = 0; i < 50; i++)
        servers.entries[i].weight = (uint32_t)(i % 7);
    brink_maglev_build(&table, servers.entries, 50);
    uint64_t chance = 1;
    for (size_t i = 49; i > 0; i--) { /* Fisher and Yates */
        chance = brink_maglev_mix(chance);
        size_t k = chance % (i + 1);
        struct brink_maglev_entry entry = servers.entries[i];
        servers.entries[i] = servers.entries[k];
        servers.entries[k] = entry;
    }
    brink_maglev_build(&other, servers.entries, 50);
    assert_memory_equal(&table, &other, sizeof table);
}

static void the_table_is_the_same_for_ever(void **state)
{
    (void)state;
    uint64_t sum = 0;
    make(5, 1);
    servers.entries[2].weight = 3;
    brink_maglev_build(&table, servers.entries, 5);
    for (size_t slot = 0; slot < BRINK_MAGLEV_SLOTS; slot++)
        sum = brink_maglev_mix(sum ^ table.owners[slot]);
    /* When this changes, all sources move at the upgrade: say so in the changelog. */
    if (sum != UINT64_C(0x4bc0f60b1b1d310d))
        fail_msg("0x%llx", (unsigned long long)sum);
}

/* Of 65537 sources, in percent, those of others than `gone` that have another owner now. */
static double moved(size_t gone)
{
    size_t others = 0;
    for (size_t slot = 0; slot < BRINK_MAGLEV_SLOTS; slot++)
        others += table.owners[slot] != gone && table.owners[slot] != other.owners[slot];
    return 100.0 * (double)others / BRINK_MAGLEV_SLOTS;
}

static void few_move_when_one_of_ten_leaves(void **state)
{
    (void)state;
    for (size_t gone = 0; gone < 10; gone++) {
        make(10, 1);
        brink_maglev_build(&table, servers.entries, 10);
        make(10, 1);
        servers.entries[gone] = servers.entries[9];
        brink_maglev_build(&other, servers.entries, 9);
        assert_true(moved(gone) <= 12.0);
    }
}

static void sources_begin_anywhere(void **state)
{
    (void)state;
    size_t low = 0;
    for (uint64_t source = 0; source < 10000; source++) {
        assert_true(brink_maglev_begin(source).slot < BRINK_MAGLEV_SLOTS);
        low += brink_maglev_begin(source).slot < BRINK_MAGLEV_SLOTS / 4;
    }
    assert_in_range(low, 2350, 2650);
}

static void a_walk_meets_every_slot_once(void **state)
{
    (void)state;
    static bool met[BRINK_MAGLEV_SLOTS];
    for (uint64_t source = 0; source < 20; source++) {
        struct brink_maglev_walk walk = brink_maglev_begin(source);
        memset(met, 0, sizeof met);
        for (size_t i = 0; i < BRINK_MAGLEV_SLOTS; i++) {
            assert_false(met[walk.slot]);
            met[walk.slot] = true;
            brink_maglev_advance(&walk);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_shared_evenly),
        cmocka_unit_test(slots_are_shared_by_weight),
        cmocka_unit_test(the_lightest_has_a_slot),
        cmocka_unit_test(without_weights_slots_are_nobodys),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(the_table_is_the_same_for_ever),
        cmocka_unit_test(few_move_when_one_of_ten_leaves),
        cmocka_unit_test(sources_begin_anywhere),
        cmocka_unit_test(a_walk_meets_every_slot_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
