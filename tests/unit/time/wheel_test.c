/* The wheel, by example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time/wheel.h"

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

struct fixture {
    struct brink_arena arena;
    struct brink_slab_pool pool;
    struct brink_wheel wheel;
};

/* A timer with a memory, and what it does to another when it fires. */
struct probe {
    struct fixture *fixture;
    struct brink_timer *timer;
    unsigned fired;
    uint64_t fired_at_ms;
    struct probe *frees;
    struct probe *cancels;
    struct probe *arms;
    uint64_t arms_for_ms;
};

static void start(struct fixture *fixture, uint64_t now_ms)
{
    assert_false(brink_failed(brink_arena_open(&fixture->arena)));
    brink_slab_init(&fixture->pool, &fixture->arena, "timers", brink_timer_size());
    brink_wheel_init(&fixture->wheel, &fixture->pool, now_ms);
}

static void stop(struct fixture *fixture)
{
    assert_true(brink_wheel_check(&fixture->wheel));
    assert_int_equal(fixture->wheel.armed, 0);
    brink_slab_destroy(&fixture->pool);
    brink_arena_close(&fixture->arena);
}

static void release(struct probe *probe)
{
    brink_timer_free(&probe->fixture->wheel, probe->timer);
    probe->timer = NULL;
}

static void on_fire(void *arg, uint64_t now_ms)
{
    struct probe *probe = arg;
    struct brink_wheel *wheel = &probe->fixture->wheel;
    probe->fired++;
    probe->fired_at_ms = now_ms;
    if (probe->cancels)
        brink_timer_cancel(wheel, probe->cancels->timer);
    if (probe->arms)
        brink_timer_arm(wheel, probe->arms->timer, probe->arms_for_ms);
    if (probe->frees)
        release(probe->frees);
}

static void arm(struct fixture *fixture, struct probe *probe, uint64_t deadline_ms)
{
    *probe = (struct probe){.fixture = fixture};
    probe->timer = brink_timer_new(&fixture->wheel, on_fire, probe);
    assert_non_null(probe->timer);
    brink_timer_arm(&fixture->wheel, probe->timer, deadline_ms);
    assert_true(brink_timer_deadline(probe->timer) == deadline_ms);
}

static void test_fires_at_its_deadline_and_once(void **state)
{
    (void)state;
    static const uint64_t delays[] = {
        1,    2,    63,      64,      65,      127,         4095,          4096,
        4097, 5000, 1 << 18, 1 << 24, 1 << 30, 50 * DAY_MS, 3000 * DAY_MS, 9000 * DAY_MS,
    };
    static const uint64_t starts[] = {0, 1, 63, 4095, UINT32_MAX, (UINT64_C(1) << 36) - 1};
    for (size_t s = 0; s < sizeof(starts) / sizeof(*starts); s++) {
        for (size_t d = 0; d < sizeof(delays) / sizeof(*delays); d++) {
            struct fixture fixture;
            struct probe probe;
            start(&fixture, starts[s]);
            uint64_t deadline_ms = starts[s] + delays[d];
            arm(&fixture, &probe, deadline_ms);
            assert_int_equal(brink_wheel_advance(&fixture.wheel, deadline_ms - 1), 0);
            assert_int_equal(probe.fired, 0);
            assert_int_equal(brink_wheel_advance(&fixture.wheel, deadline_ms), 1);
            assert_int_equal(probe.fired, 1);
            assert_true(brink_timer_deadline(probe.timer) == BRINK_NEVER);
            assert_int_equal(brink_wheel_advance(&fixture.wheel, deadline_ms + 100000), 0);
            release(&probe);
            stop(&fixture);
        }
    }
}

static void test_past_deadline_fires_in_next_advance(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe past, present;
    start(&fixture, 1000);
    arm(&fixture, &past, 3);
    arm(&fixture, &present, 1000);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 1000);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 1000), 2);
    assert_int_equal(past.fired_at_ms, 1000);
    release(&past);
    release(&present);
    stop(&fixture);
}

static void test_clock_going_back_is_ignored(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 1000);
    arm(&fixture, &probe, 1001);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 5), 0);
    assert_int_equal(fixture.wheel.now_ms, 1000);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 1001), 1);
    release(&probe);
    stop(&fixture);
}

