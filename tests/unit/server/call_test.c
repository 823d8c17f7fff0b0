/* What each worker is to do is done on its own thread when the call returns. */
#include "server/call.h"

#include "server/server.h"
#include "support/served.h"

struct seen {
    pthread_t by[BRINK_WORKERS_MAX];
    atomic_uint count;
};

static void see(struct brink_worker *worker, void *arg)
{
    struct seen *seen = arg;
    seen->by[worker->index] = pthread_self();
    (void)atomic_fetch_add(&seen->count, 1);
}

static void each_worker_runs_it_on_its_thread(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    struct brink_server *server = served_start(&options);
    for (unsigned round = 1; round <= 100; round++) {
        static struct seen seen;
        atomic_store(&seen.count, 0);
        assert_int_equal(brink_workers_call(server->workers, server->worker_count, see, &seen), 3);
        assert_int_equal(atomic_load(&seen.count), 3);
        for (uint32_t i = 0; i < 3; i++)
            assert_true(pthread_equal(seen.by[i], server->workers[i].members[0].thread));
    }
    assert_true(served_stop(server, 0));
}

static void threads_that_share_run_it_once(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    options.dispatch = BRINK_DISPATCH_SHARED;
    struct brink_server *server = served_start(&options);
    static struct seen seen;
    assert_int_equal(brink_workers_call(server->workers, server->worker_count, see, &seen), 1);
    assert_int_equal(atomic_load(&seen.count), 1);
    assert_true(served_stop(server, 0));
}

static void who_has_ended_is_left_out(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 2;
    struct brink_server *server = served_start(&options);
    static struct seen seen;
    brink_server_stop(server, 0);
    assert_true(brink_server_wait(server));
    assert_int_equal(brink_workers_call(server->workers, server->worker_count, see, &seen), 0);
    assert_int_equal(atomic_load(&seen.count), 0);
    brink_workers_call_all(server->workers, server->worker_count, see, &seen); /* here, then */
    assert_int_equal(atomic_load(&seen.count), 2);
    assert_true(pthread_equal(seen.by[1], pthread_self()));
    brink_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_runs_it_on_its_thread),
        cmocka_unit_test(threads_that_share_run_it_once),
        cmocka_unit_test(who_has_ended_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
