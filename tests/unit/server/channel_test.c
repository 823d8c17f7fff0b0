/* A channel: messages and descriptors, what comes wrong, waiting, and the other's end. */
#include "server/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct brink_sys_ops ops;
static struct brink_sys sys = {&ops, NULL};
static struct brink_channel one = {&sys, -1};
static struct brink_channel other = {&sys, -1};

static int set_up(void **state)
{
    (void)state;
    int ends[2];
    ops = *brink_sys_linux.ops;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
                     0);
    one.fd = ends[0];
    other.fd = ends[1];
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    if (one.fd >= 0)
        (void)close(one.fd);
    if (other.fd >= 0)
        (void)close(other.fd);
    return 0;
}

static struct brink_handover_message accepted(uint64_t id)
{
    return (struct brink_handover_message){.kind = BRINK_HANDOVER_ACCEPTED, .id = id};
}

static struct brink_handover_message a_socket(void)
{
    return (struct brink_handover_message){.kind = BRINK_HANDOVER_SOCKET, .bound = "127.0.0.1:1"};
}

static uint64_t in_ms(uint64_t ms)
{
    return ops.now_ms(NULL) + ms;
}

static int open_fds(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)close(fd);
    return fd;
}

static struct brink_handover_message heard;
static int fds[BRINK_RIGHTS_MAX];
static size_t count;

static int receive(void)
{
    return brink_channel_receive(&other, &heard, fds, &count).err;
}

static void messages_come_with_their_descriptors(void **state)
{
    (void)state;
    struct brink_handover_message said = a_socket();
    assert_int_equal(receive(), EAGAIN);
    assert_int_equal(brink_channel_send(&one, &said, &one.fd, 1).err, 0);
    said = accepted(5);
    assert_int_equal(brink_channel_send(&one, &said, NULL, 0).err, 0);
    assert_int_equal(receive(), 0);
    assert_int_equal(heard.kind, BRINK_HANDOVER_SOCKET);
    assert_int_equal(count, 1);
    brink_channel_close_fds(&other, fds, count);
    assert_int_equal(receive(), 0);
    assert_int_equal(heard.id, 5);
    assert_int_equal(receive(), EAGAIN);
}

static void descriptors_that_belong_to_nothing_are_closed(void **state)
{
    (void)state;
    int before = open_fds();
    struct brink_handover_message said = accepted(5);
    assert_int_equal(brink_channel_send(&one, &said, &one.fd, 1).err, 0);
    assert_int_equal(receive(), 0);
    assert_int_equal(count, 0);
    assert_int_equal(ops.send_rights(NULL, one.fd, "\x02 nonsense", 10, &one.fd, 1), 10);
    assert_int_equal(receive(), EINVAL);
    assert_int_equal(count, 0);
    assert_int_equal(ops.send_rights(NULL, one.fd, "\x63 unknown", 9, &one.fd, 1), 9);
    assert_int_equal(receive(), EAGAIN); /* passed over */
    assert_int_equal(open_fds(), before);
}

static void a_message_beyond_all_size_makes_no_sense(void **state)
{
    (void)state;
    static const uint8_t large[BRINK_HANDOVER_MESSAGE_MAX + 1] = {BRINK_HANDOVER_DONE};
    assert_int_equal(ops.send_rights(NULL, one.fd, large, sizeof large, NULL, 0), sizeof large);
    assert_int_equal(receive(), EINVAL);
    struct brink_handover_message said = accepted(1);
    assert_int_equal(brink_channel_send(&one, &said, NULL, 0).err, 0);
    assert_int_equal(receive(), 0);
}

static void what_was_said_is_heard_after_the_others_end(void **state)
{
    (void)state;
    struct brink_handover_message said = accepted(1);
    assert_int_equal(brink_channel_send(&other, &said, NULL, 0).err, 0); /* which is never read */
    assert_int_equal(brink_channel_send(&one, &said, NULL, 0).err, 0);
    (void)close(one.fd);
    one.fd = -1;
    assert_int_equal(receive(), 0);
    assert_int_equal(heard.id, 1);
    assert_int_equal(receive(), EPIPE);
    assert_int_equal(brink_channel_send(&other, &said, NULL, 0).err, EPIPE);
}

