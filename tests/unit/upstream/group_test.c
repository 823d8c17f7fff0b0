/* A group from its opening to its closing, and its figures. */
#include "group_rig.h"

#include <errno.h>

static void without_memory_there_is_no_group(void **state)
{
    (void)state;
    struct brink_upstream_options options;
    struct brink_log quiet = {0};
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_group *group = NULL;
    brink_upstream_options_init(&options);
    counting_open(&arena, &memory);
    for (size_t at = 1; at <= 2; at++) {
        memory.fail_at = memory.calls + 1 + (at - 1);
        assert_int_equal(brink_group_open_on(&group, arena, &options, &quiet, 1).err, ENOMEM);
        assert_int_equal(memory.blocks, 0);
        assert_null(group);
    }
    memory.fail_at = 0;
    assert_int_equal(brink_group_open_on(&group, arena, &options, &quiet, 1).err, 0);
    brink_group_close(group);
    assert_int_equal(memory.blocks, 0);
}

static void a_group_opens_on_its_own_memory(void **state)
{
    (void)state;
    struct brink_upstream_options options;
    struct brink_log quiet = {0};
    struct brink_group *group;
    brink_upstream_options_init(&options);
    assert_int_equal(brink_group_open(&group, &options, &quiet, 1).err, 0);
    brink_group_close(group);
    brink_group_close(NULL);
}

static void holds_are_told_how_many_there_are(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[2];
    rig_init(&rig);
    for (int i = 0; i < 3; i++)
        (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(brink_group_hold(rig.group, NULL, 0), 3);
    assert_int_equal(brink_group_hold(rig.group, held, 2), 3);
    assert_int_equal(rig_port(held[0]), 1);
    assert_int_equal(rig_port(held[1]), 2);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
}

struct visits {
    struct brink_target_figures figures[RIG_SERVERS];
    char texts[RIG_SERVERS][BRINK_ADDRESS_TEXT_MAX];
    size_t count;
};

static void visit(void *context, const struct brink_target *target,
                  const struct brink_target_figures *figures)
{
    struct visits *visits = context;
    (void)snprintf(visits->texts[visits->count], sizeof visits->texts[0], "%s", target->text);
    visits->figures[visits->count++] = *figures;
}

static void figures_tell_of_each_and_all(void **state)
{
    (void)state;
    static struct group_rig rig;
    static struct visits visits;
    struct brink_target *target, *held[RIG_SERVERS];
    struct brink_group_figures figures;
    rig_init(&rig);
    *rig_add(&rig, 5) = (struct brink_target_entry){
        .address = rig_address(1), .weight = 5, .max_connections = 7, .tier = 0};
    rig_add(&rig, 1)->tier = 3;
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &target), 0);
    assert_int_equal(rig_turn(&rig), 1);
    assert_int_equal(rig_hold(&rig, held), 2);
    rig.now_ms += 10;
    rig_check(&rig, held[1], false, 3);
    brink_group_each(rig.group, visit, &visits);
    assert_int_equal(visits.count, 2);
    assert_string_equal(visits.texts[0], "10.0.0.1:1");
    assert_string_equal(visits.texts[1], "10.0.0.1:2");
    assert_int_equal(visits.figures[0].state, BRINK_TARGET_UP);
    assert_int_equal(visits.figures[0].since_ms, rig.now_ms - 10);
    assert_int_equal(visits.figures[0].weight, 5);
    assert_int_equal(visits.figures[0].max_connections, 7);
    assert_int_equal(visits.figures[0].connections, 1);
    assert_int_equal(visits.figures[0].total_connections, 2);
    assert_int_equal(visits.figures[1].state, BRINK_TARGET_DOWN);
    assert_int_equal(visits.figures[1].since_ms, rig.now_ms);
    assert_int_equal(visits.figures[1].tier, 3);
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.servers, 2);
    assert_int_equal(figures.usable, 1);
    assert_int_equal(figures.connections, 1);
    rig_drop(&rig, held, 2);
    brink_group_release(rig.group, target);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_there_is_no_group),
        cmocka_unit_test(a_group_opens_on_its_own_memory),
        cmocka_unit_test(holds_are_told_how_many_there_are),
        cmocka_unit_test(figures_tell_of_each_and_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
