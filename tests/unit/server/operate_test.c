/* Clients, listeners and servers of a running server that are drained. */
#include "support/served.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "brink/operate.h"

enum { PATIENCE_MS = 10000 };

static struct brink_message why;

/* Two echoes, "one" and "two", on two workers. */
static struct brink_server *start_echoes(void)
{
    static const char *const addresses[] = {"127.0.0.1:0"};
    struct brink_listener_options listeners[2];
    struct brink_server_options options;
    brink_server_options_init(&options);
    for (int i = 0; i < 2; i++) {
        brink_listener_options_init(&listeners[i]);
        listeners[i].name = i == 0 ? "one" : "two";
        listeners[i].service = BRINK_SERVICE_ECHO;
        listeners[i].listen = addresses;
        listeners[i].listen_count = 1;
    }
    options.listeners = listeners;
    options.listener_count = 2;
    options.workers = 2;
    return served_start(&options);
}

/* A relay "front" to two servers, "a" and "b", of the upstream "pair". */
static struct brink_server *start_relay(const char *a, const char *b, bool rehome)
{
    static const char *const addresses[] = {"127.0.0.1:0"};
    struct brink_upstream_server servers[] = {
        {.name = "a", .address = a, .weight = 1},
        {.name = "b", .address = b, .weight = 1},
    };
    struct brink_upstream_options upstream;
    struct brink_listener_options listener;
    struct brink_server_options options;
    brink_server_options_init(&options);
    brink_listener_options_init(&listener);
    brink_upstream_options_init(&upstream);
    upstream.name = "pair";
    upstream.servers = servers;
    upstream.server_count = 2;
    upstream.rehome = rehome;
    listener.name = "front";
    listener.listen = addresses;
    listener.listen_count = 1;
    listener.upstream = "pair";
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    options.workers = 2;
    return served_start(&options);
}

static bool is_silent(int fd, int ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, ms) == 0;
}

struct first {
    brink_stream_id id;
    size_t count;
};

static void take_first(void *context, const struct brink_client_info *info)
{
    struct first *first = context;
    if (first->count++ == 0)
        first->id = info->id;
}

static brink_stream_id id_of_only(struct brink_server *server)
{
    struct first first = {.count = 0};
    size_t count;
    assert_int_equal(brink_server_each_client(server, NULL, 8, &count, take_first, &first).err, 0);
    assert_int_equal(first.count, 1);
    return first.id;
}

static void a_client_is_let_go_between_frames(void **state)
{
    (void)state;
    struct brink_server *server = start_echoes();
    int client = served_connect(server);
    served_echo(client, "here");
    brink_stream_id id = id_of_only(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    assert_int_equal(brink_server_drain_client(server, id, NULL, &why).err, 0);
    assert_true(is_silent(client, 50));
    served_send(client, "cd\1\0\0\0x", 7);
    served_expect(client, "cd", 2);
    served_expect_end(client);
    (void)close(client);
    struct brink_server_stats stats;
    do
        brink_server_stats(server, &stats);
    while (stats.clients > 0);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 1);
    assert_int_equal(brink_server_drain_client(server, id, NULL, &why).err, ENOENT);
    assert_true(served_stop(server, PATIENCE_MS));
}

