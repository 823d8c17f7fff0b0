/* A listener that is held accepts nobody, and one that will stop accepts who waits. */
#include "support/wire.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/listener.h"

enum { CROWD = 40, PATIENCE = 1000 };

static struct wire wire;
static struct brink_listener listener;
static struct brink_address bound;
static int crowd[CROWD];
static unsigned clients;
static unsigned places;

static bool admit(struct brink_listener *self)
{
    (void)self;
    if (places == 0)
        return false;
    places--;
    return true;
}

static void unadmit(struct brink_listener *self)
{
    (void)self;
    places++;
}

static void on_client(struct brink_listener *self, int fd, const struct brink_peer *peer)
{
    (void)self;
    (void)peer;
    clients++;
    (void)close(fd);
}

static bool on_exhausted(struct brink_listener *self, int sys_errno)
{
    (void)self;
    fail_msg("accept failed: %d", sys_errno);
    return false;
}

static const struct brink_listener_owner owner = {admit, unadmit, on_client, on_exhausted, NULL};

static void start(void)
{
    struct brink_address wanted;
    int fd;
    clients = 0;
    places = 1000;
    wire_open(&wire, 1 << 20);
    assert_int_equal(brink_address_parse(&wanted, "127.0.0.1:0", BRINK_ADDRESS_TO_LISTEN, NULL).err,
                     0);
    assert_int_equal(brink_bind(&wire.sys, &wanted, &fd, 1, &bound, NULL).err, 0);
    assert_int_equal(brink_listener_start(&listener, &wire.loop, fd, &owner, &wire).err, 0);
}

/* Clients that the kernel has ready for accept; tcpi_unacked tells, for a socket that listens. */
static unsigned waiting(void)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    assert_int_equal(getsockopt(listener.source.fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_unacked;
}

static void come(void)
{
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(crowd[i], &bound.sock.any, bound.length), 0);
    }
    while (waiting() < CROWD)
        (void)sched_yield();
}

static void stop(void)
{
    for (int i = 0; i < CROWD; i++)
        (void)close(crowd[i]);
    brink_listener_stop(&listener);
    wire_close(&wire);
}

static void turn_until_accepted(unsigned count)
{
    for (int i = 0; i < PATIENCE && clients < count; i++) {
        wire_turn(&wire);
        (void)poll(NULL, 0, clients < count);
    }
    assert_int_equal(clients, count);
}

static void who_is_held_accepts_nobody(void **state)
{
    (void)state;
    start();
    brink_listener_hold(&listener, true);
    brink_listener_hold(&listener, true);
    come();
    for (int i = 0; i < 20; i++)
        wire_turn(&wire);
    brink_listener_resume(&listener); /* a place is no reason to go on */
    brink_listener_retry(&listener);
    for (int i = 0; i < 20; i++)
        wire_turn(&wire);
    assert_int_equal(clients, 0);
    brink_listener_hold(&listener, false);
    turn_until_accepted(CROWD);
    stop();
}

static void the_rest_is_accepted_at_once(void **state)
{
    (void)state;
    start();
    brink_listener_hold(&listener, true);
    come();
    brink_listener_accept_rest(&listener, CROWD / 2);
    assert_int_equal(clients, CROWD / 2);
    brink_listener_accept_rest(&listener, 2 * CROWD);
    assert_int_equal(clients, CROWD);
    stop();
    brink_listener_accept_rest(&listener, 1);
    brink_listener_hold(&listener, true);
}

static void the_rest_needs_places_too(void **state)
{
    (void)state;
    start();
    places = 4;
    come();
    brink_listener_accept_rest(&listener, CROWD);
    assert_int_equal(clients, 4);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_held_accepts_nobody),
        cmocka_unit_test(the_rest_is_accepted_at_once),
        cmocka_unit_test(the_rest_needs_places_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
