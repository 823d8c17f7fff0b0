/* UP, DOWN, EJECTED and back: what checks and clients say, when, and what is told of it. */
#include "group_rig.h"

#include <errno.h>

struct health {
    struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    size_t count;
};

static void open_servers(struct health *health, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)rig_add(&health->rig, 1);
    rig_open(&health->rig);
    health->count = rig_hold(&health->rig, health->held);
    assert_int_equal(health->count, count);
}

static void close_servers(struct health *health)
{
    rig_drop(&health->rig, health->held, health->count);
    rig_close(&health->rig);
}

static void assert_state(const struct health *health, size_t server, enum brink_target_state state)
{
    assert_int_equal(brink_target_state_of(health->held[server]), state);
}

static void checks_in_a_row_decide(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    open_servers(&health, 2);
    rig_check(rig, health.held[0], false, 2);
    rig_check(rig, health.held[0], true, 1);
    rig_check(rig, health.held[0], false, 2);
    assert_state(&health, 0, BRINK_TARGET_UP);
    rig_logged(rig, "");
    brink_group_checked(rig->group, health.held[0], false, "no \"reply\"\n in \\time\x7f",
                        rig->now_ms);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    rig_check(rig, health.held[0], false, 5);
    rig_logged(rig, "event=server-down upstream=u server=10.0.0.1:1 address=10.0.0.1:1 "
                    "reason=\"no 'reply'  in 'time \"\n");
    assert_int_equal(rig_usable(rig), 1);
    assert_int_equal(rig_turn(rig), 2);
    assert_int_equal(rig_turn(rig), 2);
    rig_check(rig, health.held[0], true, 1);
    rig_check(rig, health.held[0], false, 1);
    rig_check(rig, health.held[0], true, 1);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    rig_check(rig, health.held[0], true, 1);
    assert_state(&health, 0, BRINK_TARGET_UP);
    rig_check(rig, health.held[0], true, 5);
    rig_logged(rig, "event=server-up upstream=u server=10.0.0.1:1 address=10.0.0.1:1\n");
    close_servers(&health);
}

