/* Who may command, and under which name one may look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/admin/trust.h"
#include "support/fake_sys.h"

struct pair {
    int listening;
    int client;
    int accepted;
};

static struct pair join(const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    struct pair pair = {.listening = socket(address->sa_family, SOCK_STREAM, 0),
                        .client = socket(address->sa_family, SOCK_STREAM, 0)};
    assert_int_equal(bind(pair.listening, address, length), 0);
    assert_int_equal(listen(pair.listening, 1), 0);
    assert_int_equal(getsockname(pair.listening, (struct sockaddr *)&bound, &size), 0);
    assert_int_equal(connect(pair.client, (struct sockaddr *)&bound, size), 0);
    pair.accepted = accept(pair.listening, NULL, NULL);
    assert_true(pair.accepted >= 0);
    return pair;
}

static void leave(const struct pair *pair)
{
    (void)close(pair->listening);
    (void)close(pair->client);
    (void)close(pair->accepted);
}

static void who_reaches_a_file_may_command(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-trust-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
    struct pair pair = join((struct sockaddr *)&address, sizeof address);
    assert_int_equal(brink_admin_trust(&brink_sys_linux, pair.accepted),
                     BRINK_ADMIN_TRUST_OPERATOR);
    leave(&pair);
    (void)unlink(address.sun_path);
    (void)rmdir(folder);
}

static void who_comes_by_tcp_may_not(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct pair pair = join((struct sockaddr *)&address, sizeof address);
    assert_int_equal(brink_admin_trust(&brink_sys_linux, pair.accepted), BRINK_ADMIN_TRUST_REMOTE);
    leave(&pair);
    assert_int_equal(brink_admin_trust(&brink_sys_linux, -1), BRINK_ADMIN_TRUST_REMOTE);
}

static uid_t peer_uid;
static gid_t peer_gid;

static int say_peer(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    struct ucred peer = {.uid = peer_uid, .gid = peer_gid};
    (void)kernel;
    (void)fd;
    assert_int_equal(level, SOL_SOCKET);
    assert_int_equal(name, SO_PEERCRED);
    assert_int_equal(*size, sizeof peer);
    memcpy(value, &peer, sizeof peer);
    return 0;
}

static int fail_peer(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    (void)kernel;
    (void)fd;
    (void)level;
    (void)name;
    (void)value;
    (void)size;
    return -1;
}

static void in_the_abstract_namespace_it_depends_on_the_user(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct fake_sys fake;
    (void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "brink-test/trust-%d",
                   (int)getpid());
    struct pair pair = join((struct sockaddr *)&address, sizeof address);
    assert_int_equal(brink_admin_trust(&brink_sys_linux, pair.accepted),
                     BRINK_ADMIN_TRUST_OPERATOR);
    fake_sys_init(&fake);
    fake.ops.getsockopt = say_peer;
    peer_uid = geteuid() + 1;
    peer_gid = getegid() + 1;
    assert_int_equal(brink_admin_trust(&fake.sys, pair.accepted), BRINK_ADMIN_TRUST_NONE);
    peer_gid = getegid();
    assert_int_equal(brink_admin_trust(&fake.sys, pair.accepted), BRINK_ADMIN_TRUST_OPERATOR);
    peer_gid = getegid() + 1;
    peer_uid = 0;
    assert_int_equal(brink_admin_trust(&fake.sys, pair.accepted), BRINK_ADMIN_TRUST_OPERATOR);
    fake.ops.getsockopt = fail_peer;
    assert_int_equal(brink_admin_trust(&fake.sys, pair.accepted), BRINK_ADMIN_TRUST_NONE);
    leave(&pair);
}

static void the_name_is_an_address_or_known(void **state)
{
    (void)state;
    static const char *const names[] = {"brink.example.org"};
    static const char *const good[] = {"127.0.0.1",
                                       "127.0.0.1:9599",
                                       "10.1.2.3:80",
                                       "[::1]:9599",
                                       "[::1]",
                                       "localhost",
                                       "LOCALHOST:1",
                                       "brink.example.org",
                                       "Brink.Example.org:9599"};
    static const char *const bad[] = {"",
                                      ":9599",
                                      "evil.example",
                                      "127.0.0.1.evil.example",
                                      "localhost.evil.example",
                                      "example.org",
                                      "[evil]:80",
                                      "brink.example.org.",
                                      "127.0.0.1 "};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(brink_admin_trust_host(good[i], names, 1));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(brink_admin_trust_host(bad[i], names, 1));
    assert_false(brink_admin_trust_host("brink.example.org", NULL, 0));
    assert_true(brink_admin_trust_host(NULL, NULL, 0));
    char endless[4096];
    memset(endless, '1', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_false(brink_admin_trust_host(endless, names, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_reaches_a_file_may_command),
        cmocka_unit_test(who_comes_by_tcp_may_not),
        cmocka_unit_test(in_the_abstract_namespace_it_depends_on_the_user),
        cmocka_unit_test(the_name_is_an_address_or_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
