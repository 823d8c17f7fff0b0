/* What is left of former options goes when nobody needs it, and nothing is left for good. */
#include "support/reloads.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/plan.h"

static struct reloads wanted;
static struct brink_server *echo;
static struct brink_server *server;
static char echo_address[128];
static size_t worker_bytes[BRINK_WORKERS_MAX];

static void begin(enum brink_server_dispatch dispatch)
{
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, echo_address, sizeof echo_address);
    reloads_init(&wanted);
    wanted.options.dispatch = dispatch;
    reloads_listener(&wanted, "relay", BRINK_SERVICE_RELAY, "127.0.0.1:0")->upstream = "first";
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    (void)reloads_upstream(&wanted, "first");
    reloads_server(&wanted, 0, echo_address);
    (void)reloads_upstream(&wanted, "second");
    reloads_server(&wanted, 1, echo_address);
    server = served_start(&wanted.options);
}

static void end(void)
{
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(echo, 10000));
}

static size_t editions_of(const char *name)
{
    size_t count = 0;
    for (struct brink_link *at = server->fronts.next; at != &server->fronts; at = at->next) {
        const struct brink_front *front = BRINK_CONTAINER_OF(at, struct brink_front, link);
        if (strcmp(front->name, name) != 0)
            continue;
        for (struct brink_link *link = front->editions.next; link != &front->editions;
             link = link->next)
            count++;
    }
    return count;
}

static void an_edition_goes_with_its_last_client(void **state)
{
    (void)state;
    begin(BRINK_DISPATCH_SHARDED);
    int first = reloads_connect(server, "relay");
    served_echo(first, "first");
    wanted.listeners[0].idle_ms = 11111;
    reloads_apply(&wanted, server);
    int second = reloads_connect(server, "relay");
    served_echo(second, "second");
    wanted.listeners[0].upstream = "second";
    wanted.listeners[1].idle_ms = 11111; /* it has no client: the former edition goes at once */
    reloads_apply(&wanted, server);
    assert_int_equal(editions_of("relay"), 3);
    assert_int_equal(editions_of("echo"), 1);
    (void)close(first);
    reloads_wait_for_clients(server, 1);
    reloads_apply(&wanted, server);
    assert_int_equal(editions_of("relay"), 2);
    served_echo(second, "still here");
    wanted.options.listener_count = 1; /* it goes, and its client stays */
    wanted.listeners[0] = wanted.listeners[1];
    wanted.options.upstream_count = 0;
    reloads_apply(&wanted, server);
    served_echo(second, "still here");
    assert_int_equal(editions_of("relay"), 1);
    assert_false(brink_list_empty(&server->gone_groups));
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.accepted, 2);
    (void)close(second);
    reloads_wait_for_clients(server, 0);
    reloads_apply(&wanted, server);
    assert_int_equal(editions_of("relay"), 0);
    assert_true(brink_list_empty(&server->gone_groups));
    brink_server_stats(server, &stats);
    assert_int_equal(stats.accepted, 2);
    assert_int_equal(stats.frames[BRINK_SIDE_CLIENT], 4);
    end();
}

static void measure(struct brink_worker *worker, void *arg)
{
    (void)arg;
    worker_bytes[worker->index] = worker->arena.live_bytes;
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1000; fd++) {
        struct pollfd poll_fd = {.fd = fd};
        count += poll(&poll_fd, 1, 0) == 0 || !(poll_fd.revents & POLLNVAL);
    }
    return count;
}

/* All that can change does, there and back. */
static void change(unsigned round)
{
    bool even = round % 2 == 0;
    wanted.listeners[0].idle_ms = even ? 11111 : 22222;
    wanted.listeners[0].upstream = even ? "first" : "second";
    wanted.listeners[0].limits.max_per_source = even ? 5 : 0;
    wanted.options.listener_count = even ? 2 : 1;
    wanted.options.upstream_count = 2;
    wanted.upstreams[1].connect_ms = even ? 1000 : 2000;
    wanted.upstreams[1].health.interval_ms = even ? 0 : 1000;
    wanted.listeners[0].listen_count = 1;
    if (even)
        reloads_address(&wanted, 0, "[::1]:0");
    reloads_apply(&wanted, server);
    int client = reloads_connect(server, "relay");
    served_echo(client, "hello");
    (void)close(client);
    reloads_wait_for_clients(server, 0);
    reloads_wait_for_clients(echo, 0); /* in this process, too */
}

/* Which worker has had clients decides which of its pools have a chunk; and an address that has
 * gone may be about to close. */
enum { CHUNKS = 96 * 1024, ROUNDS = 300, MEASURED = 100, CLOSING = 8 };

static void nothing_is_left(enum brink_server_dispatch dispatch)
{
    size_t bytes = 0;
    size_t of_worker = 0;
    int descriptors = 0;
    begin(dispatch);
    for (unsigned round = 0; round < ROUNDS; round++) {
        change(round);
        if (round != MEASURED - 1 && round != ROUNDS - 1)
            continue;
        brink_server_call(server, measure, NULL);
        if (round == ROUNDS - 1) {
            assert_int_equal(server->arena.live_bytes, bytes);
            assert_true(worker_bytes[0] < of_worker + CHUNKS);
            assert_true(open_descriptors() < descriptors + CLOSING);
        }
        bytes = server->arena.live_bytes;
        of_worker = worker_bytes[0];
        descriptors = open_descriptors();
    }
    end();
}

static void hundreds_of_reloads_leave_nothing(void **state)
{
    (void)state;
    nothing_is_left(BRINK_DISPATCH_SHARDED);
}

static void nor_where_workers_share(void **state)
{
    (void)state;
    nothing_is_left(BRINK_DISPATCH_SHARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edition_goes_with_its_last_client),
        cmocka_unit_test(hundreds_of_reloads_leave_nothing),
        cmocka_unit_test(nor_where_workers_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
