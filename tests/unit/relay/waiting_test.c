/* Clients that wait while all servers have as many connections as they may. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;

/* One server that takes one connection. */
static void prepare(void)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers.entries[0].max_connections = 1;
}

static void end(void)
{
    struct brink_group_figures figures;
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.queued, 0);
    assert_int_equal(figures.connections, 0);
    rig_stop(&rig);
    servers_close(&servers);
}

static uint64_t closed(enum brink_reason reason)
{
    return brink_counter_read(&rig.service.stats.closed[reason]);
}

static uint32_t queued(void)
{
    struct brink_group_figures figures;
    brink_group_figures(rig.group, &figures);
    return figures.queued;
}

/* A client that says who it is. */
static int come(char letter)
{
    char frame[] = {1, 0, 0, 0, letter};
    int client = rig_connect(&rig);
    assert_int_equal(send(client, frame, sizeof frame, 0), sizeof frame);
    return client;
}

/* The next that comes to a server is that client. */
static int comes(size_t index, char letter)
{
    char frame[] = {1, 0, 0, 0, letter};
    int upstream = servers_accept(&servers, &rig, index);
    rig_expect(&rig, upstream, frame, sizeof frame);
    return upstream;
}

static void leave(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, rig.gone + 1);
}

static void one_after_the_other(enum brink_arming arming)
{
    prepare();
    rig.options.arming = arming;
    servers_start(&servers, &rig);
    int clients[4];
    for (int i = 0; i < 4; i++)
        clients[i] = come((char)('a' + i));
    assert_int_equal(queued(), 3);
    for (int i = 0; i < 4; i++) {
        int upstream = comes(0, (char)('a' + i));
        assert_int_equal(queued(), 3 - i);
        rig_turn(&rig);
        assert_false(servers_has_one(&servers, 0));
        leave(clients[i], upstream);
    }
    end();
}

static void who_came_first_is_served_first(void **state)
{
    (void)state;
    one_after_the_other(BRINK_ARM_EDGE);
    one_after_the_other(BRINK_ARM_ONESHOT);
}

/* The place is free, and the one that waits for it has not been told yet. */
static void who_comes_just_then_does_not_go_before(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    (void)close(first);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    while (rig.gone == 0)
        rig_turn(&rig);
    int third = come('c');
    upstream = comes(0, 'b');
    leave(second, upstream);
    upstream = comes(0, 'c');
    leave(third, upstream);
    end();
}

static void a_wait_has_an_end(void **state)
{
    (void)state;
    prepare();
    rig.upstream.queue_ms = 500;
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    rig_forward(&rig, 400);
    rig_expect_silence(&rig, second);
    assert_int_equal(queued(), 1);
    rig_forward(&rig, 150);
    rig_expect_end(&rig, second);
    (void)close(second);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_QUEUE_TIMEOUT), 1);
    assert_int_equal(queued(), 0);
    leave(first, upstream);
    end();
}

/* It could say nothing meanwhile that anybody would have read. */
static void a_wait_does_not_count_for_the_first_frame(void **state)
{
    (void)state;
    prepare();
    rig.options.first_frame_ms = 1000;
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    int third = rig_connect(&rig);
    rig_forward(&rig, 2000);
    leave(first, upstream);
    upstream = comes(0, 'b');
    leave(second, upstream);
    upstream = servers_accept(&servers, &rig, 0);
    rig_turn(&rig);
    rig_forward(&rig, 800);
    rig_expect_silence(&rig, third);
    rig_forward(&rig, 300);
    rig_expect_end(&rig, third);
    leave(third, upstream);
    assert_int_equal(closed(BRINK_REASON_FIRST_FRAME_TIMEOUT), 1);
    end();
}

static void without_a_time_it_waits_as_long_as_it_takes(void **state)
{
    (void)state;
    prepare();
    rig.upstream.queue_ms = 0;
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    rig_forward(&rig, 3600000);
    rig_expect_silence(&rig, second);
    leave(first, upstream);
    upstream = comes(0, 'b');
    leave(second, upstream);
    end();
}

static void no_more_wait_than_may(void **state)
{
    (void)state;
    prepare();
    rig.upstream.queue_max = 1;
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    int third = come('c');
    rig_expect_end(&rig, third);
    (void)close(third);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_QUEUE_FULL), 1);
    leave(first, upstream);
    upstream = comes(0, 'b');
    leave(second, upstream);
    end();
}

static uint64_t failures(void)
{
    struct brink_group_figures figures;
    brink_group_figures(rig.group, &figures);
    return figures.connect_failures;
}

/* Those may not have the server of the second tier, as long as there is one of the first. */
static void who_has_been_refused_does_not_wait_behind_others(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers.entries[1].max_connections = 1;
    servers.entries[1].tier = 1;
    servers_start(&servers, &rig);
    (void)shutdown(servers.fds[0], SHUT_RDWR); /* from now on it refuses */
    int first = come('a');
    int second = come('b');
    int upstream = comes(1, 'a');
    while (failures() < 2)
        rig_turn(&rig);
    assert_int_equal(queued(), 1);
    leave(first, upstream);
    upstream = comes(1, 'b');
    leave(second, upstream);
    end();
}

