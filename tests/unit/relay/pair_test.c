/* A client and an upstream, coupled: connecting. What passes between them is couple_test's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "support/rig.h"

#include "relay/pair.h"

static void relay_one_exchange(enum brink_arming arming)
{
    static struct rig rig;
    rig_init(&rig);
    rig.options.arming = arming;
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, "\2\0\0\0hi", 6);
    rig_send(&rig, upstream, "\1\0\0\0!", 5);
    rig_expect(&rig, client, "\1\0\0\0!", 5);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=client-closed"));
    assert_true(rig_logged(&rig, "client_bytes=6 client_frames=1 upstream_bytes=5 "
                                 "upstream_frames=1"));
    rig_stop(&rig);
}

static void bytes_sent_before_the_upstream_stands_arrive(void **state)
{
    (void)state;
    relay_one_exchange(BRINK_ARM_EDGE);
}

static void one_shot_connections_are_relayed(void **state)
{
    (void)state;
    relay_one_exchange(BRINK_ARM_ONESHOT);
}

static void the_upstream_may_speak_first(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, upstream, "\1\0\0\0w", 5);
    rig_expect(&rig, client, "\1\0\0\0w", 5);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=upstream-closed"));
    rig_stop(&rig);
}

static void a_refused_connection_ends_the_client(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    (void)close(rig.upstream_listener); /* the port is nobody's now */
    rig.upstream_listener = -1;
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    rig_expect_end(&rig, client);
    rig_forward(&rig, 2000); /* also when the client does not leave by itself */
    rig_until_gone(&rig, 1);
    (void)close(client);
    assert_true(rig_logged(&rig, "reason=connect-failed"));
    assert_true(rig_logged(&rig, "error=\"Connection refused\""));
    rig_stop(&rig);
}

static int hanging_fd; /* the socket that never connects */

static int connect_hangs(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    (void)fd;
    (void)address;
    (void)length;
    return -EINPROGRESS;
}

/* A socket that is not connecting at all would be told of as hung up: this one is told of nothing.
 */
static int deaf_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    (void)kernel;
    if (fd == hanging_fd)
        event->events = EPOLLONESHOT;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static int connect_on_loopback(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    int fds[2]; /* a connected socket: it never hangs up by itself */
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    hanging_fd = fds[0];
    return fds[0];
}

static void the_connect_timeout_ends_the_client(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig.upstream.connect_ms = 300;
    rig.ops.connect = connect_hangs;
    rig.ops.socket = connect_on_loopback;
    rig.ops.epoll_ctl = deaf_epoll_ctl;
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    rig_turn(&rig);
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 100);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[BRINK_REASON_CONNECT_TIMEOUT]),
                     0);
    rig_forward(&rig, 250);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=connect-timeout"));
    rig_stop(&rig);
}

static int no_socket(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    (void)type;
    return -EMFILE;
}

static void without_a_descriptor_the_client_is_ended(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig.ops.socket = no_socket;
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=connect-failed"));
    rig_stop(&rig);
}

static void a_full_unix_queue_is_dialled_again(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "brink-pair-%d", getpid());
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    rig.upstream_listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(rig.upstream_listener, (struct sockaddr *)&name, size), 0);
    assert_int_equal(listen(rig.upstream_listener, 0), 0);
    rig.upstream_address.kind = BRINK_ADDRESS_SOCKET;
    rig.upstream_address.length = size;
    rig.upstream_address.sock.local = name;
    rig.upstream.connect_ms = 60000;
    int filler = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(filler, (struct sockaddr *)&name, size), 0);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_forward(&rig, 50);
    int first = rig_accept_upstream(&rig); /* the filler's */
    rig_forward(&rig, 50);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    (void)close(first);
    (void)close(filler);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_sent_before_the_upstream_stands_arrive),
        cmocka_unit_test(one_shot_connections_are_relayed),
        cmocka_unit_test(the_upstream_may_speak_first),
        cmocka_unit_test(a_refused_connection_ends_the_client),
        cmocka_unit_test(the_connect_timeout_ends_the_client),
        cmocka_unit_test(without_a_descriptor_the_client_is_ended),
        cmocka_unit_test(a_full_unix_queue_is_dialled_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
