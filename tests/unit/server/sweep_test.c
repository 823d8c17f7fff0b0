/* Many who leave at once leave over several turns, so that others are served in between. */
#include "support/served.h"

#include <poll.h>
#include <unistd.h>

#include "brink/operate.h"
#include "server/server.h"

enum { CLIENTS = 400 };

static uint64_t turns_of(const struct brink_server *server)
{
    struct brink_server_worker_stats stats;
    brink_server_worker_stats(server, 0, &stats);
    return stats.turns;
}

static void no_turn_lets_too_many_go(void **state)
{
    (void)state;
    static int clients[CLIENTS];
    struct brink_message why;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = served_connect(server);
        served_echo(clients[i], "x");
    }
    uint64_t before = turns_of(server);
    assert_int_equal(brink_server_drain_listener(server, "", NULL, &why).err, 0);
    for (int i = 0; i < CLIENTS; i++)
        served_expect_end(clients[i]);
    assert_true(turns_of(server) - before >= CLIENTS / 64);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(clients[i]);
    assert_true(served_stop(server, 10000));
}

static bool is_asleep(const struct brink_server *server)
{
    uint64_t before = turns_of(server);
    (void)poll(NULL, 0, 100); /* nothing may happen meanwhile */
    return turns_of(server) - before < 5;
}

static void where_nobody_is_left_it_rests(void **state)
{
    (void)state;
    struct brink_message why;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "x");
    assert_int_equal(brink_server_drain_listener(server, "", NULL, &why).err, 0);
    served_expect_end(client);
    (void)close(client);
    struct brink_server_stats stats;
    do
        brink_server_stats(server, &stats);
    while (stats.clients > 0);
    for (int i = 0; i < 50 && !is_asleep(server); i++)
        continue;
    assert_true(is_asleep(server));
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_turn_lets_too_many_go),
        cmocka_unit_test(where_nobody_is_left_it_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
