/* Accepting: in bursts, not beyond what is admitted, and not at all while there are no descriptors.
 */
#include "support/wire.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/listener.h"
#include "unit/event/no_timers.h"

enum { CROWD = 100 };

static struct wire wire;
static struct brink_listener listener;
static struct brink_address bound;
static unsigned clients;
static unsigned places;
static unsigned exhaustions;
static bool turn_away;
static bool stops_at_first; /* the owner does, the listener */
static int accept_errno;    /* what accept says; 0: the kernel's */
static unsigned accepts;
static uint64_t began_ms;
static int crowd[CROWD];

static bool admit(struct brink_listener *self)
{
    assert_ptr_equal(self->context, &wire);
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
    assert_int_equal(peer->family, AF_INET);
    clients++;
    (void)close(fd);
    if (stops_at_first)
        brink_listener_stop(&listener);
}

static bool on_exhausted(struct brink_listener *self, int sys_errno)
{
    (void)self;
    assert_int_equal(sys_errno, accept_errno);
    exhaustions++;
    return turn_away;
}

static const struct brink_listener_owner owner = {admit, unadmit, on_client, on_exhausted, NULL};

static int scripted_accept(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    accepts++;
    if (accept_errno != 0 && !(turn_away && exhaustions > 0))
        return -accept_errno;
    return brink_sys_linux.ops->accept(kernel, fd, address, length);
}

/* Only forward_ms lets time pass: however slow the machine, no rest is over before. */
static uint64_t still_clock_us(void *kernel)
{
    (void)kernel;
    return 1000 * (began_ms + wire.forward_ms);
}

static void start(unsigned room)
{
    struct brink_address wanted;
    int fd;
    clients = exhaustions = accepts = 0;
    accept_errno = 0;
    turn_away = stops_at_first = false;
    places = room;
    wire_open(&wire, 1 << 20);
    wire.ops.accept = scripted_accept;
    wire.ops.now_us = still_clock_us;
    began_ms = wire.loop.now_ms;
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

/* Connected is not yet ready to be accepted, on a busy machine. */
static void come(int from, int to)
{
    unsigned wanted = waiting() + (unsigned)(to - from);
    for (int i = from; i < to; i++) {
        crowd[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(crowd[i], &bound.sock.any, bound.length), 0);
    }
    while (waiting() < wanted)
        (void)sched_yield();
}

static void stop(int came)
{
    for (int i = 0; i < came; i++)
        (void)close(crowd[i]);
    brink_listener_stop(&listener);
    brink_listener_stop(&listener);
    wire_close(&wire);
}

static void a_crowd_is_accepted_in_bursts(void **state)
{
    (void)state;
    start(1000);
    come(0, CROWD);
    for (int bursts = 1; bursts * BRINK_ACCEPT_BURST < CROWD; bursts++) {
        wire_turn(&wire);
        assert_int_equal(clients, bursts * BRINK_ACCEPT_BURST);
    }
    wire_turn(&wire);
    assert_int_equal(clients, CROWD);
    stop(CROWD);
}

static void at_the_limit_it_sleeps_until_there_is_room(void **state)
{
    (void)state;
    start(2);
    come(0, 5);
    wire_turn(&wire);
    assert_int_equal(clients, 2);
    wire_turn(&wire);
    come(5, 8);
    uint64_t events = brink_counter_read(&wire.loop.stats.events);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(brink_counter_read(&wire.loop.stats.events), events); /* not even woken */
    assert_int_equal(clients, 2);
    places = 4;
    brink_listener_resume(&listener);
    wire_turn(&wire);
    wire_turn(&wire);
    assert_int_equal(clients, 6);
    places = 10;
    brink_listener_resume(&listener);
    wire_turn(&wire);
    assert_int_equal(clients, 8);
    stop(8);
}

static void without_descriptors_it_rests_and_goes_on(void **state)
{
    (void)state;
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        start(100);
        accept_errno = errors[i];
        come(0, 3);
        for (int j = 0; j < 10; j++)
            wire_turn(&wire);
        assert_int_equal(accepts, 1); /* it does not spin */
        assert_int_equal(exhaustions, 1);
        accept_errno = 0;
        if (i % 2 == 0)
            wire.forward_ms += BRINK_LISTENER_REST_MS + 1;
        else
            brink_listener_retry(&listener);
        wire_turn(&wire);
        wire_turn(&wire);
        assert_int_equal(clients, 3);
        assert_int_equal(places, 97);
        stop(3);
    }
}

static void fired(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    *(bool *)arg = true;
}

/* As when a drain begins just then, and clients leave after it: its timer may be another's now. */
static void stopped_while_it_rests_it_is_asked_in_vain(void **state)
{
    (void)state;
    bool has_fired = false;
    start(100);
    accept_errno = EMFILE;
    come(0, 1);
    wire_turn(&wire);
    assert_int_equal(exhaustions, 1);
    brink_listener_stop(&listener);
    struct brink_timer *timer = brink_timer_new(&wire.loop.wheel, fired, &has_fired);
    assert_non_null(timer);
    brink_timer_arm(&wire.loop.wheel, timer, wire.loop.now_ms + 1);
    brink_listener_retry(&listener);
    brink_listener_resume(&listener);
    wire.forward_ms += BRINK_LISTENER_REST_MS + 1;
    wire_turn(&wire);
    assert_true(has_fired);
    brink_timer_free(&wire.loop.wheel, timer);
    assert_int_equal(clients, 0);
    stop(1);
}

