/* A timer holds the number of its function and few bits of its deadline: both come back whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time/wheel.h"

enum { KINDS = BRINK_WHEEL_FNS + 1 };

static unsigned called[KINDS];
static struct brink_arena arena;
static struct brink_slab_pool pool;
static struct brink_wheel wheel;

static void note(unsigned kind, void *arg)
{
    assert_ptr_equal(arg, &called[kind]);
    called[kind]++;
}

#define FN(kind)                                                                                   \
    static void fn_##kind(void *arg, uint64_t now_ms)                                              \
    {                                                                                              \
        (void)now_ms;                                                                              \
        note(kind, arg);                                                                           \
    }
FN(0)
FN(1)
FN(2)
FN(3)
FN(4)
FN(5)
FN(6)
FN(7)
FN(8)
FN(9)
FN(10)
FN(11)
FN(12)
FN(13)
FN(14)
FN(15)
FN(16)

static brink_timer_fn *const fns[KINDS] = {fn_0,  fn_1,  fn_2,  fn_3,  fn_4,  fn_5,
                                           fn_6,  fn_7,  fn_8,  fn_9,  fn_10, fn_11,
                                           fn_12, fn_13, fn_14, fn_15, fn_16};

static void start(uint64_t now_ms)
{
    assert_false(brink_failed(brink_arena_open(&arena)));
    brink_slab_init(&pool, &arena, "timers", brink_timer_size());
    brink_wheel_init(&wheel, &pool, now_ms);
    for (size_t i = 0; i < KINDS; i++)
        called[i] = 0;
}

static void stop(void)
{
    assert_true(brink_wheel_check(&wheel));
    brink_slab_destroy(&pool);
    brink_arena_close(&arena);
}

static void each_calls_its_own_function(void **state)
{
    (void)state;
    struct brink_timer *timers[2 * BRINK_WHEEL_FNS];
    start(0);
    for (size_t i = 0; i < 2 * BRINK_WHEEL_FNS; i++) {
        size_t kind = i % BRINK_WHEEL_FNS;
        timers[i] = brink_timer_new(&wheel, fns[kind], &called[kind]);
        assert_non_null(timers[i]);
        brink_timer_arm(&wheel, timers[i], 10 + i);
    }
    assert_int_equal(brink_wheel_advance(&wheel, 100), 2 * BRINK_WHEEL_FNS);
    for (size_t kind = 0; kind < BRINK_WHEEL_FNS; kind++)
        assert_int_equal(called[kind], 2);
    for (size_t i = 0; i < 2 * BRINK_WHEEL_FNS; i++)
        brink_timer_free(&wheel, timers[i]);
    stop();
}

/* Nor does the function that is refused take anything from those that are known. */
static void one_function_more_is_refused(void **state)
{
    (void)state;
    struct brink_timer *timer = NULL;
    start(0);
    for (size_t kind = 0; kind < BRINK_WHEEL_FNS; kind++) {
        timer = brink_timer_new(&wheel, fns[kind], &called[kind]);
        assert_non_null(timer);
        brink_timer_free(&wheel, timer);
    }
    assert_null(brink_timer_new(&wheel, fns[BRINK_WHEEL_FNS], &called[BRINK_WHEEL_FNS]));
    timer = brink_timer_new(&wheel, fns[BRINK_WHEEL_FNS - 1], &called[BRINK_WHEEL_FNS - 1]);
    assert_non_null(timer);
    brink_timer_arm(&wheel, timer, 1);
    assert_int_equal(brink_wheel_advance(&wheel, 1), 1);
    assert_int_equal(called[BRINK_WHEEL_FNS - 1], 1);
    brink_timer_free(&wheel, timer);
    stop();
}

static void the_latest_time_is_kept_and_what_is_beyond_it_is_never(void **state)
{
    (void)state;
    start(BRINK_WHEEL_LATEST_MS - 100);
    struct brink_timer *timer = brink_timer_new(&wheel, fns[15], &called[15]);
    assert_non_null(timer);
    brink_timer_arm(&wheel, timer, BRINK_WHEEL_LATEST_MS);
    assert_true(brink_timer_deadline(timer) == BRINK_WHEEL_LATEST_MS);
    assert_int_equal(brink_wheel_advance(&wheel, BRINK_WHEEL_LATEST_MS - 1), 0);
    assert_int_equal(brink_wheel_advance(&wheel, BRINK_WHEEL_LATEST_MS), 1);
    brink_timer_arm(&wheel, timer, BRINK_WHEEL_LATEST_MS);
    brink_timer_arm(&wheel, timer, BRINK_WHEEL_LATEST_MS + 1);
    assert_true(brink_timer_deadline(timer) == BRINK_NEVER);
    brink_timer_arm(&wheel, timer, UINT64_MAX - 1);
    assert_true(brink_timer_deadline(timer) == BRINK_NEVER);
    assert_int_equal(wheel.armed, 0);
    assert_int_equal(brink_wheel_advance(&wheel, UINT64_MAX - 1), 0);
    brink_timer_free(&wheel, timer);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_calls_its_own_function),
        cmocka_unit_test(one_function_more_is_refused),
        cmocka_unit_test(the_latest_time_is_kept_and_what_is_beyond_it_is_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
