/* Which clients a worker hands over, and when. */
#include "by_hand.h"

static const char *const free_port[] = {"127.0.0.1:0"};

/* More of them than may be under way at a time, and none of them at work. */
static void all_that_are_idle_go_at_once(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static int fds[MANY];
    struct brink_server_stats stats;
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 2);
    struct brink_server *server = served_start(&options);
    for (int i = 0; i < MANY; i++)
        fds[i] = served_connect(server);
    for (int i = 0; i < MANY; i++)
        served_echo(fds[i], "here");
    server = succeed(server, &options, &stats);
    assert_int_equal(stats.handed_over, MANY);
    for (int i = 0; i < MANY; i++) {
        served_echo(fds[i], "there");
        (void)close(fds[i]);
    }
    assert_true(served_stop(server, 10000));
}

static void a_frame_begun_is_finished_first(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_server_stats stats;
    struct succession succession;
    struct brink_server_options options =
        options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 1);
    old = served_start(&options);
    int idle = served_connect(old);
    int busy = served_connect(old);
    served_echo(idle, "a");
    served_send(busy, "\4\0\0\0ab", 6);
    served_expect(busy, "\4\0\0\0ab", 6);
    succession_open(&succession);
    succession_begin(&succession, &options);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, NULL, &why).err, 0);
    struct brink_server *young = succession_end(&succession);
    do
        brink_server_stats(young, &stats);
    while (stats.taken_over < 1);
    served_echo(idle, "b");
    do
        brink_server_stats(old, &stats);
    while (stats.clients > 1);
    assert_int_equal(stats.clients, 1);
    served_send(busy, "cd", 2);
    served_expect(busy, "cd", 2);
    assert_true(brink_server_wait(old));
    brink_server_free(old);
    served_echo(busy, "e");
    (void)close(idle);
    (void)close(busy);
    assert_true(served_stop(young, 10000));
}

static void clients_that_are_not_wanted_leave(void **state)
{
    (void)state;
    struct brink_listener_options listeners[2];
    struct brink_server_stats stats;
    for (int i = 0; i < 2; i++) {
        brink_listener_options_init(&listeners[i]);
        listeners[i].name = i == 0 ? "front" : "back";
        listeners[i].service = BRINK_SERVICE_ECHO;
        listeners[i].listen = free_port;
        listeners[i].listen_count = 1;
    }
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.workers = 2;
    options.listeners = listeners;
    options.listener_count = 2;
    struct brink_server *server = served_start(&options);
    int front = served_connect_to(server, 0);
    int back = served_connect_to(server, 1);
    served_echo(front, "a");
    served_echo(back, "b");
    options.listener_count = 1;
    server = succeed(server, &options, &stats);
    assert_int_equal(stats.handed_over, 1);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 1);
    served_expect_end(back);
    served_echo(front, "c");
    (void)close(front);
    (void)close(back);
    assert_true(served_stop(server, 10000));
}

static void take_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)context;
    assert_int_equal(brink_stream_send_raw(stream, frame->bytes, frame->size).err, 0);
}

/* What an application keeps of a client cannot go with it; new clients are the new process's. */
static void clients_of_an_application_leave(void **state)
{
    (void)state;
    static const struct brink_stream_handler handler = {.on_frame = take_frame};
    struct brink_server_stats stats;
    struct brink_server_options options =
        options_of(BRINK_SERVICE_FRAMES, BRINK_DISPATCH_SHARDED, 2);
    options.handler = &handler;
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "a");
    server = succeed(server, &options, &stats);
    served_expect_end(client);
    (void)close(client);
    assert_int_equal(stats.handed_over, 0);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 1);
    client = served_connect(server);
    served_echo(client, "b");
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_idle_go_at_once),
        cmocka_unit_test(a_frame_begun_is_finished_first),
        cmocka_unit_test(clients_that_are_not_wanted_leave),
        cmocka_unit_test(clients_of_an_application_leave),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
