/* The Linux table: what each call returns when it works, and when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sys/sys.h"

#define CALL(name, ...) (brink_sys_linux.ops->name(brink_sys_linux.context, __VA_ARGS__))
#define CALL0(name)     (brink_sys_linux.ops->name(brink_sys_linux.context))

enum { NO_FD = -1 };

static void assert_cloexec(int fd)
{
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void assert_cloexec_and_nonblocking(int fd)
{
    assert_cloexec(fd);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* A listener of loopback, on a port of the kernel's choice. */
static int listen_somewhere(struct sockaddr_in *address)
{
    socklen_t length = sizeof(*address);
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = CALL(socket, AF_INET, SOCK_STREAM);
    assert_cloexec_and_nonblocking(fd);
    assert_int_equal(CALL(bind, fd, (const struct sockaddr *)address, length), 0);
    assert_int_equal(CALL(listen, fd, 8), 0);
    assert_int_equal(CALL(getsockname, fd, (struct sockaddr *)address, &length), 0);
    assert_int_not_equal(address->sin_port, 0);
    return fd;
}

static void wait_readable(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
    int epoll_fd = CALL0(epoll_create);
    assert_cloexec(epoll_fd);
    assert_int_equal(CALL(epoll_ctl, epoll_fd, EPOLL_CTL_ADD, fd, &event), 0);
    event.data.u64 = 0;
    assert_int_equal(CALL(epoll_wait, epoll_fd, &event, 1, -1), 1);
    assert_int_equal(event.data.u64, 7);
    assert_int_equal(CALL(close, epoll_fd), 0);
}

struct connection {
    int client;
    int server;
};

static struct connection connect_somewhere(void)
{
    struct sockaddr_in address, peer, name;
    socklen_t length = sizeof(address);
    struct connection connection;
    int listener = listen_somewhere(&address);
    assert_int_equal(CALL(accept, listener, NULL, NULL), -EAGAIN);
    connection.client = CALL(socket, AF_INET, SOCK_STREAM);
    int connected =
        CALL(connect, connection.client, (const struct sockaddr *)&address, sizeof(address));
    assert_true(connected == 0 || connected == -EINPROGRESS);
    wait_readable(listener);
    connection.server = CALL(accept, listener, (struct sockaddr *)&peer, &length);
    assert_cloexec_and_nonblocking(connection.server);
    length = sizeof(name);
    assert_int_equal(CALL(getsockname, connection.client, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(peer.sin_port, name.sin_port);
    assert_int_equal(CALL(close, listener), 0);
    return connection;
}

static void test_bytes_pass_through_a_connection(void **state)
{
    (void)state;
    struct connection connection = connect_somewhere();
    char buffer[16] = {0};
    assert_int_equal(CALL(recv, connection.server, buffer, sizeof(buffer)), -EAGAIN);
    assert_int_equal(CALL(send, connection.client, "abc", 3), 3);
    char words[] = "defgh";
    const struct iovec parts[] = {{words, 3}, {words + 3, 2}};
    assert_int_equal(CALL(sendv, connection.client, parts, 2), 5);
    for (size_t got = 0; got < 8;) {
        wait_readable(connection.server);
        ssize_t more = CALL(recv, connection.server, buffer + got, sizeof(buffer) - got);
        assert_in_range(more, 1, 8 - got);
        got += (size_t)more;
    }
    assert_string_equal(buffer, "abcdefgh");
    assert_int_equal(CALL(shutdown_write, connection.client), 0);
    wait_readable(connection.server);
    assert_int_equal(CALL(recv, connection.server, buffer, sizeof(buffer)), 0);
    assert_int_equal(CALL(close, connection.client), 0);
    assert_int_equal(CALL(close, connection.server), 0);
}

/* If SIGPIPE were raised, it would end this process. */
static void test_sending_to_nobody_fails_without_a_signal(void **state)
{
    (void)state;
    struct connection connection = connect_somewhere();
    char letter = 'x';
    const struct iovec part = {&letter, 1};
    assert_int_equal(CALL(shutdown_write, connection.client), 0);
    assert_int_equal(CALL(send, connection.client, &letter, 1), -EPIPE);
    assert_int_equal(CALL(sendv, connection.client, &part, 1), -EPIPE);
    assert_int_equal(CALL(close, connection.client), 0);
    assert_int_equal(CALL(close, connection.server), 0);
}

static void test_connecting_to_nobody_fails(void **state)
{
    (void)state;
    struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
    int fd = CALL(socket, AF_UNIX, SOCK_STREAM);
    assert_cloexec_and_nonblocking(fd);
    assert_int_equal(CALL(connect, fd, (const struct sockaddr *)&nobody, sizeof(nobody)), -ENOENT);
    assert_int_equal(CALL(close, fd), 0);
    fd = CALL(socket, AF_INET, SOCK_STREAM);
    assert_int_equal(CALL(shutdown_write, fd), -ENOTCONN);
    assert_int_equal(CALL(close, fd), 0);
}

static void test_options_are_set_and_read(void **state)
{
    (void)state;
    int on = 1, value = 0;
    socklen_t size = sizeof(value);
    int fd = CALL(socket, AF_INET, SOCK_STREAM);
    assert_int_equal(CALL(setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0);
    assert_int_equal(CALL(getsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size), 0);
    assert_int_equal(value, 1);
    assert_int_equal(CALL(setsockopt, fd, SOL_SOCKET, -1, &on, sizeof(on)), -ENOPROTOOPT);
    assert_int_equal(CALL(getsockopt, fd, SOL_SOCKET, -1, &value, &size), -ENOPROTOOPT);
    assert_int_equal(CALL(close, fd), 0);
}

static void test_descriptor_from_elsewhere_is_made_ours(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(CALL(set_nonblocking, ends[0]), 0);
    assert_cloexec_and_nonblocking(ends[0]);
    int copy = CALL(duplicate, ends[1]);
    assert_int_not_equal(copy, ends[1]);
    assert_cloexec(copy);
    assert_int_equal(write(copy, "x", 1), 1);
    char letter = 0;
    assert_int_equal(read(ends[0], &letter, 1), 1);
    assert_int_equal(letter, 'x');
    assert_int_equal(CALL(close, copy), 0);
    assert_int_equal(CALL(close, ends[0]), 0);
    assert_int_equal(CALL(close, ends[1]), 0);
}

static void test_rights_pass_descriptors(void **state)
{
    (void)state;
    int ends[2];
    int fds[BRINK_RIGHTS_MAX];
    size_t count = 7;
    char got[4];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), -EAGAIN);
    assert_int_equal(count, 0);
    assert_int_equal(CALL(send_rights, ends[0], "ab", 2, ends, 2), 2);
    assert_int_equal(CALL(send_rights, ends[0], "c", 1, NULL, 0), 1);
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), 2);
    assert_memory_equal(got, "ab", 2);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_cloexec(fds[i]);
        assert_int_equal(CALL(close, fds[i]), 0);
    }
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), 1);
    assert_int_equal(count, 0);
    assert_int_equal(CALL(send_rights, ends[0], "x", 1, ends, BRINK_RIGHTS_MAX + 1), -EINVAL);
    assert_int_equal(CALL(close, ends[0]), 0);
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), 0);
    assert_int_equal(CALL(send_rights, ends[1], "x", 1, NULL, 0), -EPIPE);
    assert_int_equal(CALL(close, ends[1]), 0);
}

