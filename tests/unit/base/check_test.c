/* Assertions, containers, poison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "support/dies.h"

struct outer {
    char before[3];
    int inner;
};

static void test_container_is_found_from_its_member(void **state)
{
    (void)state;
    struct outer outer = {{0}, 1};
    const struct outer *constant = &outer;
    assert_ptr_equal(BRINK_CONTAINER_OF(&outer.inner, struct outer, inner), &outer);
    assert_ptr_equal(BRINK_CONTAINER_OF_CONST(&constant->inner, struct outer, inner), &outer);
}

static void assert_false_condition(void *arg)
{
    (void)arg; /* where assertions are off */
    BRINK_ASSERT(arg != NULL);
}

static void test_assertion_ends_debug_builds(void **state)
{
    (void)state;
    assert_false(dies(assert_false_condition, state));
#ifndef NDEBUG
    assert_true(dies(assert_false_condition, NULL));
#else
    assert_false(dies(assert_false_condition, NULL));
#endif
}

static void test_poison_marks_memory_for_asan(void **state)
{
    (void)state;
    char block[64] __attribute__((aligned(8)));
    BRINK_POISON(block, sizeof(block));
#ifdef BRINK_HAS_ASAN
    assert_true(__asan_address_is_poisoned(block));
    assert_true(__asan_address_is_poisoned(block + 63));
#endif
    BRINK_UNPOISON(block, sizeof(block));
#ifdef BRINK_HAS_ASAN
    assert_false(__asan_address_is_poisoned(block));
    assert_false(__asan_address_is_poisoned(block + 63));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_container_is_found_from_its_member),
        cmocka_unit_test(test_assertion_ends_debug_builds),
        cmocka_unit_test(test_poison_marks_memory_for_asan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
