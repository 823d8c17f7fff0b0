/* Where clients come in: not before it begins, to whom it leads, and how it ends. */
#include "support/one_worker.h"

static struct one_worker one;
static struct brink_branch *first;
static struct brink_branch *second;

static struct brink_entrance *open_one(void)
{
    brink_result opened;
    one_worker_open(&one);
    first = brink_branch_open(&one.worker, &one.options, &one.gate);
    second = brink_branch_open(&one.worker, &one.options, &one.gate);
    struct brink_entrance *entrance =
        brink_entrance_open(&one.worker, one_worker_bind(&one), first, &opened);
    assert_non_null(entrance);
    assert_int_equal(first->entrances, 1);
    return entrance;
}

static void turn_some(void)
{
    for (int i = 0; i < 5; i++)
        one_worker_turn(&one, 0);
}

static void close_one(void)
{
    brink_worker_stop(&one.worker, 0);
    turn_some();
    one_worker_close(&one);
}

static void nobody_is_accepted_before_it_begins(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    int client = one_worker_connect(&one, entrance->listener.source.fd);
    turn_some();
    brink_listener_resume(&entrance->listener); /* says nothing to it */
    turn_some();
    assert_int_equal(one_worker_accepted(first), 0);
    brink_entrance_begin(entrance);
    turn_some();
    assert_int_equal(one_worker_accepted(first), 1);
    (void)close(client);
    close_one();
}

static void it_may_lead_elsewhere(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    brink_entrance_begin(entrance);
    int early = one_worker_connect(&one, entrance->listener.source.fd);
    turn_some();
    brink_entrance_lead(entrance, second);
    assert_int_equal(first->entrances, 0);
    assert_int_equal(second->entrances, 1);
    int late = one_worker_connect(&one, entrance->listener.source.fd);
    turn_some();
    assert_int_equal(one_worker_accepted(first), 1);
    assert_int_equal(one_worker_accepted(second), 1);
    (void)close(early);
    (void)close(late);
    close_one();
}

/* Those in the kernel's queue are accepted still; then nobody is there. */
static void it_ends_when_nobody_waits(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    int clients[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = one_worker_connect(&one, entrance->listener.source.fd);
    }
    brink_entrance_begin(entrance);
    brink_entrance_end(entrance);
    turn_some();
    assert_int_equal(one_worker_accepted(first), 3);
    assert_true(brink_list_empty(&one.worker.entrances));
    assert_int_equal(first->entrances, 0);
    for (int i = 0; i < 3; i++)
        (void)close(clients[i]);
    close_one();
}

static void one_that_nobody_came_to_ends_too(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    brink_entrance_begin(entrance);
    turn_some();
    brink_entrance_end(entrance);
    turn_some();
    assert_true(brink_list_empty(&one.worker.entrances));
    close_one();
}

/* At the limit those who wait keep their place until there is one. */
static void who_waits_for_a_place_still_gets_it(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    brink_gate_limit(&one.gate, 1);
    int clients[2] = {one_worker_connect(&one, entrance->listener.source.fd),
                      one_worker_connect(&one, entrance->listener.source.fd)};
    brink_entrance_begin(entrance);
    brink_entrance_end(entrance);
    turn_some();
    assert_int_equal(one_worker_accepted(first), 1);
    assert_false(brink_list_empty(&one.worker.entrances));
    (void)close(clients[0]);
    while (one_worker_accepted(first) < 2)
        one_worker_turn(&one, 1000);
    (void)close(clients[1]);
    while (!brink_list_empty(&one.worker.entrances))
        one_worker_turn(&one, 1000);
    close_one();
}

static void one_that_is_dropped_is_gone(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    size_t before = one.memory.blocks;
    brink_entrance_drop(entrance);
    turn_some();
    assert_true(brink_list_empty(&one.worker.entrances));
    assert_true(one.memory.blocks < before);
    close_one();
}

/* What it has counted is there until the worker goes. */
static void one_that_is_stopped_stays(void **state)
{
    (void)state;
    struct brink_entrance *entrance = open_one();
    brink_entrance_begin(entrance);
    brink_entrance_stop(entrance);
    brink_entrance_stop(entrance); /* harmless */
    turn_some();
    assert_false(brink_list_empty(&one.worker.entrances));
    brink_entrance_end(entrance); /* and it may go before, then */
    assert_true(brink_list_empty(&one.worker.entrances));
    close_one();
}

static void drop_this(struct brink_entrance *entrance, void *arg)
{
    struct brink_worker *worker = arg;
    brink_entrance_drop(entrance);
    turn_some();
    assert_false(brink_list_empty(&worker->entrances)); /* it is being visited */
}

static void who_is_visited_stays_meanwhile(void **state)
{
    (void)state;
    (void)open_one();
    brink_entrances_each(&one.worker, drop_this, &one.worker);
    assert_true(brink_list_empty(&one.worker.entrances));
    close_one();
}

/* The k-th allocation fails, and the descriptor is the caller's. */
static void without_memory_there_is_none(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t k = 1; failed; k++) {
        brink_result opened;
        one_worker_open(&one);
        first = brink_branch_open(&one.worker, &one.options, &one.gate);
        int fd = one_worker_bind(&one);
        one.memory.fail_at = one.memory.calls + k;
        failed = brink_entrance_open(&one.worker, fd, first, &opened) == NULL;
        assert_int_equal(brink_failed(opened), failed);
        if (failed) {
            assert_int_equal(close(fd), 0);
            assert_int_equal(first->entrances, 0);
        }
        one.memory.fail_at = 0;
        one_worker_close(&one);
        assert_true(k < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_accepted_before_it_begins),
        cmocka_unit_test(it_may_lead_elsewhere),
        cmocka_unit_test(it_ends_when_nobody_waits),
        cmocka_unit_test(one_that_nobody_came_to_ends_too),
        cmocka_unit_test(who_waits_for_a_place_still_gets_it),
        cmocka_unit_test(one_that_is_dropped_is_gone),
        cmocka_unit_test(one_that_is_stopped_stays),
        cmocka_unit_test(who_is_visited_stays_meanwhile),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
