/* A server that goes on with other options while clients come and go, and others look at it. */
#include "support/reloads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static const char any_port[] = "127.0.0.1:0";

static atomic_bool over;

static void *look(void *arg)
{
    const struct brink_server *server = arg;
    uint64_t accepted = 0;
    uint64_t frames = 0;
    while (!atomic_load(&over)) {
        struct brink_server_stats stats;
        struct brink_server_listener_stats listener;
        struct brink_server_upstream_stats upstream;
        struct brink_server_worker_stats worker;
        char text[128];
        brink_server_stats(server, &stats);
        if (stats.accepted < accepted || stats.frames[BRINK_SIDE_CLIENT] < frames)
            return arg;
        accepted = stats.accepted;
        frames = stats.frames[BRINK_SIDE_CLIENT];
        for (size_t i = 0; brink_server_listener_stats(server, i, &listener); i++)
            if (strlen(listener.name) == 0)
                return arg;
        for (size_t i = 0; brink_server_upstream_stats(server, i, &upstream); i++)
            if (strlen(upstream.name) == 0)
                return arg;
        for (uint32_t i = 0; i < stats.workers; i++)
            brink_server_worker_stats(server, i, &worker);
        (void)brink_server_address(server, 1, text, sizeof text);
    }
    return NULL;
}

static struct brink_server *served;

/* Clients that come, say something, and go. */
static void *come_and_go(void *arg)
{
    for (unsigned i = 0; i < 50; i++) {
        int client = served_connect(served);
        served_echo(client, "hello");
        served_echo(client, "again");
        (void)close(client);
    }
    return arg;
}

static void figures_are_right_meanwhile(enum brink_server_dispatch dispatch)
{
    static struct reloads wanted;
    char text[128];
    pthread_t threads[3];
    void *wrong;
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, text, sizeof text);
    reloads_init(&wanted);
    wanted.options.dispatch = dispatch;
    struct brink_listener_options *relay =
        reloads_listener(&wanted, "relay", BRINK_SERVICE_RELAY, any_port);
    relay->upstream = "servers";
    struct brink_upstream_options *upstream = reloads_upstream(&wanted, "servers");
    reloads_server(&wanted, 0, text);
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, any_port);
    served = served_start(&wanted.options);
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&threads[0], NULL, look, served), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, come_and_go, NULL), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, come_and_go, NULL), 0);
    for (unsigned i = 0; i < 40; i++) {
        relay->idle_ms = 10000 + i;
        relay->limits.max_per_source = i % 3 == 0 ? 100 : 0;
        relay->limits.frames.per_second = i % 4 == 0 ? 1000000 : 0;
        upstream->connect_ms = 1000 + i % 7;
        upstream->balance = i % 2 == 0 ? BRINK_BALANCE_SOURCE : BRINK_BALANCE_ROUND_ROBIN;
        wanted.options.listener_count = 1 + i % 2;
        reloads_apply(&wanted, served);
    }
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    atomic_store(&over, true);
    assert_int_equal(pthread_join(threads[0], &wrong), 0);
    assert_null(wrong);
    reloads_wait_for_clients(served, 0);
    struct brink_server_listener_stats stats = reloads_stats(served, "relay");
    assert_int_equal(stats.accepted, 100);
    assert_int_equal(stats.frames[BRINK_SIDE_CLIENT], 200);
    assert_int_equal(stats.frames[BRINK_SIDE_UPSTREAM], 200);
    assert_true(served_stop(served, 10000));
    assert_true(served_stop(echo, 10000));
}

static void nobody_is_lost_meanwhile(void **state)
{
    (void)state;
    figures_are_right_meanwhile(BRINK_DISPATCH_SHARDED);
}

static void nor_where_workers_share(void **state)
{
    (void)state;
    figures_are_right_meanwhile(BRINK_DISPATCH_SHARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_lost_meanwhile),
        cmocka_unit_test(nor_where_workers_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