/* A row of checks is one, whatever clients see meanwhile. */
static void an_ejection_does_not_begin_checks_anew(void **state)
{
    (void)state;
    static struct health health;
    rig_init(&health.rig);
    open_servers(&health, 2);
    rig_check(&health.rig, health.held[0], false, 2);
    rig_note(&health.rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    assert_state(&health, 0, BRINK_TARGET_EJECTED);
    rig_check(&health.rig, health.held[0], false, 1);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    close_servers(&health);
}

static void rise_and_fall_are_at_least_one(void **state)
{
    (void)state;
    static struct health health;
    rig_init(&health.rig);
    health.rig.options.health.rise = 0;
    health.rig.options.health.fall = 0;
    open_servers(&health, 1);
    rig_check(&health.rig, health.held[0], true, 1);
    assert_state(&health, 0, BRINK_TARGET_UP);
    brink_group_checked(health.rig.group, health.held[0], false, NULL, 1);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    assert_non_null(strstr(health.rig.log, "reason=\"check failed\""));
    rig_check(&health.rig, health.held[0], true, 1);
    assert_state(&health, 0, BRINK_TARGET_UP);
    close_servers(&health);
}

static void failures_eject_for_a_time(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    open_servers(&health, 2);
    assert_true(brink_group_advance(rig->group, rig->now_ms) == UINT64_MAX);
    rig_note(rig, health.held[1], BRINK_OUTCOME_CONNECT_FAILED, 4);
    assert_state(&health, 1, BRINK_TARGET_UP);
    rig_note(rig, health.held[1], BRINK_OUTCOME_CONNECT_FAILED, 1);
    assert_state(&health, 1, BRINK_TARGET_EJECTED);
    rig_logged(rig, "event=server-ejected upstream=u server=10.0.0.1:2 address=10.0.0.1:2 "
                    "reason=\"5 connects failed in a row\" ms=30000\n");
    rig->now_ms += 29999;
    for (int i = 0; i < 5; i++)
        assert_int_equal(rig_turn(rig), 1);
    assert_int_equal(brink_group_advance(rig->group, rig->now_ms), rig->now_ms + 1);
    rig->now_ms += 1;
    assert_in_range(rig_turn(rig), 1, 2); /* a lease looks at the time */
    assert_state(&health, 1, BRINK_TARGET_UP);
    rig_logged(rig, "event=server-up upstream=u server=10.0.0.1:2 address=10.0.0.1:2\n");
    assert_int_equal(rig_usable(rig), 2);
    close_servers(&health);
}

static void ejections_grow_until_it_answers(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    static const uint64_t lengths[] = {30000, 60000, 90000};
    rig_init(rig);
    open_servers(&health, 2);
    for (size_t i = 0; i < 3; i++) {
        rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
        assert_int_equal(brink_group_advance(rig->group, rig->now_ms), rig->now_ms + lengths[i]);
        rig->now_ms += lengths[i];
        assert_true(brink_group_advance(rig->group, rig->now_ms) == UINT64_MAX);
    }
    rig_note(rig, health.held[0], BRINK_OUTCOME_ANSWERED, 1);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    assert_int_equal(brink_group_advance(rig->group, rig->now_ms), rig->now_ms + lengths[0]);
    close_servers(&health);
}

static void resets_and_silence_eject_where_asked_for(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    rig->options.eject.resets = 2;
    rig->options.eject.reply_ms = 10;
    open_servers(&health, 4);
    rig_note(rig, health.held[0], BRINK_OUTCOME_RESET, 2);
    rig_note(rig, health.held[1], BRINK_OUTCOME_UNANSWERED, 5);
    assert_state(&health, 0, BRINK_TARGET_EJECTED);
    assert_state(&health, 1, BRINK_TARGET_EJECTED);
    assert_non_null(strstr(rig->log, "\"2 connections reset in a row\""));
    assert_non_null(strstr(rig->log, "\"5 requests unanswered or connects failed in a row\""));
    close_servers(&health);
}

static void half_of_them_stay_whatever_fails(void **state)
{
    (void)state;
    for (size_t servers = 1; servers <= 5; servers++) {
        static struct health health;
        struct group_rig *rig = &health.rig;
        size_t ejected = 0;
        rig_init(rig);
        open_servers(&health, servers);
        for (size_t i = 0; i < servers; i++)
            rig_note(rig, health.held[i], BRINK_OUTCOME_CONNECT_FAILED, 20);
        for (size_t i = 0; i < servers; i++)
            ejected += brink_target_state_of(health.held[i]) == BRINK_TARGET_EJECTED;
        assert_int_equal(ejected, servers / 2);
        assert_int_equal(rig_usable(rig), servers - servers / 2);
        close_servers(&health);
    }
}

static void those_that_are_too_many_when_servers_leave_are_used(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    open_servers(&health, 4);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    rig->now_ms++;
    rig_note(rig, health.held[1], BRINK_OUTCOME_CONNECT_FAILED, 5);
    rig->count = 3;
    assert_int_equal(rig_update(rig), 0);
    assert_state(&health, 0, BRINK_TARGET_UP);
    assert_state(&health, 1, BRINK_TARGET_EJECTED);
    rig->count = 2;
    rig->entries[0] = rig->entries[2];
    assert_int_equal(rig_update(rig), 0);
    assert_state(&health, 0, BRINK_TARGET_GONE);
    assert_state(&health, 1, BRINK_TARGET_EJECTED);
    close_servers(&health);
}

static void the_ejected_are_better_than_none(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    struct brink_target *target;
    rig_init(rig);
    open_servers(&health, 2);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    rig_check(rig, health.held[1], false, 3);
    assert_int_equal(rig_usable(rig), 0);
    assert_int_equal(rig_lease(rig, &target), 0);
    assert_ptr_equal(target, health.held[0]);
    brink_group_note(rig->group, target, BRINK_OUTCOME_CONNECTED, rig->now_ms); /* it works */
    assert_state(&health, 0, BRINK_TARGET_UP);
    assert_true(brink_group_advance(rig->group, rig->now_ms) == UINT64_MAX);
    brink_group_release(rig->group, target);
    close_servers(&health);
}

/* While one is UP, though it was tried, the ejected ones are left in peace. */
static void the_ejected_are_left_in_peace_while_one_is_up(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    struct brink_target *target;
    rig_init(rig);
    open_servers(&health, 2);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    struct brink_pick pick = {.tried = &health.held[1], .tried_count = 1};
    assert_int_equal(rig_lease_pick(rig, pick, &target), EHOSTUNREACH);
    close_servers(&health);
}

static void checks_and_ejection_go_together(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    open_servers(&health, 2);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 5);
    rig_check(rig, health.held[0], true, 10); /* what clients see counts */
    assert_state(&health, 0, BRINK_TARGET_EJECTED);
    rig_check(rig, health.held[0], false, 3);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    assert_true(brink_group_advance(rig->group, rig->now_ms + 1000000) == UINT64_MAX);
    assert_state(&health, 0, BRINK_TARGET_DOWN); /* time alone heals nothing then */
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 20);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECTED, 1);
    assert_state(&health, 0, BRINK_TARGET_DOWN);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 4);
    rig_check(rig, health.held[0], true, 2);
    assert_state(&health, 0, BRINK_TARGET_UP);
    rig_note(rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 1);
    assert_state(&health, 0, BRINK_TARGET_UP); /* what failed while it was down is past */
    close_servers(&health);
}

