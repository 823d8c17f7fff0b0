/* Who is there, as it is told to an operator. */
#include "support/served.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "brink/operate.h"

enum { CLIENTS = 200 };

struct seen {
    uint64_t ids[CLIENTS];
    size_t count;
    struct brink_client_info last;
    char peer[128];
    char listener[128];
    char upstream[128];
    char server[128];
    char address[128];
};

static void copy(char to[128], const char *text)
{
    (void)snprintf(to, 128, "%s", text == NULL ? "none" : text);
}

static void see(void *context, const struct brink_client_info *info)
{
    struct seen *seen = context;
    assert_true(seen->count < CLIENTS);
    for (size_t i = 0; i < seen->count; i++)
        assert_int_not_equal(seen->ids[i], info->id.value);
    seen->ids[seen->count++] = info->id.value;
    seen->last = *info;
    copy(seen->peer, info->peer);
    copy(seen->listener, info->listener);
    copy(seen->upstream, info->upstream);
    copy(seen->server, info->server);
    copy(seen->address, info->server_address);
}

static size_t list(struct brink_server *server, const char *listener, size_t most,
                   struct seen *seen)
{
    size_t count = 99;
    memset(seen, 0, sizeof *seen);
    assert_int_equal(brink_server_each_client(server, listener, most, &count, see, seen).err, 0);
    return count;
}

static void name_of(int fd, char text[128])
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(text, 128, "127.0.0.1:%u", ntohs(address.sin_port));
}

static void each_is_told_once_and_most_at_most(void **state)
{
    (void)state;
    static struct seen seen;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    struct brink_server *server = served_start(&options);
    int fds[CLIENTS];
    assert_int_equal(list(server, NULL, 10, &seen), 0);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = served_connect(server);
        served_echo(fds[i], "x");
    }
    assert_int_equal(list(server, NULL, CLIENTS, &seen), CLIENTS);
    assert_int_equal(seen.count, CLIENTS);
    assert_int_equal(list(server, "", 70, &seen), CLIENTS);
    assert_int_equal(seen.count, 70);
    assert_int_equal(list(server, NULL, 0, &seen), CLIENTS);
    assert_int_equal(seen.count, 0);
    size_t count;
    assert_int_equal(brink_server_each_client(server, "x", 1, &count, see, &seen).err, ENOENT);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(fds[i]);
    assert_true(served_stop(server, 10000));
}

static void where_it_stands_is_told(void **state)
{
    (void)state;
    static struct seen seen;
    char text[128];
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&options);
    (void)brink_server_address(echo, 0, text, sizeof text);
    options.service = BRINK_SERVICE_RELAY;
    options.upstream = text;
    struct brink_server *relay = served_start(&options);
    int client = served_connect(relay);
    served_echo(client, "hello");
    served_send(client, "\12\0\0\0abc", 7);
    served_expect(client, "\12\0\0\0abc", 7);
    assert_int_equal(list(relay, NULL, 1, &seen), 1);
    assert_string_equal(seen.listener, "");
    assert_string_equal(seen.upstream, text);
    assert_string_equal(seen.server, text);
    assert_string_equal(seen.address, text);
    name_of(client, text);
    assert_string_equal(seen.peer, text);
    assert_int_equal(seen.last.state, BRINK_CLIENT_OPEN);
    assert_int_equal(seen.last.bytes[BRINK_SIDE_CLIENT], 16);
    assert_int_equal(seen.last.bytes[BRINK_SIDE_UPSTREAM], 16);
    assert_int_equal(seen.last.frames[BRINK_SIDE_CLIENT], 1);
    assert_int_equal(seen.last.frames[BRINK_SIDE_UPSTREAM], 1);
    assert_int_equal(seen.last.missing[BRINK_SIDE_CLIENT], 7);
    assert_true(seen.last.mid_frame[BRINK_SIDE_CLIENT]);
    assert_int_equal(seen.last.queued[BRINK_SIDE_CLIENT], 0);
    assert_int_equal(list(echo, NULL, 1, &seen), 1);
    assert_string_equal(seen.upstream, "none");
    assert_string_equal(seen.server, "none");
    assert_int_equal(seen.last.bytes[BRINK_SIDE_UPSTREAM], 16);
    assert_int_equal(seen.last.frames[BRINK_SIDE_UPSTREAM], 1);

    struct brink_message why;
    assert_int_equal(brink_server_drain_client(relay, seen.last.id, NULL, &why).err, 0);
    do
        assert_int_equal(list(relay, NULL, 1, &seen), 1);
    while (seen.last.state == BRINK_CLIENT_OPEN);
    assert_int_equal(seen.last.state, BRINK_CLIENT_LEAVING);
    (void)close(client);
    (void)served_stop(relay, 10000);
    (void)served_stop(echo, 10000);
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(brink_client_state_name(BRINK_CLIENT_OPEN), "open");
    assert_string_equal(brink_client_state_name(BRINK_CLIENT_LEAVING), "leaving");
    assert_string_equal(brink_client_state_name((enum brink_client_state)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_once_and_most_at_most),
        cmocka_unit_test(where_it_stands_is_told),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
