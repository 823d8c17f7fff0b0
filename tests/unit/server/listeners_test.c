/* A whole server of several listeners, and of a relay with several servers. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/served.h"

static const char *const free_port[] = {"127.0.0.1:0"};

static struct brink_listener_options listener(const char *name, enum brink_server_service service)
{
    struct brink_listener_options options;
    brink_listener_options_init(&options);
    options.name = name;
    options.service = service;
    options.listen = free_port;
    options.listen_count = 1;
    return options;
}

/* A relay to two servers, of which the first is a port that nobody listens on, behind an echo. */
static void relays_by_lists(enum brink_server_dispatch dispatch, uint32_t workers)
{
    char texts[2][128];
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *gone = served_start(&echo_options);
    struct brink_server *echo = served_start(&echo_options);
    const struct brink_upstream_server servers[2] = {
        {.name = "gone", .address = brink_server_address(gone, 0, texts[0], 128), .weight = 1},
        {.name = "echo", .address = brink_server_address(echo, 0, texts[1], 128), .weight = 1}};
    assert_true(served_stop(gone, 0));
    struct brink_upstream_options upstream;
    brink_upstream_options_init(&upstream);
    upstream.name = "servers";
    upstream.servers = servers;
    upstream.server_count = 2;
    struct brink_listener_options listeners[2] = {listener("relay", BRINK_SERVICE_RELAY),
                                                  listener("echo", BRINK_SERVICE_ECHO)};
    listeners[0].upstream = "servers";
    listeners[1].upstream = "servers"; /* which says nothing to an echo */
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.listeners = listeners;
    options.listener_count = 2;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    options.dispatch = dispatch;
    options.workers = workers;
    struct brink_server *server = served_start(&options);
    for (int i = 0; i < 8; i++) {
        int client = served_connect(server);
        served_echo(client, "hello");
        (void)close(client);
    }
    assert_true(served_stop(server, 1000));
    assert_true(served_stop(echo, 1000));
}

static void a_relay_passes_over_who_refuses(void **state)
{
    (void)state;
    relays_by_lists(BRINK_DISPATCH_SHARDED, 1);
    relays_by_lists(BRINK_DISPATCH_SHARDED, 3);
    relays_by_lists(BRINK_DISPATCH_SHARED, 3);
}

/* Each waits for the only place, whichever worker has it. */
static void places_are_the_whole_servers(enum brink_server_dispatch dispatch)
{
    enum { CLIENTS = 12 };
    char text[128];
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&echo_options);
    const struct brink_upstream_server place = {
        .address = brink_server_address(echo, 0, text, 128), .weight = 1, .max_connections = 1};
    struct brink_upstream_options upstream;
    brink_upstream_options_init(&upstream);
    upstream.name = "servers";
    upstream.servers = &place;
    upstream.server_count = 1;
    struct brink_listener_options relay = listener("relay", BRINK_SERVICE_RELAY);
    relay.upstream = "servers";
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.listeners = &relay;
    options.listener_count = 1;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    options.dispatch = dispatch;
    options.workers = 3;
    struct brink_server *server = served_start(&options);
    int clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = served_connect(server);
        served_send(clients[i], "\1\0\0\0x", 5);
        (void)shutdown(clients[i], SHUT_WR);
    }
    for (int i = 0; i < CLIENTS; i++) {
        served_expect(clients[i], "\1\0\0\0x", 5);
        served_expect_end(clients[i]);
        (void)close(clients[i]);
    }
    struct brink_server_stats stats;
    assert_true(served_stop(server, 1000));
    brink_server_stats(echo, &stats);
    assert_int_equal(stats.accepted, CLIENTS);
    assert_true(served_stop(echo, 1000));
}

static void all_workers_wait_for_the_same_places(void **state)
{
    (void)state;
    places_are_the_whole_servers(BRINK_DISPATCH_SHARDED);
    places_are_the_whole_servers(BRINK_DISPATCH_SHARED);
}

static void what_cannot_work_is_not_started(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_listener_options relay = listener("relay", BRINK_SERVICE_RELAY);
    struct brink_server_options options;
    struct brink_server *server;
    relay.upstream = "nobody";
    brink_server_options_init(&options);
    options.listeners = &relay;
    options.listener_count = 1;
    assert_true(brink_failed(brink_server_start(&server, &options, &why)));
    assert_null(server);
    assert_string_equal(why.text, "listener relay: there is no upstream nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_passes_over_who_refuses),
        cmocka_unit_test(all_workers_wait_for_the_same_places),
        cmocka_unit_test(what_cannot_work_is_not_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
