/* What workers' connections to a server have carried. */
#include "group_rig.h"

#include "upstream/share.h"

static struct group_rig rig;

static void visit(void *context, const struct brink_target *target,
                  const struct brink_target_figures *figures)
{
    struct brink_target_figures *all = context;
    all[rig_port(target) - 1] = *figures;
}

static void each_worker_counts_for_itself(void **state)
{
    (void)state;
    struct brink_target *target;
    struct brink_target_figures figures[2];
    int workers[2];
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &target), 0);
    struct brink_share *one = brink_group_share(rig.group, target, &workers[0]);
    struct brink_share *two = brink_group_share(rig.group, target, &workers[1]);
    assert_non_null(one);
    assert_non_null(two);
    assert_ptr_not_equal(one, two);
    assert_ptr_equal(brink_group_share(rig.group, target, &workers[0]), one);
    brink_counter_add(&one->frames[0], 1);
    brink_counter_add(&two->frames[0], 2);
    brink_counter_add(&two->bytes[1], 30);
    brink_counter_add(&two->replies, 4);
    brink_counter_add(&one->reply_us, 500);
    brink_group_each(rig.group, visit, figures);
    assert_int_equal(figures[0].frames[0], 3);
    assert_int_equal(figures[0].frames[1], 0);
    assert_int_equal(figures[0].bytes[1], 30);
    assert_int_equal(figures[0].replies, 4);
    assert_int_equal(figures[0].reply_us, 500);
    assert_int_equal(figures[1].frames[0], 0);
    brink_group_release(rig.group, target);
    rig_close(&rig); /* which finds all memory given back */
}

static void it_lives_as_long_as_its_server_is_leased(void **state)
{
    (void)state;
    struct brink_target *target;
    int worker;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &target), 0);
    struct brink_share *share = brink_group_share(rig.group, target, &worker);
    rig.count = 0;
    assert_int_equal(rig_update(&rig), 0); /* it is gone */
    brink_counter_add(&share->frames[0], 1);
    size_t held = rig.memory.bytes;
    brink_group_release(rig.group, target);
    assert_true(rig.memory.bytes <= held - sizeof *share - sizeof *target);
    rig_close(&rig);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct brink_target *target;
    int worker;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &target), 0);
    rig.memory.fail_at = rig.memory.calls + 1;
    assert_null(brink_group_share(rig.group, target, &worker));
    assert_non_null(brink_group_share(rig.group, target, &worker));
    brink_group_release(rig.group, target);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_counts_for_itself),
        cmocka_unit_test(it_lives_as_long_as_its_server_is_leased),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