static void a_drain_ends_those_that_wait(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int clients[3] = {come('a'), 0, 0};
    int upstream = comes(0, 'a');
    rig_send(&rig, upstream, "\0\0\0\0", 4);
    rig_expect(&rig, clients[0], "\0\0\0\0", 4);
    clients[1] = come('b');
    clients[2] = come('c');
    rig_drain(&rig, BRINK_DRAIN_POLICY_BOUNDARY, 1000);
    for (int i = 0; i < 3; i++) {
        rig_expect_end(&rig, clients[i]);
        (void)close(clients[i]);
    }
    (void)close(upstream);
    rig_until_gone(&rig, 3);
    assert_int_equal(closed(BRINK_REASON_DRAINED), 3);
    assert_false(servers_has_one(&servers, 0));
    end();
}

static void cut_the_first(struct brink_session *session, const void *arg)
{
    bool *done = (bool *)(uintptr_t)arg;
    if (*done || session->state != BRINK_SESSION_CONNECTING)
        return;
    *done = true;
    brink_session_cut(session, BRINK_REASON_LOCAL_CLOSED);
}

/* It was told of the place, and ends before it can take it. */
static void who_ends_hands_the_place_on(void **state)
{
    (void)state;
    bool done = false;
    prepare();
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    int third = come('c');
    (void)close(first);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    while (rig.gone == 0)
        rig_turn(&rig);
    brink_service_each(&rig.service, cut_the_first, &done);
    assert_true(done);
    rig_expect_error(&rig, second, ECONNRESET);
    (void)close(second);
    rig_until_gone(&rig, 2);
    upstream = comes(0, 'c');
    leave(third, upstream);
    end();
}

static void a_new_server_takes_those_that_wait(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers_add(&servers);
    servers.entries[1].max_connections = servers.entries[2].max_connections = 1;
    servers_start(&servers, &rig);
    servers_update(&servers, &rig, 1);
    int clients[3] = {come('a'), 0, 0};
    int upstreams[3] = {comes(0, 'a'), 0, 0};
    clients[1] = come('b');
    clients[2] = come('c');
    assert_int_equal(queued(), 2);
    servers_update(&servers, &rig, 2); /* one notice for both, and two places */
    servers_update(&servers, &rig, 3);
    while (queued() > 0)
        rig_turn(&rig);
    upstreams[1] = servers_accept(&servers, &rig, 1);
    upstreams[2] = servers_accept(&servers, &rig, 2);
    for (int i = 0; i < 3; i++)
        (void)close(clients[i]);
    for (int i = 0; i < 3; i++)
        (void)close(upstreams[i]);
    rig_until_gone(&rig, 3);
    end();
}

static void who_waits_for_servers_that_go_down_is_told(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int first = come('a');
    int upstream = comes(0, 'a');
    int second = come('b');
    servers_put_down(&servers, &rig, 0);
    rig_expect_end(&rig, second);
    (void)close(second);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_NO_SERVER), 1);
    leave(first, upstream);
    end();
}

static int refused_connects; /* of the first connects, to whichever server */

static int connect_refused(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    if (refused_connects == 0)
        return brink_sys_linux.ops->connect(NULL, fd, address, length);
    refused_connects--;
    return -ECONNREFUSED;
}

/* It was refused by the one server and waits for the other: who waits behind it may have either. */
static void who_waits_for_one_server_keeps_nobody_from_others(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers.entries[1].max_connections = 1;
    rig.upstream.eject.connect_failures = 0;
    rig.ops.connect = connect_refused;
    servers_start(&servers, &rig);
    int clients[5] = {come('a'), 0, 0, 0, 0};
    int upstreams[5] = {comes(0, 'a'), 0, 0, 0, 0};
    clients[1] = come('b');
    upstreams[1] = comes(1, 'b');
    leave(clients[0], upstreams[0]);
    refused_connects = 1;
    clients[2] = come('c');
    clients[0] = come('d');
    upstreams[0] = comes(0, 'd');
    clients[3] = come('e');
    clients[4] = come('f');
    assert_int_equal(queued(), 3);
    leave(clients[0], upstreams[0]);
    upstreams[3] = comes(0, 'e');
    leave(clients[3], upstreams[3]);
    upstreams[4] = comes(0, 'f');
    leave(clients[1], upstreams[1]);
    upstreams[2] = comes(1, 'c');
    leave(clients[2], upstreams[2]);
    leave(clients[4], upstreams[4]);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_came_first_is_served_first),
        cmocka_unit_test(who_comes_just_then_does_not_go_before),
        cmocka_unit_test(a_wait_has_an_end),
        cmocka_unit_test(a_wait_does_not_count_for_the_first_frame),
        cmocka_unit_test(without_a_time_it_waits_as_long_as_it_takes),
        cmocka_unit_test(no_more_wait_than_may),
        cmocka_unit_test(who_has_been_refused_does_not_wait_behind_others),
        cmocka_unit_test(a_drain_ends_those_that_wait),
        cmocka_unit_test(who_ends_hands_the_place_on),
        cmocka_unit_test(a_new_server_takes_those_that_wait),
        cmocka_unit_test(who_waits_for_servers_that_go_down_is_told),
        cmocka_unit_test(who_waits_for_one_server_keeps_nobody_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
