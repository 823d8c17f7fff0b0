/* Clients that leave a server that has gone down, and clients that have lasted long enough. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;

static void prepare(enum brink_when_down when_down, bool rehome)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers_add(&servers);
    rig.upstream.when_down = when_down;
    rig.upstream.rehome = rehome;
}

static void end(void)
{
    rig_stop(&rig);
    servers_close(&servers);
}

static uint64_t closed(enum brink_reason reason)
{
    return brink_counter_read(&rig.service.stats.closed[reason]);
}

static void leave(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, rig.gone + 1);
}

static void put_down(void)
{
    servers_put_down(&servers, &rig, 0);
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11); /* it is looked at each few milliseconds */
}

static void ends(int client, int upstream)
{
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, rig.gone + 1);
}

static void connections_may_go_on(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_KEEP, true);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    put_down();
    servers_exchange(&rig, client, first);
    leave(client, first);
    end();
}

static void at_a_boundary_it_ends(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, false);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    put_down();
    ends(client, first);
    assert_int_equal(closed(BRINK_REASON_SERVER_DOWN), 1);
    assert_true(rig_logged(&rig, "reason=server-down side=upstream"));
    end();
}

static void another_server_takes_over(enum brink_when_down when_down, enum brink_arming arming)
{
    prepare(when_down, true);
    rig.options.arming = arming;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    put_down();
    int second = servers_accept(&servers, &rig, 1);
    rig_expect_end(&rig, first);
    (void)close(first);
    servers_exchange(&rig, client, second);
    leave(client, second);
    assert_int_equal(closed(BRINK_REASON_CLIENT_CLOSED), 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.rehomed), 1);
    end();
}

static void who_may_goes_on_with_another(void **state)
{
    (void)state;
    another_server_takes_over(BRINK_WHEN_DOWN_BOUNDARY, BRINK_ARM_EDGE);
    another_server_takes_over(BRINK_WHEN_DOWN_BOUNDARY, BRINK_ARM_ONESHOT);
    another_server_takes_over(BRINK_WHEN_DOWN_NOW, BRINK_ARM_EDGE);
    another_server_takes_over(BRINK_WHEN_DOWN_NOW, BRINK_ARM_ONESHOT);
}

static void a_frame_begun_is_finished_first(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, true);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, first, "\4\0\0\0ab", 6);
    put_down();
    rig_expect_silence(&rig, client);
    rig_send(&rig, client, "cd\1\0\0\0x", 7); /* the next one is not that server's any more */
    rig_expect(&rig, first, "cd", 2);
    rig_expect_silence(&rig, first);
    rig_send(&rig, first, "\2\0\0\0", 4);
    put_down();
    rig_send(&rig, first, "ok", 2);
    rig_expect(&rig, client, "\2\0\0\0ok", 6);
    put_down();
    rig_expect_end(&rig, first);
    (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    rig_expect(&rig, second, "\1\0\0\0x", 5);
    leave(client, second);
    assert_true(rig_logged(&rig, "client_frames=2 "));
    end();
}

static void now_is_now(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_NOW, true);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, first, "\4\0\0\0ab", 6);
    servers_put_down(&servers, &rig, 0);
    rig_expect_error(&rig, first, ECONNRESET);
    rig_expect_end(&rig, client);
    (void)close(client);
    (void)close(first);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_SERVER_DOWN), 1);
    assert_true(rig_logged(&rig, "reason=server-down side=upstream"));
    end();
}

static void who_has_another_server_stays_with_it(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_NOW, false);
    servers_start(&servers, &rig);
    int leaving = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    int staying = rig_connect(&rig);
    int second = servers_accept(&servers, &rig, 1);
    put_down();
    rig_expect_end(&rig, leaving);
    (void)close(leaving);
    (void)close(first);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_SERVER_DOWN), 1);
    servers_exchange(&rig, staying, second);
    leave(staying, second);
    end();
}

static void who_leaves_the_list_is_left(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, true);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    servers.entries[0] = servers.entries[1];
    servers_update(&servers, &rig, 1);
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    int second = servers_accept(&servers, &rig, 1);
    rig_expect_end(&rig, first);
    (void)close(first);
    servers_exchange(&rig, client, second);
    leave(client, second);
    end();
}

/* --- a connect that takes as long as the test likes --- */

static struct {
    int fd;
    int epoll_fd;
    struct epoll_event event;
} late;

static int connect_later(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    (void)address;
    (void)length;
    late.fd = fd;
    return -EINPROGRESS;
}

