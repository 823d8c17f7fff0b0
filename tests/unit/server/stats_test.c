/* The figures add up, over all workers. */
#include "support/served.h"

#include <unistd.h>

static struct brink_server_stats figures(const struct brink_server *server)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    return stats;
}

static void what_clients_did_is_counted(void **state)
{
    (void)state;
    enum { CLIENTS = 9 };
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    options.max_clients = 100;
    struct brink_server *server = served_start(&options);
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = served_connect(server);
        served_echo(fds[i], "12345");
        served_echo(fds[i], "");
    }
    struct brink_server_stats stats = figures(server);
    assert_int_equal(stats.workers, 3);
    assert_int_equal(stats.max_clients, 100);
    assert_int_equal(stats.accepted, CLIENTS);
    assert_int_equal(stats.clients, CLIENTS);
    assert_int_equal(stats.frames[BRINK_SIDE_CLIENT], 2 * CLIENTS);
    assert_int_equal(stats.bytes[BRINK_SIDE_CLIENT], 13 * CLIENTS);
    served_send(fds[0], "\5\0\0\0x", 5);
    served_expect(fds[0], "\5\0\0\0x", 5);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(fds[i]);
    while (figures(server).clients > 0)
        continue;
    stats = figures(server);
    assert_int_equal(stats.frames_cut[BRINK_SIDE_CLIENT], 1);
    assert_int_equal(stats.closed[BRINK_REASON_CLIENT_CLOSED], CLIENTS - 1);
    assert_int_equal(stats.closed[BRINK_REASON_CLIENT_MID_FRAME], 1);
    assert_int_equal(stats.buffered, 0);
    assert_int_equal(stats.refused, 0);
    assert_int_equal(stats.rate_pauses, 0);
    assert_true(served_stop(server, 10000));
}

static uint64_t cpu_of(const struct brink_server *server, uint32_t worker)
{
    struct brink_server_worker_stats stats;
    brink_server_worker_stats(server, worker, &stats);
    return stats.cpu_ns;
}

static void each_worker_has_figures_of_its_own(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_worker_stats stats;
    options.workers = 2;
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    for (int i = 0; i < 100; i++)
        served_echo(client, "again");
    uint64_t frames = 0;
    for (uint32_t i = 0; i < 2; i++) {
        brink_server_worker_stats(server, i, &stats);
        assert_true(stats.clients == (stats.frames > 0));
        assert_true(stats.frames <= stats.events && stats.frames <= stats.turns);
        assert_true(stats.cpu_ns > 0);
        frames += stats.frames;
    }
    assert_int_equal(frames, 100);
    brink_server_worker_stats(server, 2, &stats);
    assert_true(stats.cpu_ns == 0 && stats.turns == 0);
    (void)close(client);
    uint64_t used = cpu_of(server, 0);
    brink_server_stop(server, 10000);
    assert_true(brink_server_wait(server));
    assert_true(cpu_of(server, 0) >= used); /* it can still be asked once the thread has ended */
    brink_server_free(server);
}

static void shared_the_loop_is_all_workers(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_worker_stats stats;
    options.workers = 2;
    options.dispatch = BRINK_DISPATCH_SHARED;
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "once");
    assert_int_equal(figures(server).workers, 2);
    for (uint32_t i = 0; i < 2; i++) {
        brink_server_worker_stats(server, i, &stats);
        assert_int_equal(stats.clients, 1);
        assert_int_equal(stats.frames, 1);
    }
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_did_is_counted),
        cmocka_unit_test(each_worker_has_figures_of_its_own),
        cmocka_unit_test(shared_the_loop_is_all_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
