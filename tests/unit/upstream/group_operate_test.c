/* Servers that an operator drains, or gives another weight. */
#include "group_rig.h"

#include <errno.h>

static struct group_rig rig;

static struct brink_target *find(const char *name)
{
    struct brink_target *target = brink_group_find(rig.group, name);
    assert_non_null(target);
    return target;
}

static void open_with(size_t count)
{
    rig_init(&rig);
    for (size_t i = 0; i < count; i++)
        (void)rig_add(&rig, 1);
    rig_open(&rig);
}

static void who_is_drained_gets_nobody(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    struct brink_target *leased;
    open_with(2);
    struct brink_target *first = rig.group->roster.members[0].target;
    assert_ptr_equal(find(first->text), first);
    brink_group_set_drained(rig.group, first, true);
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.servers, 2);
    assert_int_equal(figures.usable, 1);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(rig_lease(&rig, &leased), 0);
        assert_ptr_not_equal(leased, first);
        brink_group_release(rig.group, leased);
    }
    brink_group_set_drained(rig.group, first, false);
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.usable, 2);
    brink_group_drop(rig.group, first);
    rig_close(&rig);
}

static void where_all_are_drained_there_is_none(void **state)
{
    (void)state;
    struct brink_target *leased;
    open_with(1);
    struct brink_target *only = find(rig.group->roster.members[0].target->name);
    brink_group_set_drained(rig.group, only, true);
    assert_int_equal(rig_lease(&rig, &leased), EHOSTUNREACH);
    brink_group_drop(rig.group, only);
    rig_close(&rig);
}

static void there_may_be_no_such_server(void **state)
{
    (void)state;
    open_with(1);
    assert_null(brink_group_find(rig.group, "nobody"));
    rig_close(&rig);
}

static uint32_t weight_of(const struct brink_target *target)
{
    return rig.group->roster.members[target->index].weight;
}

static void update(uint32_t weight)
{
    rig.entries[0].weight = weight;
    assert_int_equal(rig_update(&rig), 0);
}

static void a_weight_holds_until_its_source_says_another(void **state)
{
    (void)state;
    open_with(2);
    struct brink_target *target = find(rig.group->roster.members[0].target->name);
    assert_int_equal(brink_group_set_weight(rig.group, target, 7, 0).err, 0);
    assert_int_equal(weight_of(target), 7);
    update(1); /* what it said before */
    assert_int_equal(weight_of(target), 7);
    assert_int_equal(brink_group_set_weight(rig.group, target, 0, 0).err, 0);
    assert_int_equal(weight_of(target), 0);
    update(3);
    assert_int_equal(weight_of(target), 3);
    update(1); /* and it is forgotten */
    assert_int_equal(weight_of(target), 1);
    brink_group_drop(rig.group, target);
    rig_close(&rig);
}

static void a_weight_moves_sources(void **state)
{
    (void)state;
    struct brink_target *leased;
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    struct brink_target *target = find(rig.group->roster.members[0].target->name);
    assert_int_equal(brink_group_set_weight(rig.group, target, 0, 0).err, 0);
    for (uint64_t source = 0; source < 100; source++) {
        struct brink_pick pick = {.source = source};
        assert_int_equal(rig_lease_pick(&rig, pick, &leased), 0);
        assert_ptr_not_equal(leased, target);
        brink_group_release(rig.group, leased);
    }
    brink_group_drop(rig.group, target);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_drained_gets_nobody),
        cmocka_unit_test(where_all_are_drained_there_is_none),
        cmocka_unit_test(there_may_be_no_such_server),
        cmocka_unit_test(a_weight_holds_until_its_source_says_another),
        cmocka_unit_test(a_weight_moves_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