/* By its own deadline, which says nothing of the server's. */
static void a_client_that_does_not_leave_is_cut(void **state)
{
    (void)state;
    struct brink_server *server = start_echoes();
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.timeout_ms = 50;
    int client = served_connect(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    assert_int_equal(brink_server_drain_client(server, id_of_only(server), &options, &why).err, 0);
    char byte;
    assert_int_equal(recv(client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    (void)close(client);
    struct brink_server_stats stats;
    do
        brink_server_stats(server, &stats);
    while (stats.clients > 0);
    assert_int_equal(stats.drain_cut, 1);
    assert_int_equal(stats.frames_cut[BRINK_SIDE_CLIENT], 1);
    assert_true(served_stop(server, PATIENCE_MS));
}

static void a_listener_is_left_and_comes_back(void **state)
{
    (void)state;
    struct brink_server *server = start_echoes();
    int first = served_connect(server);
    int other = served_connect_to(server, 1);
    served_echo(first, "here");
    served_echo(other, "there");
    assert_int_equal(brink_server_drain_listener(server, "one", NULL, &why).err, 0);
    served_expect_end(first);
    served_echo(other, "still");
    int late = served_connect(server); /* in the kernel's queue */
    served_send(late, "\1\0\0\0x", 5);
    assert_true(is_silent(late, 100));
    struct brink_server_listener_stats stats;
    assert_true(brink_server_listener_stats(server, 0, &stats));
    assert_true(stats.drained);
    assert_true(brink_server_listener_stats(server, 1, &stats));
    assert_false(stats.drained);
    assert_int_equal(brink_server_undrain_listener(server, "one", &why).err, 0);
    assert_true(brink_server_listener_stats(server, 0, &stats));
    assert_false(stats.drained);
    served_expect(late, "\1\0\0\0x", 5);
    served_echo(late, "again");
    (void)close(first);
    (void)close(other);
    (void)close(late);
    assert_true(served_stop(server, PATIENCE_MS));
}

static void who_has_not_left_a_listener_stays(void **state)
{
    (void)state;
    struct brink_server *server = start_echoes();
    int client = served_connect(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    assert_int_equal(brink_server_drain_listener(server, "one", NULL, &why).err, 0);
    assert_int_equal(brink_server_undrain_listener(server, "one", &why).err, 0);
    served_send(client, "cd", 2);
    served_expect(client, "cd", 2);
    served_echo(client, "more");
    (void)close(client);
    assert_true(served_stop(server, PATIENCE_MS));
}

static struct brink_server *start_echo(char text[128])
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    (void)brink_server_address(server, 0, text, 128);
    return server;
}

static uint64_t clients_of(struct brink_server *server)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    return stats.clients;
}

static void see_state(void *context, const struct brink_upstream_server_stats *stats)
{
    if (strcmp(stats->name, "a") == 0)
        *(enum brink_upstream_server_state *)context = stats->state;
}

static void a_server_is_left_and_comes_back(void **state)
{
    (void)state;
    enum { CLIENTS = 8 };
    char a[128], b[128];
    struct brink_server *echo_a = start_echo(a);
    struct brink_server *echo_b = start_echo(b);
    struct brink_server *relay = start_relay(a, b, true);
    int clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = served_connect(relay);
        served_echo(clients[i], "hello");
    }
    assert_int_not_equal(clients_of(echo_a), 0);
    assert_int_equal(brink_server_drain_upstream_server(relay, "pair", "a", NULL, &why).err, 0);
    enum brink_upstream_server_state is = BRINK_UPSTREAM_SERVER_UP;
    brink_server_each_upstream_server(relay, 0, see_state, &is);
    assert_int_equal(is, BRINK_UPSTREAM_SERVER_DRAINED);
    assert_string_equal(brink_upstream_server_state_name(is), "drained");
    while (clients_of(echo_a) > 0)
        (void)poll(NULL, 0, 1);
    for (int i = 0; i < CLIENTS; i++)
        served_echo(clients[i], "as before");
    assert_int_equal(clients_of(echo_b), CLIENTS);
    assert_int_equal(brink_server_undrain_upstream_server(relay, "pair", "a", &why).err, 0);
    brink_server_each_upstream_server(relay, 0, see_state, &is);
    assert_int_equal(is, BRINK_UPSTREAM_SERVER_UP);
    int late[2] = {served_connect(relay), served_connect(relay)};
    served_echo(late[0], "new");
    served_echo(late[1], "new");
    assert_int_not_equal(clients_of(echo_a), 0);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(clients[i]);
    (void)close(late[0]);
    (void)close(late[1]);
    assert_true(served_stop(relay, PATIENCE_MS));
    assert_true(served_stop(echo_a, PATIENCE_MS));
    assert_true(served_stop(echo_b, PATIENCE_MS));
}

static void see_weight(void *context, const struct brink_upstream_server_stats *stats)
{
    if (strcmp(stats->name, "b") == 0)
        *(uint32_t *)context = stats->weight;
}

static void a_weight_is_set(void **state)
{
    (void)state;
    uint32_t weight = 0;
    struct brink_server *relay = start_relay("127.0.0.1:1", "127.0.0.1:2", false);
    assert_int_equal(brink_server_set_weight(relay, "pair", "127.0.0.1:2", 9, &why).err, 0);
    brink_server_each_upstream_server(relay, 0, see_weight, &weight);
    assert_int_equal(weight, 9);
    assert_int_equal(brink_server_set_weight(relay, "pair", "b", 257 * 1000, &why).err, EINVAL);
    assert_int_equal(brink_server_set_weight(relay, "pair", "c", 1, &why).err, ENOENT);
    assert_string_equal(why.text, "upstream pair has no server c");
    assert_true(served_stop(relay, PATIENCE_MS));
}

static void what_there_is_not_is_refused_by_name(void **state)
{
    (void)state;
    struct brink_drain_options bad;
    brink_drain_options_init(&bad);
    bad.policy = (enum brink_drain_policy)7;
    brink_stream_id none = {0};
    struct brink_server *server = start_echoes();
    assert_int_equal(brink_server_drain_client(server, none, NULL, &why).err, ENOENT);
    assert_int_equal(brink_server_drain_listener(server, "three", NULL, &why).err, ENOENT);
    assert_string_equal(why.text, "there is no listener three");
    assert_int_equal(brink_server_drain_listener(server, "one", &bad, &why).err, EINVAL);
    assert_int_equal(brink_server_undrain_listener(server, "three", &why).err, ENOENT);
    assert_int_equal(brink_server_drain_upstream_server(server, "u", "a", NULL, &why).err, ENOENT);
    assert_string_equal(why.text, "there is no upstream u");
    assert_int_equal(brink_server_undrain_upstream_server(server, "u", "a", &why).err, ENOENT);
    brink_server_stop(server, 0);
    assert_int_equal(brink_server_drain_listener(server, "one", NULL, &why).err, EPIPE);
    assert_true(brink_server_wait(server));
    brink_server_free(server);
}

static void a_harsher_drain_ends_the_wait(void **state)
{
    (void)state;
    struct brink_server *server = start_echoes();
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    int client = served_connect(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    brink_server_drain(server, &options);
    assert_true(is_silent(client, 50));
    options.policy = BRINK_DRAIN_POLICY_NOW;
    brink_server_drain(server, &options);
    assert_false(brink_server_wait(server));
    (void)close(client);
    brink_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_let_go_between_frames),
        cmocka_unit_test(a_client_that_does_not_leave_is_cut),
        cmocka_unit_test(a_listener_is_left_and_comes_back),
        cmocka_unit_test(who_has_not_left_a_listener_stays),
        cmocka_unit_test(a_server_is_left_and_comes_back),
        cmocka_unit_test(a_weight_is_set),
        cmocka_unit_test(what_there_is_not_is_refused_by_name),
        cmocka_unit_test(a_harsher_drain_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
