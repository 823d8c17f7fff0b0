/* A server that goes on with other options: what stays, what comes, what goes. */
#include "support/reloads.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brink/operate.h"

static const char any_port[] = "127.0.0.1:0";

/* The text of the listener's first address, to be named in other options. */
static const char *address_of(const struct brink_server *server, const char *listener, char *text)
{
    return brink_server_address(server, reloads_index(server, listener), text, 128);
}

static int connect_to(const char *address)
{
    const char *colon = strrchr(address, ':');
    struct sockaddr_in sock = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&sock, sizeof sock) == 0)
        return fd;
    int err = errno;
    (void)close(fd);
    return -err;
}

/* The same options again leave all as it is. */
static void nothing_new_changes_nothing(void **state)
{
    (void)state;
    static struct reloads wanted;
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&wanted.options);
    int client = reloads_connect(server, "echo");
    served_echo(client, "before");
    for (int i = 0; i < 3; i++)
        reloads_apply(&wanted, server);
    served_echo(client, "after");
    assert_int_equal(reloads_stats(server, "echo").clients, 1);
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

/* Who has come stays with what held then. */
static void new_options_are_for_new_clients(enum brink_server_dispatch dispatch)
{
    static struct reloads wanted;
    reloads_init(&wanted);
    wanted.options.dispatch = dispatch;
    struct brink_listener_options *echo =
        reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&wanted.options);
    int old = reloads_connect(server, "echo");
    served_echo(old, "thirty bytes are not too much");
    echo->spec.request.frame.max = echo->spec.reply.frame.max = 10;
    reloads_apply(&wanted, server);
    int new = reloads_connect(server, "echo");
    served_echo(new, "short");
    served_echo(old, "thirty bytes are not too much");
    served_send(new, "\30\0\0\0too much now", 16);
    uint8_t byte;
    assert_true(recv(new, &byte, 1, 0) <= 0);
    served_echo(old, "thirty bytes are not too much");
    (void)close(old);
    (void)close(new);
    reloads_wait_for_clients(server, 0);
    struct brink_server_listener_stats stats = reloads_stats(server, "echo");
    assert_int_equal(stats.accepted, 2);
    assert_int_equal(stats.closed[BRINK_REASON_FRAME_TOO_LARGE], 1);
    reloads_apply(&wanted, server); /* the former edition goes, what it counted stays */
    stats = reloads_stats(server, "echo");
    assert_int_equal(stats.accepted, 2);
    assert_int_equal(stats.frames[BRINK_SIDE_CLIENT], 4);
    assert_true(served_stop(server, 10000));
}

static void clients_keep_their_options(void **state)
{
    (void)state;
    new_options_are_for_new_clients(BRINK_DISPATCH_SHARDED);
}

static void also_where_workers_share(void **state)
{
    (void)state;
    new_options_are_for_new_clients(BRINK_DISPATCH_SHARED);
}

static void addresses_come_and_go(void **state)
{
    (void)state;
    static struct reloads wanted;
    char first[128];
    char second[128];
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "one", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&wanted.options);
    (void)address_of(server, "one", first);
    int old = reloads_connect(server, "one");
    served_echo(old, "before");
    (void)reloads_listener(&wanted, "two", BRINK_SERVICE_ECHO, any_port);
    reloads_apply(&wanted, server);
    assert_string_equal(address_of(server, "one", second), first);
    (void)address_of(server, "two", second);
    int new = reloads_connect(server, "two");
    served_echo(new, "there");
    /* the first goes */
    wanted.listeners[0] = wanted.listeners[1];
    wanted.options.listener_count = 1;
    reloads_apply(&wanted, server);
    int gone = connect_to(first);
    assert_int_equal(gone, -ECONNREFUSED);
    char still[128];
    assert_string_equal(address_of(server, "two", still), second);
    served_echo(old, "its clients stay");
    served_echo(new, "and others");
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.accepted, 2);
    assert_int_equal(stats.clients, 2);
    (void)close(old);
    (void)close(new);
    assert_true(served_stop(server, 10000));
}

/* Sockets are known by their addresses, whosever they are. */
static void an_address_may_change_hands(void **state)
{
    (void)state;
    static struct reloads wanted;
    char text[128];
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "one", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&wanted.options);
    (void)address_of(server, "one", text);
    int old = reloads_connect(server, "one");
    served_echo(old, "one");
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "two", BRINK_SERVICE_ECHO, text);
    reloads_apply(&wanted, server);
    int new = reloads_connect(server, "two");
    served_echo(new, "two");
    served_echo(old, "one");
    assert_int_equal(reloads_stats(server, "two").accepted, 1);
    assert_int_equal(reloads_stats(server, "two").clients, 1);
    (void)close(old);
    (void)close(new);
    assert_true(served_stop(server, 10000));
}