static int first_free_descriptor(void)
{
    int fd = CALL0(spare_open);
    assert_int_equal(CALL(close, fd), 0);
    return fd;
}

static void send_many(int fd, const char *data, size_t length, size_t descriptors)
{
    char control[CMSG_SPACE(6 * sizeof(int))] = {0};
    struct iovec part = {(void *)(uintptr_t)data, length};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(descriptors * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
    for (size_t i = 0; i < descriptors; i++)
        memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof fd);
    assert_int_equal(sendmsg(fd, &message, 0), length);
}

static void test_rights_beyond_what_is_taken_are_closed(void **state)
{
    (void)state;
    int ends[2];
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    char got[4];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    int before = first_free_descriptor();
    send_many(ends[0], "x", 1, 6);
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), 1);
    assert_int_equal(count, 0);
    assert_int_equal(first_free_descriptor(), before);
    send_many(ends[0], "longer", 6, 1);
    assert_int_equal(CALL(recv_rights, ends[1], got, sizeof got, fds, &count), -EMSGSIZE);
    assert_int_equal(count, 0);
    assert_int_equal(first_free_descriptor(), before);
    assert_int_equal(CALL(close, ends[0]), 0);
    assert_int_equal(CALL(close, ends[1]), 0);
}

static void test_wakeup_is_readable_until_cleared(void **state)
{
    (void)state;
    int fd = CALL0(wakeup_create);
    assert_cloexec_and_nonblocking(fd);
    assert_int_equal(CALL(wakeup_clear, fd), -EAGAIN);
    assert_int_equal(CALL(wakeup_signal, fd), 0);
    assert_int_equal(CALL(wakeup_signal, fd), 0);
    wait_readable(fd);
    assert_int_equal(CALL(wakeup_clear, fd), 0);
    assert_int_equal(CALL(wakeup_clear, fd), -EAGAIN);
    assert_int_equal(CALL(close, fd), 0);
}

