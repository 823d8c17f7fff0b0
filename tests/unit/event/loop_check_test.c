/* brink_loop_check sees a loop that is not as it should be: what the other tests trust it for. */
#include "probe.h"

#include <stdbool.h>

enum { IDLE = 0, BUSY, ODD, PROBES };

static struct fixture fixture;
static struct probe
    probes[PROBES]; /* idle: nothing to do; busy: to be run; odd: one-shot, silent */

static bool is_right(void)
{
    return brink_loop_check(&fixture.loop);
}

static void begin(void)
{
    start(&fixture);
    probe_add(&fixture, &probes[IDLE], BRINK_ARM_EDGE);
    probe_add(&fixture, &probes[BUSY], BRINK_ARM_EDGE);
    probe_add(&fixture, &probes[ODD], BRINK_ARM_ONESHOT);
    probes[BUSY].budget = 1;
    say(&probes[BUSY], "abc");
    turn(&fixture);
    assert_int_equal(probes[BUSY].source.place, BRINK_PLACE_READY);
}

static void end(void)
{
    assert_true(is_right());
    for (int i = 0; i < PROBES; i++)
        probe_close(&probes[i]);
    turn(&fixture);
    stop(&fixture);
}

static void sees_a_source_in_anothers_slot(void **state)
{
    (void)state;
    begin();
    probes[IDLE].source.index++;
    assert_false(is_right());
    probes[IDLE].source.index--;
    end();
}

static void sees_a_closed_source_in_a_slot(void **state)
{
    (void)state;
    begin();
    int fd = probes[IDLE].source.fd;
    probes[IDLE].source.fd = -1;
    assert_false(is_right());
    probes[IDLE].source.fd = fd;
    end();
}

static void sees_readiness_that_nobody_serves(void **state)
{
    (void)state;
    begin();
    probes[IDLE].source.ready |= BRINK_READABLE;
    assert_false(is_right());
    probes[IDLE].source.ready &= (uint8_t)~BRINK_READABLE;
    end();
}

static void sees_a_one_shot_that_nothing_will_wake(void **state)
{
    (void)state;
    begin();
    assert_int_equal(probes[ODD].source.watch, BRINK_WATCH_ONESHOT_ARMED);
    probes[ODD].source.watch = BRINK_WATCH_ONESHOT_TOLD;
    assert_false(is_right());
    probes[ODD].source.watch = BRINK_WATCH_ONESHOT_ARMED;
    end();
}

static void sees_a_source_in_the_wrong_list(void **state)
{
    (void)state;
    begin();
    struct brink_link *lists[] = {&fixture.loop.ready, &fixture.loop.unarmed,
                                  &fixture.loop.graveyard};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        brink_list_push_back(lists[i], &probes[IDLE].source.link);
        assert_false(is_right());
        brink_list_remove(&probes[IDLE].source.link);
        assert_true(is_right());
    }
    end();
}

static void sees_a_torn_list(void **state)
{
    (void)state;
    begin();
    struct brink_link *last = fixture.loop.ready.prev;
    fixture.loop.ready.prev = &fixture.loop.ready;
    assert_false(is_right());
    fixture.loop.ready.prev = last;
    end();
}

static void sees_a_wrong_wheel(void **state)
{
    (void)state;
    begin();
    fixture.loop.wheel.armed++;
    assert_false(is_right());
    fixture.loop.wheel.armed--;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_a_source_in_anothers_slot),
        cmocka_unit_test(sees_a_closed_source_in_a_slot),
        cmocka_unit_test(sees_readiness_that_nobody_serves),
        cmocka_unit_test(sees_a_one_shot_that_nothing_will_wake),
        cmocka_unit_test(sees_a_source_in_the_wrong_list),
        cmocka_unit_test(sees_a_torn_list),
        cmocka_unit_test(sees_a_wrong_wheel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
