/* The figures add up, over all workers. */
#include "support/served.h"

#include <unistd.h>

static struct brink_server_stats figures(const struct brink_server *server)
{
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    return stats;
}

static void what_clients_did_is_counted(void **state)
{
    (void)state;
    enum { CLIENTS = 9 };
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    options.max_clients = 100;
    struct brink_server *server = served_start(&options);
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = served_connect(server);
        served_echo(fds[i], "12345");
        served_echo(fds[i], "");
    }
    struct brink_server_stats stats = figures(server);
    assert_int_equal(stats.workers, 3);
    assert_int_equal(stats.max_clients, 100);
    assert_int_equal(stats.accepted, CLIENTS);
    assert_int_equal(stats.clients, CLIENTS);
    assert_int_equal(stats.frames[BRINK_SIDE_CLIENT], 2 * CLIENTS);
    assert_int_equal(stats.bytes[BRINK_SIDE_CLIENT], 13 * CLIENTS);
    served_send(fds[0], "\5\0\0\0x", 5);
    served_expect(fds[0], "\5\0\0\0x", 5);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(fds[i]);
    while (figures(server).clients > 0)
        continue;
    stats = figures(server);
    assert_int_equal(stats.frames_cut[BRINK_SIDE_CLIENT], 1);
    assert_int_equal(stats.closed[BRINK_REASON_CLIENT_CLOSED], CLIENTS - 1);
    assert_int_equal(stats.closed[BRINK_REASON_CLIENT_MID_FRAME], 1);
    assert_int_equal(stats.buffered, 0);
    assert_int_equal(stats.refused, 0);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_did_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
