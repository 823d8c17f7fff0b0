/* A worker's share of a listener: when it may go. */
#include "support/one_worker.h"

static struct one_worker one;

static void one_that_nobody_needs_is_idle(void **state)
{
    (void)state;
    one_worker_open(&one);
    size_t before = one.memory.blocks;
    struct brink_branch *branch = brink_branch_open(&one.worker, &one.options, &one.gate);
    assert_non_null(branch);
    assert_ptr_equal(brink_branch_of(&branch->service), branch);
    assert_ptr_equal(brink_worker_first_branch(&one.worker), branch);
    assert_null(brink_worker_next_branch(branch));
    assert_true(brink_branch_is_idle(branch));
    branch->entrances++;
    assert_false(brink_branch_is_idle(branch));
    branch->entrances--;
    branch->service.visits++;
    assert_false(brink_branch_is_idle(branch));
    branch->service.visits--;
    brink_counter_add(&branch->service.stats.sessions, 1);
    assert_false(brink_branch_is_idle(branch));
    brink_counter_subtract(&branch->service.stats.sessions, 1);
    brink_branch_retire(branch);
    brink_branch_close(branch);
    assert_null(brink_worker_first_branch(&one.worker));
    assert_int_equal(one.memory.blocks, before);
    one_worker_close(&one);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    one_worker_open(&one);
    one.memory.fail_at = one.memory.calls + 1;
    assert_null(brink_branch_open(&one.worker, &one.options, &one.gate));
    assert_null(brink_worker_first_branch(&one.worker));
    one_worker_close(&one);
}

/* Who leaves gives back its place at its own listener's gate. */
static void who_leaves_has_its_gate(void **state)
{
    (void)state;
    struct brink_gate other = {.clients = {.count = 1, .max = 2}};
    one_worker_open(&one);
    struct brink_branch *first = brink_branch_open(&one.worker, &one.options, &one.gate);
    struct brink_branch *second = brink_branch_open(&one.worker, &one.options, &other);
    assert_non_null(first);
    assert_non_null(second);
    atomic_store(&one.clients.count, 2);
    atomic_store(&one.gate.clients.count, 1);
    second->service.on_session_gone(&second->service);
    assert_int_equal(atomic_load(&other.clients.count), 0);
    assert_int_equal(atomic_load(&one.gate.clients.count), 1);
    first->service.on_session_gone(&first->service);
    assert_int_equal(atomic_load(&one.gate.clients.count), 0);
    assert_int_equal(atomic_load(&one.clients.count), 0);
    one_worker_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_nobody_needs_is_idle),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(who_leaves_has_its_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
