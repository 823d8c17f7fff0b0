/* All that there is is taken. */
#include "unit/app/snapshots.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/admin/snapshot.h"

static void everything_is_there(void **state)
{
    (void)state;
    struct relayed relayed = relayed_start();
    int client = served_connect(relayed.relay);
    served_echo(client, "hello");
    struct brink_admin_snapshot *snapshot = brink_admin_snapshot_take(relayed.relay, 7);
    assert_non_null(snapshot);
    assert_ptr_equal(snapshot->server, relayed.relay);
    assert_int_equal(snapshot->started_ns, 7);
    assert_true(snapshot->taken_ns > 0);
    assert_int_equal(snapshot->totals.clients, 1);
    assert_int_equal(snapshot->worker_count, 2);
    assert_int_equal(snapshot->workers[0].clients + snapshot->workers[1].clients, 1);
    assert_int_equal(snapshot->listener_count, 2);
    assert_string_equal(snapshot->listeners[0].name, "front");
    assert_int_equal(snapshot->listeners[0].frames[BRINK_SIDE_UPSTREAM], 1);
    assert_string_equal(snapshot->listeners[1].name, "mirror");
    assert_int_equal(brink_histogram_total(&snapshot->listener_figures[0].reply_us), 1);
    assert_int_equal(snapshot->upstream_figures[0].frames[BRINK_SIDE_UPSTREAM], 1);
    assert_true(snapshot->worker_figures[1].memory_bytes > 0);
    assert_string_equal(snapshot->pools[0].figures.name, "timers");
    assert_int_equal(snapshot->pools[snapshot->pool_count - 1].worker, 1);
    assert_null(snapshot->program);
    assert_int_equal(snapshot->upstream_count, 1);
    assert_int_equal(snapshot->upstreams[0].servers, 2);
    assert_int_equal(snapshot->server_count, 2);
    assert_string_equal(snapshot->servers[0].name, "good");
    assert_int_equal(snapshot->servers[0].stats.connections, 1);
    assert_int_equal(snapshot->servers[0].upstream, 0);
    assert_string_equal(snapshot->servers[1].address, "127.0.0.1:1");
    assert_null(snapshot->servers[1].stats.name);
    brink_admin_snapshot_free(snapshot);
    (void)close(client);
    relayed_stop(&relayed);
}

static void many_servers_have_room(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static char addresses[MANY][32];
    static struct brink_upstream_server servers[MANY];
    static const char *const listen[] = {"127.0.0.1:0"};
    struct brink_upstream_options upstreams[2];
    struct brink_listener_options listener;
    struct brink_server_options options;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(addresses[i], sizeof addresses[i], "127.0.0.1:%d", i + 1);
        servers[i] = (struct brink_upstream_server){.address = addresses[i], .weight = 1};
    }
    for (int i = 0; i < 2; i++) {
        brink_upstream_options_init(&upstreams[i]);
        upstreams[i].name = i == 0 ? "one" : "two";
        upstreams[i].servers = servers;
        upstreams[i].server_count = MANY;
    }
    brink_listener_options_init(&listener);
    listener.name = "l";
    listener.listen = listen;
    listener.listen_count = 1;
    listener.upstream = "two";
    brink_server_options_init(&options);
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = upstreams;
    options.upstream_count = 2;
    struct brink_server *server = served_start(&options);
    struct brink_admin_snapshot *snapshot = brink_admin_snapshot_take(server, 0);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->server_count, 2 * MANY);
    for (size_t i = 0; i < snapshot->server_count; i++) {
        assert_int_equal(snapshot->servers[i].upstream, i / MANY);
        assert_string_equal(snapshot->servers[i].address, addresses[i % MANY]);
    }
    brink_admin_snapshot_free(snapshot);
    brink_admin_snapshot_free(NULL);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_there),
        cmocka_unit_test(many_servers_have_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