static void test_rearming_in_own_fn_waits_for_next_advance(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 0);
    arm(&fixture, &probe, 10);
    probe.arms = &probe;
    probe.arms_for_ms = 50; /* between its deadline and the time that the advance goes to */
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 100), 1);
    assert_int_equal(probe.fired, 1);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 100);
    probe.arms = NULL;
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 100), 1);
    assert_int_equal(probe.fired, 2);
    release(&probe);
    stop(&fixture);
}

static void test_fn_may_free_itself(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 0);
    arm(&fixture, &probe, 10);
    probe.frees = &probe;
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 10), 1);
    assert_null(probe.timer);
    stop(&fixture);
}

static void test_fn_disarms_others_due_in_same_advance(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe first, freed, cancelled, rearmed, same_tick;
    start(&fixture, 0);
    arm(&fixture, &first, 10);
    arm(&fixture, &freed, 10);
    arm(&fixture, &cancelled, 200);
    arm(&fixture, &rearmed, 5000);
    arm(&fixture, &same_tick, 10);
    first.frees = &freed;
    first.cancels = &cancelled;
    first.arms = &rearmed;
    first.arms_for_ms = 20000;
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 10000), 2);
    assert_int_equal(freed.fired + cancelled.fired + rearmed.fired, 0);
    assert_int_equal(same_tick.fired, 1);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 20000), 1);
    assert_int_equal(rearmed.fired, 1);
    release(&first);
    release(&cancelled);
    release(&rearmed);
    release(&same_tick);
    stop(&fixture);
}

static void test_never_disarms(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 0);
    arm(&fixture, &probe, 10);
    brink_timer_arm(&fixture.wheel, probe.timer, BRINK_NEVER);
    assert_int_equal(fixture.wheel.armed, 0);
    assert_true(brink_wheel_next(&fixture.wheel) == BRINK_NEVER);
    brink_timer_cancel(&fixture.wheel, probe.timer);
    brink_timer_free(&fixture.wheel, NULL);
    release(&probe);
    stop(&fixture);
}

static void test_sleeping_until_next_takes_a_step_per_level(void **state)
{
    (void)state;
    static const uint64_t delays[] = {1,
                                      64,
                                      100,
                                      30000,
                                      3600000,
                                      1 << 30,
                                      49 * DAY_MS + 7,
                                      700 * DAY_MS,
                                      UINT64_C(5) << 36,
                                      UINT64_C(100) << 36};
    for (size_t d = 0; d < sizeof(delays) / sizeof(*delays); d++) {
        struct fixture fixture;
        struct probe probe;
        start(&fixture, 123456789);
        arm(&fixture, &probe, 123456789 + delays[d]);
        unsigned steps = 0;
        while (probe.fired == 0) {
            uint64_t next = brink_wheel_next(&fixture.wheel);
            assert_true(next > fixture.wheel.now_ms);
            brink_wheel_advance(&fixture.wheel, next);
            steps++;
        }
        assert_true(probe.fired_at_ms == 123456789 + delays[d]);
        assert_in_range(steps, 1, BRINK_WHEEL_LEVELS + (delays[d] >> 36));
        release(&probe);
        stop(&fixture);
    }
}

/* If an advance cost but a nanosecond per tick, these would take years. */
static void test_advance_does_not_pay_for_ticks(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 0);
    arm(&fixture, &probe, 0);
    probe.arms = &probe;
    uint64_t now_ms = 0;
    for (unsigned i = 1; i <= 50000; i++) {
        now_ms += 50 * DAY_MS;
        probe.arms_for_ms = now_ms + 49 * DAY_MS;
        assert_int_equal(brink_wheel_advance(&fixture.wheel, now_ms), 1);
    }
    assert_int_equal(probe.fired, 50000);
    release(&probe);
    stop(&fixture);
}

/* A timer that writes its number down when it fires. */
struct note {
    struct brink_timer *timer;
    unsigned number;
    unsigned *written;
    size_t *count;
};

static void write_down(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct note *note = arg;
    note->written[(*note->count)++] = note->number;
}