static void the_gone_stay_gone(void **state)
{
    (void)state;
    static struct health health;
    struct group_rig *rig = &health.rig;
    rig_init(rig);
    open_servers(&health, 3);
    rig_note(rig, health.held[2], BRINK_OUTCOME_CONNECT_FAILED, 5);
    rig->count = 2;
    assert_int_equal(rig_update(rig), 0);
    rig->log[0] = '\0';
    rig_check(rig, health.held[2], false, 9);
    rig_check(rig, health.held[2], true, 9);
    rig_note(rig, health.held[2], BRINK_OUTCOME_CONNECT_FAILED, 20);
    rig_note(rig, health.held[2], BRINK_OUTCOME_ANSWERED, 1);
    assert_state(&health, 2, BRINK_TARGET_GONE);
    rig_logged(rig, "");
    assert_true(brink_group_advance(rig->group, rig->now_ms) == UINT64_MAX);
    close_servers(&health);
}

static void outcomes_are_counted(void **state)
{
    (void)state;
    static struct health health;
    struct brink_group_figures figures;
    rig_init(&health.rig);
    open_servers(&health, 2);
    rig_note(&health.rig, health.held[0], BRINK_OUTCOME_CONNECT_FAILED, 7);
    rig_note(&health.rig, health.held[0], BRINK_OUTCOME_UNANSWERED, 3);
    rig_note(&health.rig, health.held[0], BRINK_OUTCOME_RESET, 2);
    rig_note(&health.rig, health.held[1], BRINK_OUTCOME_CONNECT_FAILED, 1);
    brink_group_figures(health.rig.group, &figures);
    assert_int_equal(figures.connect_failures, 8);
    assert_int_equal(figures.ejections, 1);
    assert_int_equal(health.held[0]->connect_failures, 7);
    assert_int_equal(health.held[0]->unanswered, 3);
    assert_int_equal(health.held[0]->resets, 2);
    assert_int_equal(health.held[0]->ejections, 1);
    close_servers(&health);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_in_a_row_decide),
        cmocka_unit_test(an_ejection_does_not_begin_checks_anew),
        cmocka_unit_test(rise_and_fall_are_at_least_one),
        cmocka_unit_test(failures_eject_for_a_time),
        cmocka_unit_test(ejections_grow_until_it_answers),
        cmocka_unit_test(resets_and_silence_eject_where_asked_for),
        cmocka_unit_test(half_of_them_stay_whatever_fails),
        cmocka_unit_test(those_that_are_too_many_when_servers_leave_are_used),
        cmocka_unit_test(the_ejected_are_better_than_none),
        cmocka_unit_test(the_ejected_are_left_in_peace_while_one_is_up),
        cmocka_unit_test(checks_and_ejection_go_together),
        cmocka_unit_test(the_gone_stay_gone),
        cmocka_unit_test(outcomes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