static void if_nobody_can_leave_one_is_turned_away(void **state)
{
    (void)state;
    start(100);
    accept_errno = EMFILE;
    turn_away = true;
    come(0, 1);
    wire_turn(&wire);
    assert_int_equal(clients, 0);
    struct pollfd poll_fd = {.fd = crowd[0], .events = POLLIN};
    char byte;
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
    assert_int_equal(recv(crowd[0], &byte, 1, 0), 0);
    assert_true(listener.spare_fd >= 0);
    stop(1);
}

static int no_spare(void *kernel)
{
    (void)kernel;
    return -EMFILE;
}

static void turn_next_away(int from)
{
    exhaustions = 0;
    come(from, from + 1);
    wire.forward_ms += BRINK_LISTENER_REST_MS + 1;
    wire_turn(&wire);
    wire_turn(&wire);
    assert_int_equal(exhaustions, 1);
    struct pollfd poll_fd = {.fd = crowd[from], .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
}

static void the_spare_may_be_lost_and_come_back(void **state)
{
    (void)state;
    start(100);
    accept_errno = EMFILE;
    turn_away = true;
    wire.ops.spare_open = no_spare;
    turn_next_away(0);
    assert_true(listener.spare_fd < 0);
    wire.ops.spare_open = brink_sys_linux.ops->spare_open;
    turn_next_away(1);
    assert_true(listener.spare_fd >= 0);
    wire.ops.spare_open = no_spare;
    turn_next_away(2);
    assert_int_equal(clients, 0);
    stop(3); /* with no spare to close */
}

static void the_owner_may_stop_it_while_it_accepts(void **state)
{
    (void)state;
    start(100);
    stops_at_first = true;
    come(0, 3);
    wire_turn(&wire);
    wire_turn(&wire);
    assert_int_equal(clients, 1);
    assert_int_equal(accepts, 1);
    stop(3);
}

static void nothing_to_go_on_with_costs_nothing(void **state)
{
    (void)state;
    start(100);
    unsigned before = wire.epoll_ctls;
    brink_listener_resume(&listener);
    brink_listener_retry(&listener);
    assert_int_equal(wire.epoll_ctls, before);
    stop(0);
}

static void without_a_timer_it_does_not_start(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    struct brink_listener second;
    start(100);
    int fd = dup(listener.source.fd);
    no_timers_begin(&none, &wire.loop, &failing);
    assert_int_equal(brink_listener_start(&second, &wire.loop, fd, &owner, &wire).err, ENOMEM);
    no_timers_end(&none, &wire.loop);
    assert_int_equal(close(fd), 0); /* which is still the caller's */
    stop(0);
}

static void what_befell_one_client_is_passed_over(void **state)
{
    (void)state;
    static const int errors[] = {ECONNABORTED, EINTR, EPERM, EPROTO};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        start(100);
        accept_errno = errors[i];
        come(0, 2);
        wire_turn(&wire);
        assert_int_equal(exhaustions, 0);
        assert_int_equal(accepts, BRINK_ACCEPT_BURST);
        accept_errno = 0;
        wire_turn(&wire);
        assert_int_equal(clients, 2);
        stop(2);
    }
}

static int refused_ctl(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_MOD)
        return -ENOMEM;
    return brink_sys_linux.ops->epoll_ctl(kernel, epoll_fd, operation, fd, event);
}

static void an_arming_that_is_refused_is_tried_again(void **state)
{
    (void)state;
    start(1);
    come(0, 3);
    wire_turn(&wire);
    assert_int_equal(clients, 1);
    wire.ops.epoll_ctl = refused_ctl;
    places = 5;
    brink_listener_resume(&listener);
    for (int i = 0; i < 3; i++)
        wire_turn(&wire);
    assert_int_equal(clients, 1);
    wire.ops.epoll_ctl = brink_sys_linux.ops->epoll_ctl;
    wire.forward_ms += BRINK_LISTENER_REST_MS + 1;
    wire_turn(&wire);
    wire_turn(&wire);
    assert_int_equal(clients, 3);
    stop(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_is_accepted_in_bursts),
        cmocka_unit_test(at_the_limit_it_sleeps_until_there_is_room),
        cmocka_unit_test(without_descriptors_it_rests_and_goes_on),
        cmocka_unit_test(stopped_while_it_rests_it_is_asked_in_vain),
        cmocka_unit_test(if_nobody_can_leave_one_is_turned_away),
        cmocka_unit_test(the_spare_may_be_lost_and_come_back),
        cmocka_unit_test(the_owner_may_stop_it_while_it_accepts),
        cmocka_unit_test(nothing_to_go_on_with_costs_nothing),
        cmocka_unit_test(without_a_timer_it_does_not_start),
        cmocka_unit_test(what_befell_one_client_is_passed_over),
        cmocka_unit_test(an_arming_that_is_refused_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
