/* When frames are due, and whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/load/schedule.h"

static void test_due_times_are_exact(void **state)
{
    (void)state;
    assert_true(brink_load_schedule_due_ns(0, 3) == 0);
    assert_true(brink_load_schedule_due_ns(1, 3) == 333333333);
    assert_true(brink_load_schedule_due_ns(3, 3) == 1000000000);
    assert_true(brink_load_schedule_due_ns(1000001, 1000000) == 1000001000);
    /* Twelve days at the highest rate: neither too large nor off by the sum of many roundings. */
    assert_true(brink_load_schedule_due_ns(UINT64_C(1036800) * 100000000 + 1, 100000000) ==
                UINT64_C(1036800) * 1000000000 + 10);
}

static void test_connections_are_dealt_to_threads(void **state)
{
    (void)state;
    for (uint32_t connections = 0; connections < 20; connections++) {
        for (uint32_t threads = 1; threads < 8; threads++) {
            uint32_t sum = 0;
            for (uint32_t i = 0; i < threads; i++)
                sum += brink_load_schedule_own(connections, threads, i);
            assert_int_equal(sum, connections);
        }
    }
}

/* All threads together have each frame once; each in order, and each connection every so many. */
static void test_every_frame_has_one_sender(void **state)
{
    (void)state;
    enum { CONNECTIONS = 7, THREADS = 3, FRAMES = 70 };
    unsigned seen[FRAMES] = {0};
    for (uint32_t thread = 0; thread < THREADS; thread++) {
        struct brink_load_schedule schedule = {
            .connections = CONNECTIONS, .threads = THREADS, .thread = thread, .rate = 1};
        uint64_t last = 0;
        uint64_t frame;
        while ((frame = brink_load_schedule_next(&schedule)) < FRAMES) {
            assert_true(frame == thread || frame > last);
            assert_true(frame % CONNECTIONS == thread + schedule.index * THREADS);
            seen[frame]++;
            last = frame;
            brink_load_schedule_advance(&schedule);
        }
    }
    for (unsigned i = 0; i < FRAMES; i++)
        assert_int_equal(seen[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_times_are_exact),
        cmocka_unit_test(test_connections_are_dealt_to_threads),
        cmocka_unit_test(test_every_frame_has_one_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
