/* What a listener's options make of the connections that it accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/options.h"

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

static void accepted_connections_have_them(void **state)
{
    (void)state;
    struct brink_address address;
    struct brink_address bound;
    int listener;
    assert_int_equal(
        brink_address_parse(&address, "127.0.0.1:0", BRINK_ADDRESS_TO_LISTEN, NULL).err, 0);
    assert_int_equal(brink_bind(&brink_sys_linux, &address, &listener, 1, &bound, NULL).err, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, &bound.sock.any, bound.length), 0);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    assert_true(option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
    assert_true(option(fd, SOL_SOCKET, SO_OOBINLINE) != 0);
    assert_in_range(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1, 300);
    assert_int_equal(option(client, IPPROTO_TCP, TCP_NODELAY), 0);
    brink_options_tune(&brink_sys_linux, client);
    assert_true(option(client, IPPROTO_TCP, TCP_NODELAY) != 0);
    assert_int_equal(option(client, SOL_SOCKET, SO_KEEPALIVE), 0);
    brink_options_keep_alive(&brink_sys_linux, client, BRINK_KEEPALIVE_IDLE_MS);
    assert_true(option(client, SOL_SOCKET, SO_KEEPALIVE) != 0);
    (void)close(fd);
    (void)close(client);
    (void)close(listener);
}

static void what_does_not_fit_does_no_harm(void **state)
{
    (void)state;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    brink_options_tune(&brink_sys_linux, fd);
    brink_options_keep_alive(&brink_sys_linux, fd, BRINK_KEEPALIVE_IDLE_MS);
    brink_options_listen(&brink_sys_linux, fd, true);
    assert_int_equal(option(fd, SOL_SOCKET, SO_ERROR), 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_connections_have_them),
        cmocka_unit_test(what_does_not_fit_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
