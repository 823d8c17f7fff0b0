/* Connections that there are already, to servers that the group has or does not have. */
#include "group_rig.h"

#include <errno.h>

static struct brink_target *lease(struct group_rig *rig, unsigned port, const char *name)
{
    struct brink_address address = rig_address(port);
    struct brink_target *target = NULL;
    assert_int_equal(
        brink_group_lease_address(rig->group, &address, name, rig->now_ms, &target).err, 0);
    assert_true(brink_group_check(rig->group));
    return target;
}

static uint32_t connections(struct group_rig *rig)
{
    struct brink_group_figures figures;
    brink_group_figures(rig->group, &figures);
    return figures.connections;
}

static void a_server_of_the_group_counts_one_more(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_add(&rig, 0)->max_connections = 1; /* neither its weight nor its limit matters */
    rig_open(&rig);
    struct brink_target *first = lease(&rig, 2, "other");
    struct brink_target *second = lease(&rig, 2, "other");
    assert_ptr_equal(first, second);
    assert_string_equal(first->name, "10.0.0.1:2");
    assert_int_equal(first->connections, 2);
    assert_int_equal(connections(&rig), 2);
    assert_false(brink_target_is_out(first));
    brink_group_release(rig.group, first);
    brink_group_release(rig.group, second);
    assert_int_equal(connections(&rig), 0);
    rig_close(&rig);
}

static void a_server_that_it_lacks_is_gone_from_the_first(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    struct brink_target *stranger = lease(&rig, 9, "old name");
    assert_string_equal(stranger->name, "old_name");
    assert_string_equal(stranger->text, "10.0.0.1:9");
    assert_true(brink_target_is_out(stranger));
    assert_int_equal(connections(&rig), 1);
    assert_int_equal(rig_update(&rig), 0); /* of no concern to it */
    struct brink_target *unnamed = lease(&rig, 8, NULL);
    assert_string_equal(unnamed->name, "10.0.0.1:8");
    brink_group_note(rig.group, stranger, BRINK_OUTCOME_RESET, rig.now_ms);
    brink_group_release(rig.group, stranger);
    brink_group_release(rig.group, unnamed);
    assert_int_equal(connections(&rig), 0);
    rig_close(&rig); /* which sees that no memory is left */
}

static void without_memory_nothing_is_counted(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    rig_open(&rig);
    struct brink_address address = rig_address(1);
    struct brink_target *target = NULL;
    rig.memory.fail_at = rig.memory.calls + 1;
    int err = brink_group_lease_address(rig.group, &address, NULL, rig.now_ms, &target).err;
    rig.memory.fail_at = 0;
    assert_int_equal(err, ENOMEM);
    assert_null(target);
    assert_int_equal(connections(&rig), 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_of_the_group_counts_one_more),
        cmocka_unit_test(a_server_that_it_lacks_is_gone_from_the_first),
        cmocka_unit_test(without_memory_nothing_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
