/* Who is told what, and the queue's places. */
#include "group_rig.h"

struct watch {
    struct brink_group_watcher watcher;
    unsigned told;
};

static void tell(struct brink_group_watcher *watcher)
{
    BRINK_CONTAINER_OF(watcher, struct watch, watcher)->told++;
}

static void watch(struct group_rig *rig, struct watch *watch)
{
    *watch = (struct watch){.watcher.notify = tell};
    atomic_init(&watch->watcher.waits, false);
    brink_group_watch(rig->group, &watch->watcher);
}

static void every_change_is_told(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    struct watch a, b;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 2);
    watch(&rig, &a);
    watch(&rig, &b);
    rig_check(&rig, held[0], false, 3); /* down */
    assert_int_equal(a.told, 1);
    rig_check(&rig, held[0], true, 2); /* up */
    assert_int_equal(a.told, 2);
    rig_note(&rig, held[1], BRINK_OUTCOME_CONNECT_FAILED, 5); /* ejected */
    assert_int_equal(a.told, 3);
    (void)brink_group_advance(rig.group, rig.now_ms + 30000); /* and back */
    assert_int_equal(a.told, 4);
    rig.count = 1;
    assert_int_equal(rig_update(&rig), 0); /* gone */
    assert_int_equal(a.told, 5);
    assert_int_equal(b.told, 5);
    brink_group_unwatch(rig.group, &a.watcher);
    rig_check(&rig, held[0], false, 3);
    assert_int_equal(a.told, 5);
    assert_int_equal(b.told, 6);
    brink_group_unwatch(rig.group, &b.watcher);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
}

static void a_free_place_is_told_to_who_waits_once(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *first, *second;
    struct watch waits, other;
    rig_init(&rig);
    rig_add(&rig, 1)->max_connections = 2;
    rig_open(&rig);
    watch(&rig, &waits);
    watch(&rig, &other);
    assert_int_equal(rig_lease(&rig, &first), 0);
    atomic_store(&waits.watcher.waits, true);
    brink_group_release(rig.group, first); /* there was a place before */
    assert_int_equal(waits.told, 0);
    assert_int_equal(rig_lease(&rig, &first), 0);
    assert_int_equal(rig_lease(&rig, &second), 0);
    brink_group_release(rig.group, first);
    assert_int_equal(waits.told, 1);
    assert_false(atomic_load(&waits.watcher.waits));
    assert_int_equal(other.told, 0);
    assert_int_equal(rig_lease(&rig, &first), 0);
    brink_group_release(rig.group, first);
    assert_int_equal(waits.told, 1);
    brink_group_release(rig.group, second);
    brink_group_unwatch(rig.group, &waits.watcher);
    brink_group_unwatch(rig.group, &other.watcher);
    rig_close(&rig);
}

/* With the limit lowered below what there is, the first to end leave no place. */
static void beyond_the_limit_no_place_is_free(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *targets[3];
    struct watch waits;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig_lease(&rig, &targets[i]), 0);
    rig.entries[0].max_connections = 2;
    assert_int_equal(rig_update(&rig), 0);
    watch(&rig, &waits);
    atomic_store(&waits.watcher.waits, true);
    brink_group_release(rig.group, targets[0]);
    assert_int_equal(waits.told, 0);
    brink_group_release(rig.group, targets[1]);
    assert_int_equal(waits.told, 1);
    brink_group_release(rig.group, targets[2]);
    brink_group_unwatch(rig.group, &waits.watcher);
    rig_close(&rig);
}

static void new_places_are_told_too(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *target;
    struct watch waits;
    rig_init(&rig);
    rig_add(&rig, 1)->max_connections = 1;
    rig_open(&rig);
    watch(&rig, &waits);
    assert_int_equal(rig_lease(&rig, &target), 0);
    atomic_store(&waits.watcher.waits, true);
    rig.entries[0].max_connections = 2;
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(waits.told, 1);
    assert_false(atomic_load(&waits.watcher.waits));
    brink_group_release(rig.group, target);
    brink_group_unwatch(rig.group, &waits.watcher);
    rig_close(&rig);
}

static void the_queue_has_so_many_places(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_group_figures figures;
    rig_init(&rig);
    rig.options.queue_max = 2;
    rig_open(&rig);
    assert_true(brink_group_enter_queue(rig.group));
    assert_true(brink_group_enter_queue(rig.group));
    assert_false(brink_group_enter_queue(rig.group));
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.queued, 2);
    brink_group_leave_queue(rig.group);
    assert_true(brink_group_enter_queue(rig.group));
    brink_group_leave_queue(rig.group);
    brink_group_leave_queue(rig.group);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_told),
        cmocka_unit_test(a_free_place_is_told_to_who_waits_once),
        cmocka_unit_test(beyond_the_limit_no_place_is_free),
        cmocka_unit_test(new_places_are_told_too),
        cmocka_unit_test(the_queue_has_so_many_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
