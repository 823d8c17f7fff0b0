/* What is told when a socket cannot listen, and what is left behind: nothing of ours, and all that
 * was somebody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/bind.h"

enum { WORKERS = 3 };

static struct brink_sys_ops ops;
static const struct brink_sys sys = {&ops, NULL};
static unsigned sockets;        /* made so far */
static unsigned fail_socket_at; /* 0: none */
static int fail_errno;          /* of socket, bind or listen, where it is told to fail */
static unsigned unlinks;
static char folder[32];
static char unix_text[64];                     /* of a socket in the folder */
static const char *const path = unix_text + 5; /* its file */

static int scripted_socket(void *kernel, int domain, int type)
{
    if (++sockets == fail_socket_at)
        return -fail_errno;
    return brink_sys_linux.ops->socket(kernel, domain, type);
}

static int failing_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)kernel;
    (void)fd;
    (void)address;
    (void)length;
    return -fail_errno;
}

static int failing_listen(void *kernel, int fd, int backlog)
{
    (void)kernel;
    (void)fd;
    (void)backlog;
    return -fail_errno;
}

static int counted_unlink(void *kernel, const char *name)
{
    unlinks++;
    return brink_sys_linux.ops->unlink(kernel, name);
}

static int start(void **state)
{
    (void)state;
    ops = *brink_sys_linux.ops;
    ops.socket = scripted_socket;
    ops.unlink = counted_unlink;
    sockets = fail_socket_at = unlinks = 0;
    (void)snprintf(folder, sizeof folder, "/tmp/brink-bind-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(unix_text, sizeof unix_text, "unix:%s/socket", folder);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static struct brink_address address_of(const char *text)
{
    struct brink_address address;
    struct brink_message why = {""};
    if (brink_failed(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &why)))
        fail_msg("%s", why.text);
    return address;
}

static bool file_exists(void)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* The descriptor that the next call which makes one will get. */
static int next_descriptor(void)
{
    int fd = dup(STDIN_FILENO);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    return fd;
}

/* Listening on `text` fails with `err`; the text that says why is left in `why`. */
static void refused(const char *text, size_t count, int err, struct brink_message *why)
{
    int fds[WORKERS];
    struct brink_address wanted = address_of(text);
    struct brink_address bound;
    int next = next_descriptor();
    assert_int_equal(brink_bind(&sys, &wanted, fds, count, &bound, why).err, err);
    assert_non_null(strstr(why->text, text));
    assert_int_equal(next_descriptor(), next); /* none stayed open */
}

static void advice_fits_the_reason(void **state)
{
    (void)state;
    static const struct {
        int err;
        const char *words;
    } reasons[] = {
        {EADDRINUSE, "another program"},
        {EACCES, "CAP_NET_BIND_SERVICE"},
        {EADDRNOTAVAIL, "no such addr"},
        {EMFILE, "ulimit"},
        {ENFILE, "ulimit"},
    };
    ops.bind = failing_bind;
    struct brink_message why = {""};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        fail_errno = reasons[i].err;
        refused("127.0.0.1:0", 1, fail_errno, &why);
        assert_non_null(strstr(why.text, reasons[i].words));
    }
    fail_errno = EINVAL;
    refused("127.0.0.1:0", 1, EINVAL, &why);
    assert_null(strchr(why.text, ';')); /* which is advice for descriptors only */
}

/* Only the address that stands for all of them. */
static void an_ipv6_address_never_becomes_an_ipv4_address(void **state)
{
    (void)state;
    static const char *const addresses[] = {"[2001::]:0", "[0:0:1::]:0", "[0:0:0:0:1::]:0",
                                            "[::1]:0"};
    ops.bind = failing_bind;
    fail_errno = EADDRNOTAVAIL;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        int fds[1];
        struct brink_address wanted = address_of(addresses[i]);
        struct brink_address bound;
        sockets = 0;
        assert_int_equal(brink_bind(&sys, &wanted, fds, 1, &bound, NULL).err, EADDRNOTAVAIL);
        assert_int_equal(sockets, 1);
    }
}

static void if_one_worker_gets_none_nobody_does(void **state)
{
    (void)state;
    struct brink_message why = {""};
    fail_errno = EMFILE;
    fail_socket_at = 3; /* after the probe and the first worker's */
    refused("127.0.0.1:0", WORKERS, EMFILE, &why);
    assert_int_equal(sockets, 3);
}

static void a_name_in_use_is_refused_and_nothing_unlinked(void **state)
{
    (void)state;
    char text[64];
    int fds[1];
    struct brink_message why = {""};
    struct brink_address bound;
    (void)snprintf(text, sizeof text, "unix:@brink-bind-%ld", (long)getpid());
    struct brink_address wanted = address_of(text);
    assert_int_equal(brink_bind(&sys, &wanted, fds, 1, &bound, &why).err, 0);
    refused(text, 1, EADDRINUSE, &why);
    brink_unbind(&sys, &bound); /* an abstract name is no file, */
    brink_unbind(&sys, &(struct brink_address){.kind = BRINK_ADDRESS_NONE}); /* nor is nothing */
    assert_int_equal(unlinks, 0);
    assert_int_equal(close(fds[0]), 0);
}

static void a_file_of_which_nothing_is_known_stays(void **state)
{
    (void)state;
    int fds[1];
    struct brink_message why = {""};
    struct brink_address bound;
    struct brink_address wanted = address_of(unix_text);
    assert_int_equal(brink_bind(&sys, &wanted, fds, 1, &bound, NULL).err, 0);
    assert_int_equal(close(fds[0]), 0); /* its file is stale now, but that cannot be asked */
    sockets = 0;
    fail_errno = EMFILE;
    fail_socket_at = 2;
    refused(unix_text, 1, EADDRINUSE, &why);
    assert_int_equal(unlinks, 0);
    assert_true(file_exists());
}

static void a_file_of_ours_goes_and_that_of_a_descriptor_stays(void **state)
{
    (void)state;
    struct brink_message why = {""};
    ops.listen = failing_listen;
    fail_errno = ENOBUFS;
    refused(unix_text, 1, ENOBUFS, &why);
    assert_false(file_exists());
    ops.listen = brink_sys_linux.ops->listen;
    int fds[1];
    char text[16];
    struct brink_address bound;
    struct brink_address wanted = address_of(unix_text);
    assert_int_equal(brink_bind(&sys, &wanted, fds, 1, &bound, NULL).err, 0);
    (void)snprintf(text, sizeof text, "fd:%d", fds[0]);
    ops.listen = failing_listen;
    wanted = address_of(text);
    assert_int_equal(brink_bind(&sys, &wanted, fds, 1, &bound, &why).err, ENOBUFS);
    assert_int_equal(unlinks, 1);
    assert_true(file_exists());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(advice_fits_the_reason, start, stop),
        cmocka_unit_test_setup_teardown(an_ipv6_address_never_becomes_an_ipv4_address, start, stop),
        cmocka_unit_test_setup_teardown(if_one_worker_gets_none_nobody_does, start, stop),
        cmocka_unit_test_setup_teardown(a_name_in_use_is_refused_and_nothing_unlinked, start, stop),
        cmocka_unit_test_setup_teardown(a_file_of_which_nothing_is_known_stays, start, stop),
        cmocka_unit_test_setup_teardown(a_file_of_ours_goes_and_that_of_a_descriptor_stays, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
