/* Several things of a group that change at once, or not at all. */
#include "group_rig.h"

#include <errno.h>

static const struct brink_upstream_options *keep(struct group_rig *rig)
{
    const struct brink_upstream_options *kept;
    assert_int_equal(brink_group_keep_options(rig->group, &rig->options, &kept).err, 0);
    return kept;
}

static void the_same_options_are_one_copy(void **state)
{
    (void)state;
    static struct group_rig rig;
    uint8_t send[] = {1, 2};
    rig_init(&rig);
    rig.options.health.send = send;
    rig.options.health.send_size = sizeof send;
    rig_open(&rig);
    const struct brink_upstream_options *first = brink_group_options(rig.group);
    assert_ptr_equal(keep(&rig), first);
    rig.options.connect_ms++;
    const struct brink_upstream_options *second = keep(&rig);
    assert_ptr_not_equal(second, first);
    assert_ptr_equal(keep(&rig), second);
    send[1]++;
    assert_ptr_not_equal(keep(&rig), second);
    send[1]--;
    rig.options.connect_ms--;
    rig.options.file = "/servers";
    assert_ptr_not_equal(keep(&rig), first);
    rig.options.file = NULL;
    assert_ptr_equal(keep(&rig), first);
    assert_ptr_equal(brink_group_options(rig.group), first);
    rig_close(&rig);
}

/* The options, a list that is another, and one that is silent from now on. */
static void prepare(struct group_rig *rig, struct brink_group_change *change)
{
    rig->options.balance = BRINK_BALANCE_SOURCE;
    rig->options.when_down = BRINK_WHEN_DOWN_NOW;
    brink_group_change_begin(change, rig->group, keep(rig), rig->now_ms);
    assert_int_equal(brink_group_change_list(change, 0, &rig->entries[1], 2).err, 0);
    assert_int_equal(brink_group_change_list(change, 2, NULL, 0).err, 0);
    assert_int_equal(brink_group_change_ready(change).err, 0);
}

/* Port 1 and 2 are listed; 4 by another source; 2 and 3 are to be. */
static void open_group(struct group_rig *rig)
{
    rig_init(rig);
    (void)rig_add(rig, 1);
    (void)rig_add(rig, 1);
    rig_open(rig);
    (void)rig_add(rig, 1);
    struct brink_target_entry found = {.address = rig_address(4), .weight = 1};
    assert_int_equal(brink_group_update(rig->group, 2, &found, 1, rig->now_ms).err, 0);
    rig->log[0] = '\0';
}

static void all_of_it_comes_with_the_commit(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_group_change change;
    struct brink_target *held[RIG_SERVERS];
    open_group(&rig);
    prepare(&rig, &change);
    assert_int_equal(brink_group_options(rig.group)->balance, BRINK_BALANCE_ROUND_ROBIN);
    assert_int_equal(rig_hold(&rig, held), 3);
    rig_drop(&rig, held, 3);
    rig_logged(&rig, "");
    brink_group_change_commit(&change);
    assert_null(change.group);
    assert_int_equal(brink_group_options(rig.group)->balance, BRINK_BALANCE_SOURCE);
    assert_int_equal(brink_group_options(rig.group)->when_down, BRINK_WHEN_DOWN_NOW);
    assert_int_equal(rig_hold(&rig, held), 2);
    assert_int_equal(rig_port(held[0]), 2);
    assert_int_equal(rig_port(held[1]), 3);
    rig_drop(&rig, held, 2);
    struct brink_target *target;
    assert_int_equal(rig_lease_pick(&rig, (struct brink_pick){.source = 77}, &target), 0);
    brink_group_release(rig.group, target); /* by the tables that came with it */
    assert_non_null(strstr(rig.log, "event=server-added upstream=u server=10.0.0.1:3"));
    assert_non_null(strstr(rig.log, "event=server-removed upstream=u server=10.0.0.1:4"));
    rig_close(&rig);
}

static void undone_nothing_has_happened(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_group_change change;
    open_group(&rig);
    size_t blocks = rig.memory.blocks;
    prepare(&rig, &change);
    brink_group_change_undo(&change);
    brink_group_change_undo(&change);                /* harmless */
    assert_int_equal(rig.memory.blocks, blocks + 1); /* the copy of the options */
    assert_int_equal(brink_group_options(rig.group)->balance, BRINK_BALANCE_ROUND_ROBIN);
    rig_logged(&rig, "");
    assert_int_equal(rig_update(&rig), 0); /* others may change it again */
    rig_close(&rig);
}

/* Two lists that both name one that is new. */
static void a_new_server_of_two_lists_is_one(void **state)
{
    (void)state;
    static struct group_rig rig;
    for (int commits = 0; commits < 2; commits++) {
        struct brink_group_change change;
        open_group(&rig);
        const struct brink_upstream_options *options = brink_group_options(rig.group);
        brink_group_change_begin(&change, rig.group, options, rig.now_ms);
        for (unsigned source = 1; source <= 2; source++)
            assert_int_equal(brink_group_change_list(&change, source, &rig.entries[2], 1).err, 0);
        assert_int_equal(brink_group_change_ready(&change).err, 0);
        if (commits)
            brink_group_change_commit(&change);
        else
            brink_group_change_undo(&change);
        assert_int_equal(brink_group_hold(rig.group, NULL, 0), 3);
        rig_close(&rig);
    }
}

static void from_tables_to_none_and_back(void **state)
{
    (void)state;
    static struct group_rig rig;
    open_group(&rig);
    for (int i = 0; i < 4; i++) {
        struct brink_group_change change;
        rig.options.balance = i % 2 == 0 ? BRINK_BALANCE_SOURCE : BRINK_BALANCE_LEAST_CONNECTIONS;
        brink_group_change_begin(&change, rig.group, keep(&rig), rig.now_ms);
        assert_int_equal(brink_group_change_ready(&change).err, 0);
        brink_group_change_commit(&change);
        assert_int_equal(rig.group->roster.tables != NULL, i % 2 == 0);
        assert_true(rig_turn(&rig) > 0);
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_options_are_one_copy),
        cmocka_unit_test(all_of_it_comes_with_the_commit),
        cmocka_unit_test(undone_nothing_has_happened),
        cmocka_unit_test(a_new_server_of_two_lists_is_one),
        cmocka_unit_test(from_tables_to_none_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