static int watch_later(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    (void)kernel;
    struct epoll_event none = {.events = EPOLLONESHOT};
    if (fd == late.fd && operation == EPOLL_CTL_ADD) {
        late.epoll_fd = epoll_fd;
        late.event = *event;
        event = &none;
    }
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static void connect_now(size_t index)
{
    const struct brink_address *to = &servers.entries[index].address;
    (void)connect(late.fd, &to->sock.any, to->length);
    assert_int_equal(epoll_ctl(late.epoll_fd, EPOLL_CTL_MOD, late.fd, &late.event), 0);
    late.fd = -1;
}

/* It has been told of before the client was connected, and will not be again. */
static void who_is_connected_too_late_leaves_too(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, true);
    rig.ops.connect = connect_later;
    rig.ops.epoll_ctl = watch_later;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    put_down();
    rig.ops.connect = brink_sys_linux.ops->connect;
    connect_now(0);
    int first = servers_accept(&servers, &rig, 0);
    int second = servers_accept(&servers, &rig, 1);
    rig_expect_end(&rig, first);
    (void)close(first);
    servers_exchange(&rig, client, second);
    leave(client, second);
    end();
}

static void with_nobody_else_it_ends(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, true);
    servers_start(&servers, &rig);
    servers_put_down(&servers, &rig, 1);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    put_down();
    ends(client, first);
    assert_int_equal(closed(BRINK_REASON_NO_SERVER), 1);
    end();
}

/* --- age --- */

static void age(bool mid_frame)
{
    prepare(BRINK_WHEN_DOWN_KEEP, false);
    rig.options.max_age_ms = 10000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    if (mid_frame) {
        rig_send(&rig, client, "\1\0\0\0", 4);
        rig_expect(&rig, first, "\1\0\0\0", 4);
    }
    rig_forward(&rig, 8900); /* a tenth less is the least */
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 1200);
    if (mid_frame) {
        put_down(); /* which changes nothing, but time passes */
        rig_send(&rig, client, "x", 1);
        rig_expect(&rig, first, "x", 1);
        rig_forward(&rig, 20);
        rig_expect_silence(&rig, client);
        rig_send(&rig, first, "\1\0\0\0y", 5);
        rig_expect(&rig, client, "\1\0\0\0y", 5);
    }
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    ends(client, first);
    assert_int_equal(closed(BRINK_REASON_MAX_AGE), 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames_cut[0]), 0);
    end();
}

static void a_client_that_is_old_enough_ends_at_a_boundary(void **state)
{
    (void)state;
    age(false);
    age(true);
}

/* It was to end already: another server is not for it. */
static void who_is_old_enough_ends_though_its_server_goes_down(void **state)
{
    (void)state;
    prepare(BRINK_WHEN_DOWN_BOUNDARY, true);
    rig.options.max_age_ms = 10000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\1\0\0\0", 4);
    rig_expect(&rig, first, "\1\0\0\0", 4);
    rig_forward(&rig, 10100);
    put_down();
    rig_send(&rig, client, "x", 1);
    rig_expect(&rig, first, "x", 1);
    rig_send(&rig, first, "\1\0\0\0y", 5);
    rig_expect(&rig, client, "\1\0\0\0y", 5);
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    ends(client, first);
    assert_int_equal(closed(BRINK_REASON_MAX_AGE), 1);
    assert_false(servers_has_one(&servers, 1));
    end();
}

/* Those that came together do not all leave together. */
static void ages_differ(void **state)
{
    (void)state;
    enum { CLIENTS = 16 };
    int clients[CLIENTS];
    int upstreams[CLIENTS];
    prepare(BRINK_WHEN_DOWN_KEEP, false);
    rig.options.max_age_ms = 100000;
    servers_start(&servers, &rig);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = rig_connect(&rig);
        upstreams[i] = servers_accept(&servers, &rig, i % 2);
    }
    unsigned times = 0;
    for (unsigned ms = 90000; ms <= 100050; ms += 1000) {
        uint64_t before = closed(BRINK_REASON_MAX_AGE);
        rig_forward(&rig, ms == 90000 ? ms - 100 : 1000);
        for (int i = 0; i < 3; i++)
            rig_forward(&rig, 11);
        times += closed(BRINK_REASON_MAX_AGE) > before;
        assert_true(ms > 90000 || closed(BRINK_REASON_MAX_AGE) == 0);
    }
    rig_forward(&rig, 2000); /* for clients that do not end it themselves */
    assert_int_equal(closed(BRINK_REASON_MAX_AGE), CLIENTS);
    assert_true(times >= 3);
    for (size_t i = 0; i < CLIENTS; i++) {
        (void)close(clients[i]);
        (void)close(upstreams[i]);
    }
    rig_until_gone(&rig, CLIENTS);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_may_go_on),
        cmocka_unit_test(at_a_boundary_it_ends),
        cmocka_unit_test(who_may_goes_on_with_another),
        cmocka_unit_test(a_frame_begun_is_finished_first),
        cmocka_unit_test(now_is_now),
        cmocka_unit_test(who_has_another_server_stays_with_it),
        cmocka_unit_test(who_leaves_the_list_is_left),
        cmocka_unit_test(who_is_connected_too_late_leaves_too),
        cmocka_unit_test(with_nobody_else_it_ends),
        cmocka_unit_test(a_client_that_is_old_enough_ends_at_a_boundary),
        cmocka_unit_test(who_is_old_enough_ends_though_its_server_goes_down),
        cmocka_unit_test(ages_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
