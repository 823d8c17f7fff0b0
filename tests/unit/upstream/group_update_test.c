/* Servers come, go and change; what is in use stays valid, and a failure changes nothing. */
#include "group_rig.h"

#include <errno.h>

static void comers_and_goers_are_logged(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    rig_open(&rig);
    assert_int_equal(brink_group_version(rig.group), 0);
    rig_add(&rig, 3)->tier = 1;
    rig_add(&rig, 1)->name = "a b\"=\x7f";
    assert_int_equal(rig_update(&rig), 0);
    rig_logged(&rig, "event=server-added upstream=u server=10.0.0.1:1 address=10.0.0.1:1 "
                     "weight=3 tier=1\n"
                     "event=server-added upstream=u server=a_b___ address=10.0.0.1:2 weight=1 "
                     "tier=0\n");
    uint64_t version = brink_group_version(rig.group);
    assert_true(version > 0);
    rig.entries[0].weight = 4;
    assert_int_equal(rig_update(&rig), 0);
    rig_logged(&rig, "");
    assert_int_equal(brink_group_version(rig.group), version);
    rig.entries[1].address = rig_address(9);
    rig.entries[1].name = NULL;
    assert_int_equal(rig_update(&rig), 0);
    rig_logged(&rig, "event=server-added upstream=u server=10.0.0.1:9 address=10.0.0.1:9 "
                     "weight=1 tier=0\n"
                     "event=server-removed upstream=u server=a_b___ address=10.0.0.1:2\n");
    assert_true(brink_group_version(rig.group) > version);
    rig_close(&rig);
}

static void the_same_address_is_the_same_server(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS], *target, *again[RIG_SERVERS];
    rig_init(&rig);
    rig_add(&rig, 1)->max_connections = 1;
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 2);
    rig_check(&rig, held[1], false, 3);
    assert_int_equal(rig_lease(&rig, &target), 0);
    struct brink_target_entry first = rig.entries[0];
    rig.entries[0] = rig.entries[1];
    rig.entries[1] = first;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(rig_hold(&rig, again), 2);
    assert_ptr_equal(again[0], held[1]);
    assert_ptr_equal(again[1], held[0]);
    assert_int_equal(brink_target_state_of(held[1]), BRINK_TARGET_DOWN);
    assert_int_equal(rig_turn(&rig), -EAGAIN); /* its connection is counted still */
    rig.entries[1].max_connections = 2;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(rig_turn(&rig), 1);
    brink_group_release(rig.group, target);
    rig_drop(&rig, held, 2);
    rig_drop(&rig, again, 2);
    rig_close(&rig);
}

static void who_leaves_is_valid_until_let_go(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *leased, *held[RIG_SERVERS];
    struct brink_group_figures figures;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    size_t blocks = rig.memory.blocks;
    assert_int_equal(rig_lease(&rig, &leased), 0);
    assert_int_equal(rig_hold(&rig, held), 1);
    rig.count = 0;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(brink_target_state_of(leased), BRINK_TARGET_GONE);
    assert_string_equal(leased->text, "10.0.0.1:1");
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.servers, 0);
    assert_int_equal(figures.connections, 1);
    /* The same address anew is another server: this one is on its way out. */
    rig.count = 1;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(rig_turn(&rig), 1);
    rig_drop(&rig, held, 1);
    assert_int_equal(rig.memory.blocks, blocks + 1);
    brink_group_release(rig.group, leased);
    assert_int_equal(rig.memory.blocks, blocks);
    rig_close(&rig);
}

static void lists_of_several_sources_add_up(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    struct brink_target_entry found[] = {{.address = rig_address(1), .weight = 100},
                                         {.address = rig_address(2), .weight = 1},
                                         {.address = rig_address(2), .weight = 77}};
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(brink_group_update(rig.group, 7, found, 3, 5).err, 0);
    assert_int_equal(rig_hold(&rig, held), 2);
    size_t first = 0;
    for (int i = 0; i < 20; i++)
        first += rig_turn(&rig) == 1;
    assert_int_equal(first, 10); /* by the weight of the first list */
    rig.count = 0;
    assert_int_equal(rig_update(&rig), 0); /* it is in the other still */
    assert_int_equal(brink_target_state_of(held[0]), BRINK_TARGET_UP);
    for (int i = 0; i < 101; i++)
        first += rig_turn(&rig) == 1;
    assert_int_equal(first, 110);
    assert_int_equal(brink_group_update(rig.group, 7, NULL, 0, 5).err, 0);
    assert_int_equal(brink_target_state_of(held[0]), BRINK_TARGET_GONE);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
}

