/* Which listeners and addresses of other options are those that there are. */
#include "support/reloads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server.h"

static struct reloads wanted;

static void the_same_address_may_be_written_otherwise(void **state)
{
    (void)state;
    char text[128];
    char written[140];
    char again[128];
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    struct brink_server *server = served_start(&wanted.options);
    (void)brink_server_address(server, 0, text, sizeof text);
    (void)snprintf(written, sizeof written, "localhost%s", strchr(text, ':'));
    wanted.addresses[0][0] = written;
    reloads_apply(&wanted, server);
    assert_string_equal(brink_server_address(server, 0, again, sizeof again), text);
    int client = reloads_connect(server, "echo");
    served_echo(client, "hello");
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

/* Port 0 is another port each time, and those there are stay. */
static void as_many_as_before_are_the_same_ones(void **state)
{
    (void)state;
    char before[3][128];
    char after[128];
    reloads_init(&wanted);
    (void)reloads_listener(&wanted, "one", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    (void)reloads_listener(&wanted, "two", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    reloads_address(&wanted, 1, "127.0.0.1:0");
    struct brink_server *server = served_start(&wanted.options);
    for (size_t i = 0; i < 3; i++)
        (void)brink_server_address(server, i, before[i], sizeof before[i]);
    struct brink_listener_options first = wanted.listeners[0];
    wanted.listeners[0] = wanted.listeners[1]; /* the other order */
    wanted.listeners[1] = first;
    reloads_apply(&wanted, server);
    assert_string_equal(brink_server_address(server, 2, after, sizeof after), before[0]);
    assert_int_equal(reloads_index(server, "one"), 2);
    assert_int_equal(reloads_index(server, "two"), 0);
    assert_int_equal(reloads_stats(server, "two").address_count, 2);
    wanted.listeners[0].listen_count = 1;
    reloads_apply(&wanted, server);
    assert_int_equal(server->opening_count, 2);
    assert_true(served_stop(server, 10000));
}

static void a_unix_sockets_file_goes_with_it(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-reload-XXXXXX";
    char path[64];
    char address[80];
    reloads_init(&wanted);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    (void)snprintf(address, sizeof address, "unix:%s", path);
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    struct brink_server *server = served_start(&wanted.options);
    for (unsigned round = 0; round < 3; round++) {
        reloads_address(&wanted, 0, address);
        reloads_apply(&wanted, server);
        struct sockaddr_un sock = {.sun_family = AF_UNIX};
        (void)snprintf(sock.sun_path, sizeof sock.sun_path, "%s", path);
        int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(client, (struct sockaddr *)&sock, sizeof sock), 0);
        served_echo(client, "hello");
        wanted.listeners[0].listen_count = 1;
        reloads_apply(&wanted, server);
        served_echo(client, "still there");
        (void)close(client);
        assert_int_equal(access(path, F_OK), -1);
    }
    assert_true(served_stop(server, 10000));
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_address_may_be_written_otherwise),
        cmocka_unit_test(as_many_as_before_are_the_same_ones),
        cmocka_unit_test(a_unix_sockets_file_goes_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
