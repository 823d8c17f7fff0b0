/* A check whose system calls fail, or do less than they were asked. */
#include "unit/upstream/one_check.h"

#include <sys/un.h>

static int failing; /* the errno of the call that is failed */
static unsigned calls;

/* Any answer will do. */
static void start_greeting(void)
{
    start_asking();
    one.options.expect = NULL;
    one.plan.greeting = (const uint8_t *)"hello";
    one.plan.greeting_size = 5;
    calls = 0;
}

static int fail_socket(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    (void)type;
    return -failing;
}

static int fail_connect(void *kernel, int fd, const struct sockaddr *to, socklen_t length)
{
    (void)kernel;
    (void)fd;
    (void)to;
    (void)length;
    return -failing;
}

/* For another reason than the server a check says nothing of it. */
static void what_we_lack_is_not_its_failure(void **state)
{
    (void)state;
    static const int lacks[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, EAGAIN};
    start_greeting();
    one.wire.ops.socket = fail_socket;
    for (unsigned i = 0; i < 4; i++) {
        failing = lacks[i];
        begin();
        assert_int_equal(one.results, i + 1);
        assert_int_equal(one.outcome, BRINK_CHECK_SKIPPED);
        assert_true(brink_check_is_idle(&one.check));
    }
    one.wire.ops.socket = brink_sys_linux.ops->socket;
    one.wire.ops.connect = fail_connect;
    for (unsigned i = 4; i < 6; i++) {
        failing = lacks[i];
        begin();
        assert_int_equal(one.results, i + 1);
        assert_int_equal(one.outcome, BRINK_CHECK_SKIPPED);
    }
    failing = ENETUNREACH;
    begin();
    assert_int_equal(one.outcome, BRINK_CHECK_FAILED);
    assert_string_equal(one.why, "cannot connect: Network is unreachable");
    assert_int_equal(one.idles, 0); /* there was nothing to close */
    stop();
}

static int failing_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                             struct epoll_event *event)
{
    (void)kernel;
    (void)epoll_fd;
    (void)operation;
    (void)fd;
    (void)event;
    return -ENOSPC;
}

static void nor_is_a_lack_of_watches(void **state)
{
    (void)state;
    start_greeting();
    one.wire.ops.epoll_ctl = failing_epoll_ctl;
    begin();
    assert_int_equal(one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_SKIPPED);
    assert_string_equal(one.why, "cannot connect: No space left on device");
    stop();
}

static void a_unix_socket_whose_queue_is_full_is(void **state)
{
    (void)state;
    start_greeting();
    (void)close(one.listener);
    one.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    one.address = (struct brink_address){.kind = BRINK_ADDRESS_SOCKET};
    one.address.sock.local.sun_family = AF_UNIX;
    one.address.length = sizeof(sa_family_t); /* unix(7): autobind */
    assert_int_equal(bind(one.listener, &one.address.sock.any, one.address.length), 0);
    assert_int_equal(listen(one.listener, 0), 0);
    one.address.length = sizeof one.address.sock.local;
    assert_int_equal(getsockname(one.listener, &one.address.sock.any, &one.address.length), 0);
    begin();
    int other = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(other, &one.address.sock.any, one.address.length), -1);
    assert_int_equal(errno, EAGAIN);
    int fd = checked_accept(&one.wire, one.listener);
    checked_expect(&one.wire, fd, "hello\4\0\0\0ping", 13);
    checked_send(fd, pong, sizeof pong);
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_PASSED);
    assert_int_equal(checked_next(&one.wire, fd), 0);
    (void)close(fd);
    expect_idle();
    assert_int_equal(connect(other, &one.address.sock.any, one.address.length), 0);
    begin();
    assert_int_equal(one.results, 2);
    assert_int_equal(one.outcome, BRINK_CHECK_FAILED);
    assert_string_equal(one.why, "its queue of connections is full");
    (void)close(other);
    stop();
}

/* One byte at a time, interrupted, and now and then without room. */
static ssize_t send_little(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    (void)count;
    calls++;
    if (calls % 3 == 0)
        return -EINTR;
    if (calls % 5 == 0)
        return -EAGAIN;
    struct iovec byte = {parts[0].iov_base, 1};
    return brink_sys_linux.ops->sendv(kernel, fd, &byte, 1);
}

/* The kernel tells of room that it has had all along only when it is asked anew. */
static void ask_anew(void)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data = {.u64 = (uint64_t)one.check.source.generation << 32 | one.check.source.index}};
    (void)brink_sys_linux.ops->epoll_ctl(NULL, one.wire.loop.poller.fd, EPOLL_CTL_MOD,
                                         one.check.source.fd, &event);
}

static void a_frame_may_be_sent_in_pieces(void **state)
{
    (void)state;
    uint8_t got[13];
    size_t length = 0;
    start_greeting();
    one.wire.ops.sendv = send_little;
    begin();
    int fd = checked_accept(&one.wire, one.listener);
    for (int i = 0; i < 1000 && length < sizeof got; i++) {
        ask_anew();
        wire_turn(&one.wire);
        ssize_t n = recv(fd, got + length, sizeof got - length, MSG_DONTWAIT);
        length += n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(length, sizeof got);
    assert_memory_equal(got, "hello\4\0\0\0ping", sizeof got);
    assert_int_equal(one.results, 0);
    checked_send(fd, pong, sizeof pong);
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_PASSED);
    assert_int_equal(checked_next(&one.wire, fd), 0);
    (void)close(fd);
    expect_idle();
    stop();
}