static void there_is_an_end_to_servers(void **state)
{
    (void)state;
    enum { TOO_MANY = BRINK_UPSTREAM_SERVERS_MAX + 1 };
    static struct group_rig rig;
    static struct brink_target_entry entries[2 * TOO_MANY];
    struct brink_group_figures figures;
    for (unsigned i = 0; i < 2 * TOO_MANY; i++)
        entries[i] =
            (struct brink_target_entry){.weight = 1, .address = rig_address(100 + i % TOO_MANY)};
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(brink_group_update(rig.group, 1, entries, 2 * TOO_MANY, 1).err, ENOSPC);
    assert_int_equal(brink_group_update(rig.group, 1, entries, TOO_MANY - 1, 1).err, ENOSPC);
    assert_int_equal(rig_turn(&rig), 1);
    rig_logged(&rig, "");
    assert_int_equal(brink_group_update(rig.group, 1, entries, TOO_MANY - 2, 1).err, 0);
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.servers, BRINK_UPSTREAM_SERVERS_MAX);
    assert_int_equal(figures.usable, BRINK_UPSTREAM_SERVERS_MAX);
    /* Repetitions are none. */
    rig.count = 0;
    assert_int_equal(rig_update(&rig), 0);
    for (size_t i = 0; i < TOO_MANY - 1; i++)
        entries[TOO_MANY - 1 + i] = entries[i];
    assert_int_equal(brink_group_update(rig.group, 1, entries, 2 * TOO_MANY - 2, 1).err, 0);
    rig_close(&rig);
}

/* Each allocation of an update fails once. */
static void a_failed_update_changes_nothing(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 2);
    size_t blocks = rig.memory.blocks;
    size_t failures = 0;
    rig.entries[0].address = rig_address(7);
    rig_add(&rig, 1)->tier = 1;
    for (;; failures++) {
        rig.memory.fail_at = rig.memory.calls + failures + 1;
        int err = rig_update(&rig);
        if (err == 0)
            break;
        assert_int_equal(err, ENOMEM);
        assert_int_equal(rig.memory.blocks, blocks);
        assert_int_equal(brink_target_state_of(held[0]), BRINK_TARGET_UP);
        assert_in_range(rig_turn(&rig), 1, 2);
        assert_true(brink_group_check(rig.group));
        rig_logged(&rig, "");
    }
    rig.memory.fail_at = 0;
    assert_int_equal(failures, 7); /* list, two servers, roster, turns, scratch, tables */
    assert_int_equal(brink_target_state_of(held[0]), BRINK_TARGET_GONE);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
}

/* What stays where it was needs no new tables. */
static void tables_are_built_when_who_or_weights_change(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    const struct brink_maglev *tables = rig.group->roster.tables;
    rig.entries[0].max_connections = 9;
    assert_int_equal(rig_update(&rig), 0);
    assert_ptr_equal(rig.group->roster.tables, tables);
    rig.entries[0].weight = 3;
    assert_int_equal(rig_update(&rig), 0);
    assert_ptr_not_equal(rig.group->roster.tables, tables);
    rig.count = 0;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(rig_update(&rig), 0);
    assert_null(rig.group->roster.tables);
    rig_close(&rig);
}

/* The turn goes on where it was, whoever else comes. */
static void turns_survive_an_update(void **state)
{
    (void)state;
    static struct group_rig rig;
    size_t counts[4] = {0};
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 2);
    rig_open(&rig);
    for (int i = 0; i < 300; i++) {
        counts[rig_turn(&rig)]++;
        assert_int_equal(rig_update(&rig), 0);
    }
    assert_int_equal(counts[1], 100);
    assert_int_equal(counts[2], 200);
    rig_close(&rig);
}

static void seeds_begin_elsewhere(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_log quiet = {0};
    size_t first[RIG_SERVERS] = {0};
    rig_init(&rig);
    for (int i = 0; i < 8; i++)
        (void)rig_add(&rig, 1);
    for (uint64_t seed = 1; seed <= 400; seed++) {
        size_t counts[RIG_SERVERS] = {0};
        assert_int_equal(brink_group_open(&rig.group, &rig.options, &quiet, seed).err, 0);
        assert_int_equal(rig_update(&rig), 0);
        for (int i = 0; i < 80; i++) {
            int port = rig_turn(&rig);
            first[port] += i == 0;
            counts[port]++;
        }
        for (int port = 1; port <= 8; port++)
            assert_in_range(counts[port], 9, 11);
        brink_group_close(rig.group);
    }
    for (int port = 1; port <= 8; port++)
        assert_in_range(first[port], 20, 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comers_and_goers_are_logged),
        cmocka_unit_test(the_same_address_is_the_same_server),
        cmocka_unit_test(who_leaves_is_valid_until_let_go),
        cmocka_unit_test(lists_of_several_sources_add_up),
        cmocka_unit_test(there_is_an_end_to_servers),
        cmocka_unit_test(a_failed_update_changes_nothing),
        cmocka_unit_test(tables_are_built_when_who_or_weights_change),
        cmocka_unit_test(turns_survive_an_update),
        cmocka_unit_test(seeds_begin_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