static void test_unlink_removes_a_path(void **state)
{
    (void)state;
    char path[] = "/tmp/brink-sys-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(CALL(close, fd), 0);
    assert_int_equal(CALL(unlink, path), 0);
    assert_int_equal(CALL(unlink, path), -ENOENT);
}

static void test_spare_is_a_descriptor(void **state)
{
    (void)state;
    int fd = CALL0(spare_open);
    assert_cloexec(fd);
    assert_int_equal(CALL(close, fd), 0);
}

static void test_no_descriptor_is_ebadf_everywhere(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct sockaddr *any = (struct sockaddr *)&address;
    socklen_t length = sizeof(address);
    struct epoll_event event = {0};
    const struct iovec part = {&event, 1};
    int epoll_fd = CALL0(epoll_create);
    assert_int_equal(CALL(bind, NO_FD, any, length), -EBADF);
    assert_int_equal(CALL(listen, NO_FD, 1), -EBADF);
    assert_int_equal(CALL(accept, NO_FD, any, &length), -EBADF);
    assert_int_equal(CALL(connect, NO_FD, any, length), -EBADF);
    assert_int_equal(CALL(getsockname, NO_FD, any, &length), -EBADF);
    assert_int_equal(CALL(set_nonblocking, NO_FD), -EBADF);
    assert_int_equal(CALL(duplicate, NO_FD), -EBADF);
    assert_int_equal(CALL(recv, NO_FD, &event, 1), -EBADF);
    assert_int_equal(CALL(send, NO_FD, &event, 1), -EBADF);
    assert_int_equal(CALL(sendv, NO_FD, &part, 1), -EBADF);
    assert_int_equal(CALL(shutdown_write, NO_FD), -EBADF);
    assert_int_equal(CALL(close, NO_FD), -EBADF);
    assert_int_equal(CALL(epoll_ctl, epoll_fd, EPOLL_CTL_ADD, NO_FD, &event), -EBADF);
    assert_int_equal(CALL(epoll_wait, NO_FD, &event, 1, 0), -EBADF);
    assert_int_equal(CALL(wakeup_signal, NO_FD), -EBADF);
    assert_int_equal(CALL(wakeup_clear, NO_FD), -EBADF);
    assert_int_equal(CALL(socket, -1, SOCK_STREAM), -EAFNOSUPPORT);
    assert_int_equal(CALL(close, epoll_fd), 0);
}

static void test_full_descriptor_table_is_emfile(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int lowest_free = dup(STDIN_FILENO);
    assert_true(lowest_free >= 0);
    assert_int_equal(close(lowest_free), 0);
    const struct rlimit none = {(rlim_t)lowest_free, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int results[] = {CALL(socket, AF_INET, SOCK_STREAM), CALL0(epoll_create), CALL0(wakeup_create),
                     CALL0(spare_open), CALL(duplicate, STDIN_FILENO)};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++)
        assert_int_equal(results[i], -EMFILE);
}

static void test_file_limit_is_raised_to_the_hard_one(void **state)
{
    (void)state;
    struct rlimit before, after;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit low = {before.rlim_max / 2, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int raised = CALL0(raise_file_limit);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(after.rlim_cur == before.rlim_max);
    assert_true(raised > 0 && (rlim_t)raised <= before.rlim_max);
}

static void test_clock_goes_on(void **state)
{
    (void)state;
    uint64_t before_ms = CALL0(now_ms);
    CALL(sleep_ms, 2);
    uint64_t after_ms = CALL0(now_ms);
    assert_true(after_ms >= before_ms + 1); /* both are rounded down */
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    assert_true((uint64_t)now.tv_sec + 1 >= after_ms / 1000);
}

static void test_there_is_a_processor(void **state)
{
    (void)state;
    assert_in_range(CALL0(cpu_count), 1, 1 << 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_pass_through_a_connection),
        cmocka_unit_test(test_sending_to_nobody_fails_without_a_signal),
        cmocka_unit_test(test_connecting_to_nobody_fails),
        cmocka_unit_test(test_options_are_set_and_read),
        cmocka_unit_test(test_descriptor_from_elsewhere_is_made_ours),
        cmocka_unit_test(test_rights_pass_descriptors),
        cmocka_unit_test(test_rights_beyond_what_is_taken_are_closed),
        cmocka_unit_test(test_wakeup_is_readable_until_cleared),
        cmocka_unit_test(test_unlink_removes_a_path),
        cmocka_unit_test(test_spare_is_a_descriptor),
        cmocka_unit_test(test_no_descriptor_is_ebadf_everywhere),
        cmocka_unit_test(test_full_descriptor_table_is_emfile),
        cmocka_unit_test(test_file_limit_is_raised_to_the_hard_one),
        cmocka_unit_test(test_clock_goes_on),
        cmocka_unit_test(test_there_is_a_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
