/* Counters: one thread counts, another reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/counter.h"

enum { ROUNDS = 100000 };

static void test_adds_and_subtracts(void **state)
{
    (void)state;
    brink_counter counter = 0;
    brink_counter_add(&counter, 5);
    brink_counter_add(&counter, UINT64_C(1) << 40);
    brink_counter_subtract(&counter, 3);
    assert_true(brink_counter_read(&counter) == (UINT64_C(1) << 40) + 2);
}

static void *count(void *arg)
{
    brink_counter *counter = arg;
    /* Both halves of the number change at once, so that a torn read would show. */
    for (unsigned i = 0; i < ROUNDS; i++)
        brink_counter_add(counter, UINT64_C(0x100000001));
    return NULL;
}

static void test_reader_never_sees_a_torn_value(void **state)
{
    (void)state;
    brink_counter counter = 0;
    pthread_t owner;
    assert_int_equal(pthread_create(&owner, NULL, count, &counter), 0);
    uint64_t last = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t value = brink_counter_read(&counter);
        assert_true((uint32_t)value == value >> 32);
        assert_true(value >= last);
        last = value;
    }
    assert_int_equal(pthread_join(owner, NULL), 0);
    assert_true(brink_counter_read(&counter) == ROUNDS * UINT64_C(0x100000001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_and_subtracts),
        cmocka_unit_test(test_reader_never_sees_a_torn_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