static ssize_t send_three_and_no_more(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    (void)count;
    if (calls++ > 0)
        return -EAGAIN;
    struct iovec three = {parts[0].iov_base, 3};
    return brink_sys_linux.ops->sendv(kernel, fd, &three, 1);
}

static void a_part_of_a_frame_does_not_end_as_if_it_were_all(void **state)
{
    (void)state;
    for (int given_up = 0; given_up < 2; given_up++) {
        start_greeting();
        one.wire.ops.sendv = send_three_and_no_more;
        begin();
        int fd = checked_accept(&one.wire, one.listener);
        checked_expect(&one.wire, fd, "hel", 3);
        if (given_up)
            brink_check_give_up(&one.check);
        checked_forward(&one.wire, 2000);
        assert_int_equal(one.results, !given_up);
        assert_int_equal(checked_next(&one.wire, fd), -ECONNRESET);
        (void)close(fd);
        stop();
    }
}

static ssize_t fail_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    (void)kernel;
    (void)fd;
    (void)parts;
    (void)count;
    return -failing;
}

static void a_write_that_fails_does_not_eat_the_answer(void **state)
{
    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        start_greeting();
        one.wire.ops.sendv = fail_sendv;
        failing = EPIPE;
        begin();
        int fd = checked_accept(&one.wire, one.listener);
        assert_int_equal(one.results, 0);
        if (answers)
            checked_send(fd, pong, sizeof pong);
        (void)close(fd);
        wire_until(&one.wire, &one.results, 1);
        assert_int_equal(one.outcome, answers ? BRINK_CHECK_PASSED : BRINK_CHECK_FAILED);
        assert_string_equal(one.why, answers ? "" : "it reset the connection");
        expect_idle();
        stop();
    }
}

static ssize_t fail_recv(void *kernel, int fd, void *buffer, size_t size)
{
    (void)kernel;
    (void)fd;
    (void)buffer;
    (void)size;
    calls++;
    return -failing;
}

static void without_memory_for_a_connection_it_is_skipped(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        start_greeting();
        failing = ENOBUFS;
        if (reads)
            one.wire.ops.recv = fail_recv;
        else
            one.wire.ops.sendv = fail_sendv;
        begin();
        int fd = checked_accept(&one.wire, one.listener);
        if (reads)
            checked_send(fd, pong, sizeof pong);
        wire_until(&one.wire, &one.results, 1);
        assert_int_equal(one.outcome, BRINK_CHECK_SKIPPED);
        expect_idle();
        (void)close(fd);
        stop();
    }
}

static void interrupted_it_reads_on_in_the_next_turn(void **state)
{
    (void)state;
    start_greeting();
    failing = EINTR;
    one.wire.ops.recv = fail_recv;
    begin();
    int fd = checked_accept(&one.wire, one.listener);
    checked_send(fd, pong, sizeof pong);
    wire_until(&one.wire, &calls, 3);
    assert_int_equal(one.results, 0);
    one.wire.ops.recv = brink_sys_linux.ops->recv;
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_PASSED);
    (void)close(fd);
    expect_idle();
    stop();
}

static void other_trouble_of_a_connection_is_named(void **state)
{
    (void)state;
    start_greeting();
    failing = EHOSTUNREACH;
    one.wire.ops.recv = fail_recv;
    begin();
    int fd = checked_accept(&one.wire, one.listener);
    checked_send(fd, pong, sizeof pong);
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_FAILED);
    assert_string_equal(one.why, "the connection broke: No route to host");
    (void)close(fd);
    expect_idle();
    stop();
}

static int fail_shutdown(void *kernel, int fd)
{
    (void)kernel;
    (void)fd;
    return -ENOTCONN;
}

static void a_connection_that_cannot_be_ended_has_ended(void **state)
{
    (void)state;
    start_greeting();
    one.wire.ops.shutdown_write = fail_shutdown;
    begin();
    int fd = checked_accept(&one.wire, one.listener);
    checked_expect(&one.wire, fd, "hello\4\0\0\0ping", 13);
    checked_send(fd, pong, sizeof pong);
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.outcome, BRINK_CHECK_PASSED);
    expect_idle();
    (void)close(fd);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_we_lack_is_not_its_failure),
        cmocka_unit_test(nor_is_a_lack_of_watches),
        cmocka_unit_test(a_unix_socket_whose_queue_is_full_is),
        cmocka_unit_test(a_frame_may_be_sent_in_pieces),
        cmocka_unit_test(a_part_of_a_frame_does_not_end_as_if_it_were_all),
        cmocka_unit_test(a_write_that_fails_does_not_eat_the_answer),
        cmocka_unit_test(without_memory_for_a_connection_it_is_skipped),
        cmocka_unit_test(interrupted_it_reads_on_in_the_next_turn),
        cmocka_unit_test(other_trouble_of_a_connection_is_named),
        cmocka_unit_test(a_connection_that_cannot_be_ended_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
