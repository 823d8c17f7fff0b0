/* The end of a worker: who waits at the door is still let in; what is asked for twice. */
#include "support/served.h"

#include <unistd.h>

#include <sys/socket.h>

#include "brink/operate.h"
#include "server/call.h"
#include "server/server.h"

static struct brink_server *server;

static void gate(struct brink_worker *worker, void *arg)
{
    (void)worker;
    int *fds = arg;
    char byte;
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 0); /* until the test closes it */
}

static void *hold_the_worker(void *arg)
{
    (void)brink_workers_call(server->workers, 1, gate, arg);
    return NULL;
}

/* Holds the worker up; when `fds[2]` is closed it goes on. */
static pthread_t hold(int fds[4])
{
    pthread_t thread;
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds + 2), 0);
    static int of_worker[2];
    of_worker[0] = fds[1];
    of_worker[1] = fds[3];
    assert_int_equal(pthread_create(&thread, NULL, hold_the_worker, of_worker), 0);
    assert_int_equal(read(fds[2], &byte, 1), 0); /* it is there */
    return thread;
}

static void who_waits_to_be_accepted_is_served(void **state)
{
    (void)state;
    enum { CLIENTS = 40 };
    int clients[CLIENTS];
    int fds[4];
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    server = served_start(&options);
    pthread_t thread = hold(fds);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = served_connect(server);
        served_send(clients[i], "\1\0\0\0x", 5);
    }
    brink_server_stop(server, 10000);
    (void)close(fds[0]);
    (void)pthread_join(thread, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        served_expect(clients[i], "\1\0\0\0x", 5);
        served_expect_end(clients[i]);
        (void)close(clients[i]);
    }
    (void)close(fds[1]);
    (void)close(fds[2]);
    assert_true(brink_server_wait(server));
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.accepted, CLIENTS);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], CLIENTS);
    brink_server_free(server);
}

static void now_nobody_is_let_in_any_more(void **state)
{
    (void)state;
    int fds[4];
    struct brink_drain_options drain;
    brink_drain_options_init(&drain);
    drain.policy = BRINK_DRAIN_POLICY_NOW;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    server = served_start(&options);
    pthread_t thread = hold(fds);
    int client = served_connect(server);
    brink_server_drain(server, &drain);
    (void)close(fds[0]);
    (void)pthread_join(thread, NULL);
    assert_true(brink_server_wait(server));
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.accepted, 0);
    assert_true(stats.stopping);
    brink_server_free(server);
    (void)close(client);
    (void)close(fds[1]);
    (void)close(fds[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_to_be_accepted_is_served),
        cmocka_unit_test(now_nobody_is_let_in_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