static void a_full_channel_is_waited_for(void **state)
{
    (void)state;
    struct brink_handover_message said = accepted(1);
    unsigned sent = 0;
    int err;
    while ((err = brink_channel_send(&one, &said, NULL, 0).err) == 0)
        sent++;
    assert_int_equal(err, EAGAIN);
    assert_int_equal(brink_channel_send_until(&one, &said, NULL, 0, in_ms(20)).err, ETIMEDOUT);
    while (receive() == 0)
        sent--;
    assert_int_equal(sent, 0);
    assert_int_equal(brink_channel_send_until(&one, &said, NULL, 0, in_ms(10000)).err, 0);
    assert_int_equal(brink_channel_receive_until(&other, &heard, fds, &count, in_ms(10000)).err, 0);
    assert_int_equal(brink_channel_receive_until(&other, &heard, fds, &count, in_ms(20)).err,
                     ETIMEDOUT);
}

static void one_that_goes_ends_the_wait(void **state)
{
    (void)state;
    (void)close(one.fd);
    one.fd = -1;
    assert_int_equal(brink_channel_receive_until(&other, &heard, fds, &count, in_ms(60000)).err,
                     EPIPE);
}

static int failures;
static int failure;

static ssize_t failing_send(void *kernel, int fd, const void *data, size_t size, const int *rights,
                            size_t rights_count)
{
    if (failures-- > 0)
        return -failure;
    return brink_sys_linux.ops->send_rights(kernel, fd, data, size, rights, rights_count);
}

static ssize_t failing_recv(void *kernel, int fd, void *buffer, size_t size, int *rights,
                            size_t *rights_count)
{
    *rights_count = 0;
    if (failures-- > 0)
        return -failure;
    return brink_sys_linux.ops->recv_rights(kernel, fd, buffer, size, rights, rights_count);
}

static void calls_that_fail_for_a_while_are_made_again(void **state)
{
    (void)state;
    static const int passing[] = {EINTR, ENOBUFS, ENOMEM, ETOOMANYREFS, EAGAIN};
    struct brink_handover_message said = accepted(1);
    ops.send_rights = failing_send;
    ops.recv_rights = failing_recv;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        failure = passing[i];
        failures = 2;
        assert_int_equal(brink_channel_send_until(&one, &said, NULL, 0, in_ms(10000)).err, 0);
        failures = 2;
        assert_int_equal(brink_channel_receive_until(&other, &heard, fds, &count, in_ms(10000)).err,
                         0);
    }
    failure = EACCES;
    failures = 1;
    assert_int_equal(brink_channel_send_until(&one, &said, NULL, 0, in_ms(10000)).err, EPIPE);
    failure = ENOBUFS;
    failures = 1000000;
    assert_int_equal(brink_channel_send_until(&one, &said, NULL, 0, in_ms(30)).err, ETIMEDOUT);
}

static int no_epoll(void *kernel)
{
    (void)kernel;
    return -EMFILE;
}

static void who_cannot_wait_says_so(void **state)
{
    (void)state;
    ops.epoll_create = no_epoll;
    assert_int_equal(brink_channel_receive_until(&other, &heard, fds, &count, in_ms(10000)).err,
                     EMFILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_come_with_their_descriptors, set_up, take_down),
        cmocka_unit_test_setup_teardown(descriptors_that_belong_to_nothing_are_closed, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(a_message_beyond_all_size_makes_no_sense, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(what_was_said_is_heard_after_the_others_end, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(a_full_channel_is_waited_for, set_up, take_down),
        cmocka_unit_test_setup_teardown(one_that_goes_ends_the_wait, set_up, take_down),
        cmocka_unit_test_setup_teardown(calls_that_fail_for_a_while_are_made_again, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(who_cannot_wait_says_so, set_up, take_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
