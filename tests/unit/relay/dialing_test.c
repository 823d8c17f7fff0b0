/* Servers that cannot be connected to, and the next one that can. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;

static void prepare(void)
{
    rig_init(&rig);
    servers_init(&servers);
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

static void figures_of(struct brink_group_figures *figures)
{
    brink_group_figures(rig.group, figures);
}

/* The client, which has sent a frame, is served by the last server, and leaves. */
static void served_by(size_t index, int client)
{
    int upstream = servers_accept(&servers, &rig, index);
    rig_expect(&rig, upstream, "\2\0\0\0hi", 6);
    rig_send(&rig, upstream, "\1\0\0\0!", 5);
    rig_expect(&rig, client, "\1\0\0\0!", 5);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_CLIENT_CLOSED), 1);
}

static void fails(int client, enum brink_reason reason)
{
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(reason), 1);
}

static void refused_goes_on(enum brink_arming arming)
{
    struct brink_group_figures figures;
    prepare();
    servers_add_refusing(&servers);
    servers_add_refusing(&servers);
    servers_add(&servers);
    rig.options.arming = arming;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    served_by(2, client);
    figures_of(&figures);
    assert_int_equal(figures.connect_failures, 2);
    assert_int_equal(figures.connections, 0);
    assert_true(rig_logged(&rig, "event=connect-failed"));
    end();
}

static void who_refuses_is_passed_over(void **state)
{
    (void)state;
    refused_goes_on(BRINK_ARM_EDGE);
    refused_goes_on(BRINK_ARM_ONESHOT);
}

static void silence_goes_on(enum brink_arming arming)
{
    prepare();
    servers_add_silent(&servers);
    servers_add(&servers);
    rig.options.arming = arming;
    rig.upstream.connect_ms = 300;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    rig_forward(&rig, 200);
    rig_expect_silence(&rig, client);
    assert_false(servers_has_one(&servers, 1));
    rig_forward(&rig, 150);
    served_by(1, client);
    end();
}

static void who_does_not_answer_in_time_is_passed_over(void **state)
{
    (void)state;
    silence_goes_on(BRINK_ARM_EDGE);
    silence_goes_on(BRINK_ARM_ONESHOT);
}

/* --- calls that fail --- */

static int connect_errno; /* of connects to the first server */

static int connect_fails(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    const struct sockaddr_in *to = (const struct sockaddr_in *)(const void *)address;
    if (to->sin_port == servers.entries[0].address.sock.v4.sin_port)
        return -connect_errno;
    return brink_sys_linux.ops->connect(NULL, fd, address, length);
}

static void who_cannot_be_reached_is_passed_over(void **state)
{
    (void)state;
    static const int errnos[] = {EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ECONNREFUSED};
    for (size_t i = 0; i < sizeof errnos / sizeof errnos[0]; i++) {
        struct brink_group_figures figures;
        prepare();
        servers_add(&servers);
        servers_add(&servers);
        connect_errno = errnos[i];
        rig.ops.connect = connect_fails;
        servers_start(&servers, &rig);
        int client = rig_connect(&rig);
        assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
        served_by(1, client);
        figures_of(&figures);
        assert_int_equal(figures.connect_failures, 1);
        end();
    }
}

static int socket_errno;

static int socket_fails(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    (void)type;
    return -socket_errno;
}

static void what_we_lack_is_not_held_against_a_server(void **state)
{
    (void)state;
    static const int errnos[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS};
    for (size_t i = 0; i < sizeof errnos / sizeof errnos[0]; i++) {
        struct brink_group_figures figures;
        prepare();
        servers_add(&servers);
        servers_add(&servers);
        socket_errno = errnos[i];
        rig.ops.socket = socket_fails;
        rig.upstream.eject.connect_failures = 1;
        rig.upstream.eject.max_percent = 100;
        servers_start(&servers, &rig);
        int client = rig_connect(&rig);
        fails(client, BRINK_REASON_CONNECT_FAILED);
        figures_of(&figures);
        assert_int_equal(figures.connect_failures, 0);
        assert_int_equal(figures.ejections, 0);
        assert_int_equal(figures.connections, 0);
        assert_true(rig_logged(&rig, strerror(errnos[i])));
        end();
    }
}

static void no_ports_of_our_own_are_not_held_against_a_server(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    prepare();
    servers_add(&servers);
    connect_errno = EADDRNOTAVAIL;
    rig.ops.connect = connect_fails;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    fails(client, BRINK_REASON_CONNECT_FAILED);
    figures_of(&figures);
    assert_int_equal(figures.connect_failures, 0);
    end();
}

