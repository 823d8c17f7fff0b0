/* What is measured, added up over all workers. */
#include "support/served.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void a_relays_figures_are_its_upstreams(void **state)
{
    (void)state;
    enum { CLIENTS = 4, FRAMES = 5 };
    struct brink_server_options echoes = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_options relays = served_options(BRINK_SERVICE_RELAY);
    struct brink_server_listener_figures listener;
    struct brink_server_upstream_figures upstream;
    char address[64];
    int fds[CLIENTS];
    struct brink_server *echo = served_start(&echoes);
    relays.upstream = brink_server_address(echo, 0, address, sizeof address);
    relays.workers = 2;
    struct brink_server *relay = served_start(&relays);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = served_connect(relay);
        for (int frame = 0; frame < FRAMES; frame++)
            served_echo(fds[i], "0123456789ab!"); /* 17 bytes */
    }
    assert_true(brink_server_listener_figures(relay, 0, &listener));
    for (size_t side = 0; side < 2; side++) {
        assert_int_equal(listener.frame_bytes[side].counts[1], CLIENTS * FRAMES);
        assert_int_equal(listener.frame_bytes[side].sum, CLIENTS * FRAMES * 17);
        assert_int_equal(brink_histogram_total(&listener.frame_us[side]), CLIENTS * FRAMES);
    }
    assert_int_equal(brink_histogram_total(&listener.reply_us), CLIENTS * FRAMES);
    assert_true(listener.reply_us.sum > 0);
    assert_true(brink_server_upstream_figures(relay, 0, &upstream));
    assert_int_equal(upstream.frames[BRINK_SIDE_CLIENT], CLIENTS * FRAMES);
    assert_int_equal(upstream.bytes[BRINK_SIDE_UPSTREAM], CLIENTS * FRAMES * 17);
    assert_memory_equal(&upstream.reply_us, &listener.reply_us, sizeof listener.reply_us);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(fds[i]);
    assert_true(served_stop(relay, 10000));
    assert_true(served_stop(echo, 10000));
}

static void what_is_not_there_has_none(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_listener_figures listener;
    struct brink_server_upstream_figures upstream;
    struct brink_server_worker_figures worker;
    struct brink_server_pool_figures pools[BRINK_POOLS_MAX];
    struct brink_server *server = served_start(&options);
    memset(&listener, 1, sizeof listener);
    assert_false(brink_server_listener_figures(server, 1, &listener));
    assert_int_equal(listener.retries, 0);
    assert_false(brink_server_upstream_figures(server, 0, &upstream));
    assert_false(brink_server_worker_figures(server, 1, &worker));
    assert_int_equal(brink_server_pool_figures(server, 1, pools), 0);
    assert_true(served_stop(server, 10000));
}

static const struct brink_server_pool_figures *
pool_named(const struct brink_server_pool_figures *pools, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pools[i].name, name) == 0)
            return &pools[i];
    fail_msg("no pool %s", name);
    return NULL;
}

static void workers_tell_of_their_turns_and_memory(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server_worker_figures worker;
    struct brink_server_pool_figures pools[BRINK_POOLS_MAX];
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "once");
    do /* a turn is counted when it is over, the reply may be here before */
        assert_true(brink_server_worker_figures(server, 0, &worker));
    while (worker.served < 2);
    assert_in_range(worker.ready_max, 1, worker.served);
    assert_int_equal(worker.loop, 0);
    size_t count = brink_server_pool_figures(server, 0, pools);
    const struct brink_server_pool_figures *sessions = pool_named(pools, count, "echo");
    assert_int_equal(sessions->objects, 1);
    assert_true(sessions->free_bytes > 0 && sessions->free_bytes < sessions->bytes);
    assert_true(pool_named(pools, count, "timers")->objects >= 1);
    assert_int_equal(pool_named(pools, count, "segments")->objects, 0);
    assert_true(worker.memory_bytes >= sessions->bytes);
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relays_figures_are_its_upstreams),
        cmocka_unit_test(what_is_not_there_has_none),
        cmocka_unit_test(workers_tell_of_their_turns_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