static void what_cannot_be_leaves_all_as_it_was(void **state)
{
    (void)state;
    static struct reloads wanted;
    static struct reloads good;
    char taken[128];
    struct brink_server_options other_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *other = served_start(&other_options);
    (void)brink_server_address(other, 0, taken, sizeof taken);
    reloads_init(&good);
    (void)reloads_listener(&good, "echo", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&good.options);
    int client = reloads_connect(server, "echo");
    served_echo(client, "before");
    reloads_init(&wanted);
    struct brink_listener_options *echo =
        reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, any_port);
    reloads_address(&wanted, 0, any_port);
    (void)reloads_listener(&wanted, "second", BRINK_SERVICE_ECHO, taken);
    (void)reloads_upstream(&wanted, "servers");
    reloads_server(&wanted, 0, taken);
    echo->idle_ms = 1;
    assert_non_null(strstr(reloads_refused(&wanted, server, EADDRINUSE), taken));
    echo->listen_count = 0;
    (void)reloads_refused(&wanted, server, EINVAL);
    struct brink_server_listener_stats stats;
    struct brink_server_upstream_stats upstream;
    assert_false(brink_server_listener_stats(server, 1, &stats));
    assert_false(brink_server_upstream_stats(server, 0, &upstream));
    assert_int_equal(reloads_stats(server, "echo").address_count, 1);
    served_echo(client, "after");
    int new = reloads_connect(server, "echo");
    served_echo(new, "as before");
    (void)close(client);
    (void)close(new);
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(other, 10000));
}

static void a_server_that_stops_is_left_alone(void **state)
{
    (void)state;
    static struct reloads wanted;
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, any_port);
    struct brink_server *server = served_start(&wanted.options);
    brink_server_stop(server, 0);
    (void)reloads_refused(&wanted, server, EPIPE);
    assert_true(brink_server_wait(server));
    (void)reloads_refused(&wanted, server, EPIPE);
    brink_server_free(server);
}

/* A relay whose servers change under it. */
static void servers_come_and_go(void **state)
{
    (void)state;
    static struct reloads wanted;
    char texts[2][128];
    struct brink_server *echoes[2];
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    for (size_t i = 0; i < 2; i++) {
        echoes[i] = served_start(&echo_options);
        (void)brink_server_address(echoes[i], 0, texts[i], sizeof texts[i]);
    }
    reloads_init(&wanted);
    reloads_listener(&wanted, "relay", BRINK_SERVICE_RELAY, any_port)->upstream = "servers";
    struct brink_upstream_options *upstream = reloads_upstream(&wanted, "servers");
    reloads_server(&wanted, 0, texts[0]);
    struct brink_server *server = served_start(&wanted.options);
    int old = reloads_connect(server, "relay");
    served_echo(old, "first");
    wanted.servers[0][0].address = texts[1];
    upstream->when_down = BRINK_WHEN_DOWN_KEEP;
    reloads_apply(&wanted, server);
    int new = reloads_connect(server, "relay");
    served_echo(new, "second");
    served_echo(old, "kept");
    struct brink_server_stats stats;
    brink_server_stats(echoes[1], &stats);
    assert_int_equal(stats.accepted, 1);
    upstream->when_down = BRINK_WHEN_DOWN_BOUNDARY;
    wanted.servers[0][0].address = texts[0];
    reloads_apply(&wanted, server);
    served_expect_end(new);
    served_expect_end(old); /* its server went, whoever has the address now */
    int third = reloads_connect(server, "relay");
    served_echo(third, "first again");
    (void)close(third);
    (void)close(old);
    (void)close(new);
    assert_true(served_stop(server, 10000));
    for (size_t i = 0; i < 2; i++)
        assert_true(served_stop(echoes[i], 10000));
}

/* Its servers go, and it with its last client. */
static void an_upstream_may_go(void **state)
{
    (void)state;
    static struct reloads wanted;
    char text[128];
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, text, sizeof text);
    reloads_init(&wanted);
    struct brink_listener_options *relay =
        reloads_listener(&wanted, "relay", BRINK_SERVICE_RELAY, any_port);
    relay->upstream = "first";
    struct brink_upstream_options *upstream = reloads_upstream(&wanted, "first");
    reloads_server(&wanted, 0, text);
    struct brink_server *server = served_start(&wanted.options);
    int old = reloads_connect(server, "relay");
    served_echo(old, "first");
    for (unsigned i = 0; i < 4; i++) { /* there and back */
        relay->upstream = upstream->name = i % 2 == 0 ? "second" : "first";
        reloads_apply(&wanted, server);
        struct brink_server_upstream_stats stats;
        assert_true(brink_server_upstream_stats(server, 0, &stats));
        assert_string_equal(stats.name, upstream->name);
        assert_int_equal(stats.servers, 1);
        assert_false(brink_server_upstream_stats(server, 1, &stats));
        int new = reloads_connect(server, "relay");
        served_echo(new, "the other");
        served_echo(old, "kept");
        assert_string_equal(reloads_stats(server, "relay").upstream, upstream->name);
        (void)close(new);
    }
    (void)close(old);
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(echo, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_new_changes_nothing),
        cmocka_unit_test(clients_keep_their_options),
        cmocka_unit_test(also_where_workers_share),
        cmocka_unit_test(addresses_come_and_go),
        cmocka_unit_test(an_address_may_change_hands),
        cmocka_unit_test(what_cannot_be_leaves_all_as_it_was),
        cmocka_unit_test(a_server_that_stops_is_left_alone),
        cmocka_unit_test(servers_come_and_go),
        cmocka_unit_test(an_upstream_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
