/* Sockets that listen: shared among workers, refused with advice, and nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/bind.h"

enum { WORKERS = 3 };

static const struct brink_sys *const sys = &brink_sys_linux;

static struct brink_address address_of(const char *text)
{
    struct brink_address address;
    struct brink_message why = {""};
    if (brink_failed(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &why)))
        fail_msg("%s", why.text);
    return address;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(close(fds[i]), 0);
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        struct pollfd poll_fd = {.fd = fd};
        (void)poll(&poll_fd, 1, 0);
        count += !(poll_fd.revents & POLLNVAL);
    }
    return count;
}

static void workers_share_the_port_that_the_kernel_chose(void **state)
{
    (void)state;
    int fds[WORKERS];
    struct brink_address wanted = address_of("127.0.0.1:0");
    struct brink_address bound;
    assert_int_equal(brink_bind(sys, &wanted, fds, WORKERS, &bound, NULL).err, 0);
    assert_int_not_equal(bound.sock.v4.sin_port, 0);
    for (size_t i = 0; i < WORKERS; i++) {
        struct sockaddr_in own;
        socklen_t length = sizeof own;
        assert_int_equal(getsockname(fds[i], (struct sockaddr *)&own, &length), 0);
        assert_int_equal(own.sin_port, bound.sock.v4.sin_port);
    }
    close_all(fds, WORKERS);
}

static void a_port_in_use_is_refused_with_advice(void **state)
{
    (void)state;
    int taken[WORKERS];
    int fds[WORKERS];
    struct brink_address wanted = address_of("127.0.0.1:0");
    struct brink_address bound;
    struct brink_address again;
    for (size_t workers = 1; workers <= WORKERS; workers += 2) {
        assert_int_equal(brink_bind(sys, &wanted, taken, workers, &bound, NULL).err, 0);
        int before = open_descriptors();
        struct brink_message why = {""};
        assert_int_equal(brink_bind(sys, &bound, fds, WORKERS, &again, &why).err, EADDRINUSE);
        assert_non_null(strstr(why.text, "another program"));
        assert_int_equal(open_descriptors(), before);
        close_all(taken, workers);
    }
}

static void a_dead_unix_socket_is_replaced_and_a_live_one_not(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-bind-XXXXXX";
    char text[64];
    int fds[WORKERS];
    int others[1];
    struct brink_address bound;
    struct stat status;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(text, sizeof text, "unix:%s/socket", folder);
    struct brink_address wanted = address_of(text);
    assert_int_equal(brink_bind(sys, &wanted, fds, WORKERS, &bound, NULL).err, 0);
    assert_int_equal(brink_bind(sys, &wanted, others, 1, &bound, NULL).err, EADDRINUSE);
    assert_int_equal(stat(text + 5, &status), 0);
    close_all(fds, WORKERS); /* as a process that died: the file stays */
    assert_int_equal(brink_bind(sys, &wanted, fds, 1, &bound, NULL).err, 0);
    brink_unbind(sys, &bound);
    assert_int_equal(stat(text + 5, &status), -1);
    close_all(fds, 1);
    assert_int_equal(rmdir(folder), 0);
}

static void a_descriptor_must_listen(void **state)
{
    (void)state;
    char text[16];
    int fds[WORKERS];
    struct brink_address bound;
    struct brink_message why = {""};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)snprintf(text, sizeof text, "fd:%d", fd);
    struct brink_address wanted = address_of(text);
    assert_int_equal(brink_bind(sys, &wanted, fds, 1, &bound, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "listens already"));
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(brink_bind(sys, &wanted, fds, WORKERS, &bound, &why).err, 0);
    assert_int_equal(fds[0], fd);
    assert_int_equal(bound.kind, BRINK_ADDRESS_SOCKET);
    close_all(fds, WORKERS);
    wanted = address_of("fd:250");
    assert_int_equal(brink_bind(sys, &wanted, fds, 1, &bound, &why).err, EBADF);
}

static int no_v6(void *kernel, int domain, int type)
{
    if (domain == AF_INET6)
        return -EAFNOSUPPORT;
    return brink_sys_linux.ops->socket(kernel, domain, type);
}

static void without_ipv6_every_address_is_every_ipv4_address(void **state)
{
    (void)state;
    int fds[2];
    struct brink_sys_ops ops = *brink_sys_linux.ops;
    struct brink_sys old = {&ops, NULL};
    struct brink_address wanted = address_of(":0");
    struct brink_address bound;
    ops.socket = no_v6;
    assert_int_equal(brink_bind(&old, &wanted, fds, 2, &bound, NULL).err, 0);
    assert_int_equal(bound.sock.any.sa_family, AF_INET);
    close_all(fds, 2);
}

static int no_name(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)kernel;
    (void)fd;
    (void)address;
    (void)length;
    return -ENOBUFS;
}

static void a_port_that_cannot_be_learnt_is_refused(void **state)
{
    (void)state;
    int fds[2];
    struct brink_sys_ops ops = *brink_sys_linux.ops;
    struct brink_sys forgetful = {&ops, NULL};
    struct brink_address wanted = address_of("127.0.0.1:0");
    struct brink_address bound;
    struct brink_message why;
    ops.getsockname = no_name;
    assert_int_equal(brink_bind(&forgetful, &wanted, fds, 2, &bound, &why).err, ENOBUFS);
    assert_non_null(strstr(why.text, "127.0.0.1:0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_share_the_port_that_the_kernel_chose),
        cmocka_unit_test(a_port_in_use_is_refused_with_advice),
        cmocka_unit_test(a_dead_unix_socket_is_replaced_and_a_live_one_not),
        cmocka_unit_test(a_descriptor_must_listen),
        cmocka_unit_test(without_ipv6_every_address_is_every_ipv4_address),
        cmocka_unit_test(a_port_that_cannot_be_learnt_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
