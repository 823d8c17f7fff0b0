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

static struct brink_server_listener_stats listener_figures(const struct brink_server *server,
                                                           size_t index)
{
    struct brink_server_listener_stats stats;
    assert_true(brink_server_listener_stats(server, index, &stats));
    return stats;
}

static void each_listener_has_figures_of_its_own(void **state)
{
    (void)state;
    static const char *const two[] = {"127.0.0.1:0", "127.0.0.1:0"};
    static const char *const nobody[] = {"::/0"};
    struct brink_listener_options listeners[2];
    struct brink_server_options options;
    brink_server_options_init(&options);
    brink_listener_options_init(&listeners[0]);
    listeners[0].name = "open";
    listeners[0].service = BRINK_SERVICE_ECHO;
    listeners[0].listen = two;
    listeners[0].listen_count = 1;
    listeners[1] = listeners[0];
    listeners[1].name = "shut";
    listeners[1].listen_count = 2;
    listeners[1].allow = nobody;
    listeners[1].allow_count = 1;
    options.listeners = listeners;
    options.listener_count = 2;
    options.workers = 2;
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "12345");
    struct brink_server_listener_stats open = listener_figures(server, 0);
    struct brink_server_listener_stats shut = listener_figures(server, 1);
    assert_string_equal(open.name, "open");
    assert_string_equal(open.service, "echo");
    assert_null(open.upstream);
    assert_int_equal(open.first_address, 0);
    assert_int_equal(open.address_count, 1);
    assert_int_equal(open.accepted, 1);
    assert_int_equal(open.clients, 1);
    assert_int_equal(open.frames[BRINK_SIDE_CLIENT], 1);
    assert_int_equal(open.bytes[BRINK_SIDE_CLIENT], 9);
    assert_string_equal(shut.name, "shut");
    assert_int_equal(shut.first_address, 1);
    assert_int_equal(shut.address_count, 2);
    assert_int_equal(shut.accepted, 0);
    int denied = served_connect_to(server, 2);
    served_expect_end(denied);
    while (listener_figures(server, 1).denied == 0)
        continue;
    shut = listener_figures(server, 1);
    assert_int_equal(shut.accepted, 1);
    assert_int_equal(shut.source_limited, 0);
    assert_int_equal(listener_figures(server, 0).denied, 0);
    assert_false(brink_server_listener_stats(server, 2, &open));
    assert_null(open.name);
    (void)close(client);
    (void)close(denied);
    assert_true(served_stop(server, 10000));
}

static void a_limit_of_sources_is_told_apart_from_lists(void **state)
{
    (void)state;
    static const char *const one[] = {"127.0.0.1:0"};
    struct brink_listener_options listener;
    struct brink_server_options options;
    brink_server_options_init(&options);
    brink_listener_options_init(&listener);
    listener.name = "few";
    listener.service = BRINK_SERVICE_ECHO;
    listener.listen = one;
    listener.listen_count = 1;
    listener.limits.max_per_source = 1;
    options.listeners = &listener;
    options.listener_count = 1;
    struct brink_server *server = served_start(&options);
    int first = served_connect(server);
    served_echo(first, "in");
    int second = served_connect(server);
    served_expect_end(second);
    while (listener_figures(server, 0).denied == 0)
        continue;
    assert_int_equal(listener_figures(server, 0).denied, 1);
    assert_int_equal(listener_figures(server, 0).source_limited, 1);
    (void)close(first);
    (void)close(second);
    assert_true(served_stop(server, 10000));
}

static void the_plain_form_is_one_listener(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_upstream_stats upstream;
    struct brink_server *server = served_start(&options);
    assert_string_equal(listener_figures(server, 0).name, "");
    assert_int_equal(listener_figures(server, 0).address_count, 1);
    assert_false(brink_server_upstream_stats(server, 0, &upstream));
    assert_true(served_stop(server, 10000));
}

static void it_is_told_that_it_stops_and_what_memory_there_is(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 2;
    options.buffer_memory = 64 << 20;
    struct brink_server *server = served_start(&options);
    assert_false(figures(server).stopping);
    assert_int_equal(figures(server).buffer_memory, 64 << 20);
    brink_server_stop(server, 10000);
    assert_true(figures(server).stopping);
    assert_true(brink_server_wait(server));
    assert_true(figures(server).stopping);
    brink_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_did_is_counted),
        cmocka_unit_test(each_worker_has_figures_of_its_own),
        cmocka_unit_test(shared_the_loop_is_all_workers),
        cmocka_unit_test(each_listener_has_figures_of_its_own),
        cmocka_unit_test(a_limit_of_sources_is_told_apart_from_lists),
        cmocka_unit_test(the_plain_form_is_one_listener),
        cmocka_unit_test(it_is_told_that_it_stops_and_what_memory_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
