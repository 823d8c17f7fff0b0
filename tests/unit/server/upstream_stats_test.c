/* What is told of upstreams and of each of their servers. */
#include "support/served.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 4 };

struct seen {
    struct brink_upstream_server_stats all[ROOM];
    char names[ROOM][64];
    char addresses[ROOM][64];
    size_t count;
};

static void see(void *context, const struct brink_upstream_server_stats *stats)
{
    struct seen *seen = context;
    assert_true(seen->count < ROOM);
    (void)snprintf(seen->names[seen->count], 64, "%s", stats->name);
    (void)snprintf(seen->addresses[seen->count], 64, "%s", stats->address);
    seen->all[seen->count++] = *stats;
}

static struct seen servers_of(const struct brink_server *server, size_t index)
{
    struct seen seen = {.count = 0};
    brink_server_each_upstream_server(server, index, see, &seen);
    return seen;
}

static struct brink_server_upstream_stats figures(const struct brink_server *server, size_t index)
{
    struct brink_server_upstream_stats stats;
    assert_true(brink_server_upstream_stats(server, index, &stats));
    return stats;
}

/* A relay to an echo at `good` and, first, to servers at which nobody listens. */
static struct brink_server *start_relay(const char *good)
{
    static const char *const addresses[] = {"127.0.0.1:0"};
    struct brink_upstream_server servers[] = {
        {.name = "dead", .address = "unix:@brink-test/nobody", .weight = 1},
        {.name = "good", .address = good, .weight = 3, .max_connections = 7},
        {.address = "127.0.0.1:1", .weight = 1, .backup = true},
    };
    struct brink_upstream_options upstreams[2];
    struct brink_listener_options listener;
    struct brink_server_options options;
    brink_server_options_init(&options);
    brink_listener_options_init(&listener);
    brink_upstream_options_init(&upstreams[0]);
    brink_upstream_options_init(&upstreams[1]);
    upstreams[0].name = "unused";
    upstreams[0].servers = &servers[2];
    upstreams[0].server_count = 1;
    upstreams[1].name = "pair";
    upstreams[1].servers = servers;
    upstreams[1].server_count = 3;
    upstreams[1].eject.connect_failures = 1;
    upstreams[1].balance = BRINK_BALANCE_LEAST_CONNECTIONS;
    listener.name = "front";
    listener.listen = addresses;
    listener.listen_count = 1;
    listener.upstream = "pair";
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = upstreams;
    options.upstream_count = 2;
    options.workers = 1;
    return served_start(&options);
}

/* Connects until the dead server has had its turn. */
static size_t connect_until_ejected(const struct brink_server *relay, int fds[8])
{
    size_t count = 0;
    while (figures(relay, 1).ejections == 0) {
        assert_true(count < 8);
        fds[count] = served_connect(relay);
        served_echo(fds[count++], "hello");
    }
    return count;
}

static void servers_are_told_one_by_one(void **state)
{
    (void)state;
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&echo_options);
    char good[128];
    int fds[8];
    (void)brink_server_address(echo, 0, good, sizeof good);
    struct brink_server *relay = start_relay(good);
    struct seen seen = servers_of(relay, 1);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.names[0], "dead");
    assert_string_equal(seen.addresses[0], "unix:@brink-test/nobody");
    assert_string_equal(seen.names[2], "127.0.0.1:1");
    assert_int_equal(seen.all[1].weight, 3);
    assert_int_equal(seen.all[1].max_connections, 7);
    assert_int_equal(seen.all[2].tier, 1);
    assert_int_equal(figures(relay, 1).usable, 3);

    size_t clients = connect_until_ejected(relay, fds);
    seen = servers_of(relay, 1);
    assert_int_equal(seen.all[0].state, BRINK_UPSTREAM_SERVER_EJECTED);
    assert_int_equal(seen.all[0].connect_failures, 1);
    assert_int_equal(seen.all[0].ejections, 1);
    assert_int_equal(seen.all[0].connections, 0);
    assert_int_equal(seen.all[1].state, BRINK_UPSTREAM_SERVER_UP);
    assert_int_equal(seen.all[1].connections, clients);
    assert_int_equal(seen.all[1].total_connections, clients);
    struct brink_server_upstream_stats all = figures(relay, 1);
    assert_string_equal(all.name, "pair");
    assert_int_equal(all.servers, 3);
    assert_int_equal(all.usable, 2);
    assert_int_equal(all.connections, clients);
    assert_int_equal(all.connect_failures, 1);
    assert_int_equal(all.queued, 0);
    struct brink_server_listener_stats listener;
    assert_true(brink_server_listener_stats(relay, 0, &listener));
    assert_string_equal(listener.upstream, "pair");
    assert_int_equal(listener.frames[BRINK_SIDE_CLIENT], clients);
    assert_int_equal(listener.frames[BRINK_SIDE_UPSTREAM], clients);
    while (clients > 0)
        (void)close(fds[--clients]);
    assert_true(served_stop(relay, 10000));
    assert_true(served_stop(echo, 10000));
}

static void what_is_not_there_is_not_told(void **state)
{
    (void)state;
    struct brink_server *relay = start_relay("127.0.0.1:2");
    struct brink_server_upstream_stats stats;
    assert_int_equal(servers_of(relay, 0).count, 1);
    assert_int_equal(figures(relay, 0).servers, 1);
    assert_int_equal(servers_of(relay, 2).count, 0);
    assert_false(brink_server_upstream_stats(relay, 2, &stats));
    assert_null(stats.name);
    assert_true(served_stop(relay, 10000));
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(brink_upstream_server_state_name(BRINK_UPSTREAM_SERVER_UP), "up");
    assert_string_equal(brink_upstream_server_state_name(BRINK_UPSTREAM_SERVER_DOWN), "down");
    assert_string_equal(brink_upstream_server_state_name(BRINK_UPSTREAM_SERVER_EJECTED), "ejected");
    assert_string_equal(brink_upstream_server_state_name(BRINK_UPSTREAM_SERVER_STATES), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_told_one_by_one),
        cmocka_unit_test(what_is_not_there_is_not_told),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