/* --- when all fail --- */

static void when_all_refuse_the_client_ends(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    prepare();
    servers_add_refusing(&servers);
    servers_add_refusing(&servers);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    fails(client, BRINK_REASON_CONNECT_FAILED);
    assert_true(rig_logged(&rig, "reason=connect-failed side=upstream "
                                 "error=\"Connection refused\""));
    figures_of(&figures);
    assert_int_equal(figures.connect_failures, 2); /* each was tried, and once */
    assert_int_equal(figures.connections, 0);
    end();
}

static void when_the_last_does_not_answer_it_is_a_timeout(void **state)
{
    (void)state;
    prepare();
    servers_add_refusing(&servers);
    servers_add_silent(&servers);
    rig.upstream.connect_ms = 300;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    while (!rig_logged(&rig, "Connection refused"))
        rig_turn(&rig);
    rig_turn(&rig);
    rig_forward(&rig, 400);
    fails(client, BRINK_REASON_CONNECT_TIMEOUT);
    end();
}

static void no_more_are_tried_than_allowed(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    prepare();
    servers_add_refusing(&servers);
    servers_add_refusing(&servers);
    servers_add(&servers);
    rig.upstream.tries = 2;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    fails(client, BRINK_REASON_CONNECT_FAILED);
    figures_of(&figures);
    assert_int_equal(figures.connect_failures, 2);
    assert_false(servers_has_one(&servers, 2));
    end();
}

static void without_servers_there_is_none(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    fails(client, BRINK_REASON_NO_SERVER);
    assert_true(rig_logged(&rig, "upstream=upstream code=BS-nc reason=no-server"));
    end();
}

static void servers_that_are_down_are_none(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers_start(&servers, &rig);
    servers_put_down(&servers, &rig, 0);
    int client = rig_connect(&rig);
    fails(client, BRINK_REASON_NO_SERVER);
    assert_false(servers_has_one(&servers, 0));
    end();
}

/* --- */

static void a_client_that_is_cut_while_it_waits_gives_all_back(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    prepare();
    servers_add_silent(&servers);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_turn(&rig);
    figures_of(&figures);
    assert_int_equal(figures.connections, 1);
    rig_drain(&rig, BRINK_DRAIN_POLICY_BOUNDARY, 1000);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(closed(BRINK_REASON_DRAINED), 1);
    figures_of(&figures);
    assert_int_equal(figures.connections, 0);
    end();
}

/* Sessions have been told of it already, but not the one that is not open yet. */
static void down_meanwhile(enum brink_when_down when_down, size_t served)
{
    prepare();
    servers_add(&servers);
    servers_add(&servers);
    rig.upstream.when_down = when_down;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    servers_put_down(&servers, &rig, 0);
    served_by(served, client);
    end();
}

static void a_server_that_goes_down_meanwhile_is_passed_over(void **state)
{
    (void)state;
    down_meanwhile(BRINK_WHEN_DOWN_NOW, 1);
    down_meanwhile(BRINK_WHEN_DOWN_BOUNDARY, 1);
    down_meanwhile(BRINK_WHEN_DOWN_KEEP, 0);
}

static void the_user_timeout_is_set(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    rig.upstream.user_timeout_ms = 12345;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
    bool found = false;
    for (int fd = 0; fd < 1024; fd++) {
        unsigned value = 0;
        socklen_t size = sizeof value;
        if (getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size) == 0 && value == 12345)
            found = true;
    }
    assert_true(found);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_refuses_is_passed_over),
        cmocka_unit_test(who_does_not_answer_in_time_is_passed_over),
        cmocka_unit_test(who_cannot_be_reached_is_passed_over),
        cmocka_unit_test(what_we_lack_is_not_held_against_a_server),
        cmocka_unit_test(no_ports_of_our_own_are_not_held_against_a_server),
        cmocka_unit_test(when_all_refuse_the_client_ends),
        cmocka_unit_test(when_the_last_does_not_answer_it_is_a_timeout),
        cmocka_unit_test(no_more_are_tried_than_allowed),
        cmocka_unit_test(without_servers_there_is_none),
        cmocka_unit_test(servers_that_are_down_are_none),
        cmocka_unit_test(a_client_that_is_cut_while_it_waits_gives_all_back),
        cmocka_unit_test(a_server_that_goes_down_meanwhile_is_passed_over),
        cmocka_unit_test(the_user_timeout_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