static void test_fires_past_due_ones_first_and_the_rest_by_deadline(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    static const uint64_t deadlines[COUNT] = {9000, 1070, 1000, 1300000, 500, 1001, 999, 1064};
    static const unsigned order[COUNT] = {2, 4, 6, 5, 7, 1, 0, 3};
    struct fixture fixture;
    struct note notes[COUNT];
    unsigned written[COUNT];
    size_t count = 0;
    start(&fixture, 1000);
    for (unsigned i = 0; i < COUNT; i++) {
        notes[i] = (struct note){.number = i, .written = written, .count = &count};
        notes[i].timer = brink_timer_new(&fixture.wheel, write_down, &notes[i]);
        assert_non_null(notes[i].timer);
        brink_timer_arm(&fixture.wheel, notes[i].timer, deadlines[i]);
    }
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 1300000), COUNT);
    assert_memory_equal(written, order, sizeof(order));
    for (unsigned i = 0; i < COUNT; i++)
        brink_timer_free(&fixture.wheel, notes[i].timer);
    stop(&fixture);
}

static void test_next_is_exact_when_near_and_a_bound_when_far(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 6400); /* the current 64 ms end before 6464 */
    assert_true(brink_wheel_next(&fixture.wheel) == BRINK_NEVER);
    arm(&fixture, &probe, 6463);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 6463);
    brink_timer_arm(&fixture.wheel, probe.timer, 6401);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 6401);
    brink_timer_arm(&fixture.wheel, probe.timer, 6500);
    assert_in_range(brink_wheel_next(&fixture.wheel), 6401, 6500);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 6464), 0);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 6500);
    brink_timer_arm(&fixture.wheel, probe.timer, 6464);
    assert_int_equal(brink_wheel_next(&fixture.wheel), 6464);
    release(&probe);
    assert_true(brink_wheel_next(&fixture.wheel) == BRINK_NEVER);
    stop(&fixture);
}

static void test_freed_or_cancelled_ones_do_not_fire(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe freed[2], cancelled[2];
    start(&fixture, 1000);
    arm(&fixture, &freed[0], 900);
    arm(&fixture, &freed[1], 1100);
    arm(&fixture, &cancelled[0], 900);
    arm(&fixture, &cancelled[1], 1100);
    for (unsigned i = 0; i < 2; i++) {
        release(&freed[i]);
        brink_timer_cancel(&fixture.wheel, cancelled[i].timer);
        brink_timer_cancel(&fixture.wheel, cancelled[i].timer);
        assert_true(brink_wheel_check(&fixture.wheel));
    }
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 2000), 0);
    for (unsigned i = 0; i < 2; i++)
        release(&cancelled[i]);
    stop(&fixture);
}

static void test_moving_a_deadline_leaves_only_the_last(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture, 0);
    arm(&fixture, &probe, 10);
    for (uint64_t deadline_ms = 11; deadline_ms < 100000; deadline_ms += 997)
        brink_timer_arm(&fixture.wheel, probe.timer, deadline_ms);
    brink_timer_arm(&fixture.wheel, probe.timer, 50);
    assert_int_equal(fixture.wheel.armed, 1);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 49), 0);
    assert_int_equal(brink_wheel_advance(&fixture.wheel, 200000), 1);
    assert_int_equal(probe.fired, 1);
    release(&probe);
    stop(&fixture);
}

static void *no_memory(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

static void test_new_without_memory(void **state)
{
    (void)state;
    static const struct brink_memory_source none = {.alloc = no_memory};
    struct fixture fixture;
    brink_arena_open_source(&fixture.arena, &none, NULL);
    brink_slab_init(&fixture.pool, &fixture.arena, "timers", brink_timer_size());
    brink_wheel_init(&fixture.wheel, &fixture.pool, 0);
    assert_null(brink_timer_new(&fixture.wheel, on_fire, NULL));
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_at_its_deadline_and_once),
        cmocka_unit_test(test_past_deadline_fires_in_next_advance),
        cmocka_unit_test(test_clock_going_back_is_ignored),
        cmocka_unit_test(test_rearming_in_own_fn_waits_for_next_advance),
        cmocka_unit_test(test_fn_may_free_itself),
        cmocka_unit_test(test_fn_disarms_others_due_in_same_advance),
        cmocka_unit_test(test_never_disarms),
        cmocka_unit_test(test_sleeping_until_next_takes_a_step_per_level),
        cmocka_unit_test(test_advance_does_not_pay_for_ticks),
        cmocka_unit_test(test_fires_past_due_ones_first_and_the_rest_by_deadline),
        cmocka_unit_test(test_next_is_exact_when_near_and_a_bound_when_far),
        cmocka_unit_test(test_freed_or_cancelled_ones_do_not_fire),
        cmocka_unit_test(test_moving_a_deadline_leaves_only_the_last),
        cmocka_unit_test(test_new_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
