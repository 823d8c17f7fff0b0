/* A server on a unix socket whose queue is full: it is dialled again, as long as that may take. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

enum { CONNECT_MS = 300 };

static struct rig rig;
static struct servers servers;

/* At a name of the kernel's choice, see unix(7), "Autobind". Its queue takes one connection. */
static void add_full(void)
{
    struct brink_target_entry *entry = &servers.entries[servers.count];
    struct brink_address *address = &entry->address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    entry->weight = 1;
    address->kind = BRINK_ADDRESS_SOCKET;
    address->length = sizeof address->sock.local;
    address->sock.any.sa_family = AF_UNIX;
    assert_int_equal(bind(fd, &address->sock.any, sizeof(sa_family_t)), 0);
    assert_int_equal(getsockname(fd, &address->sock.any, &address->length), 0);
    assert_int_equal(listen(fd, 0), 0);
    servers.fds[servers.count++] = fd;
    servers.fillers[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(servers.fillers[0], &address->sock.any, address->length), 0);
}

static void prepare(void)
{
    rig_init(&rig);
    servers_init(&servers);
    rig.upstream.connect_ms = CONNECT_MS;
    add_full();
}

/* Nobody is served, and no failure is counted. */
static int wait_some(void)
{
    struct brink_group_figures figures;
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    for (int i = 0; i < 5; i++)
        rig_forward(&rig, 11);
    rig_expect_silence(&rig, client);
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.connect_failures, 0);
    assert_int_equal(figures.connections, 1);
    return client;
}

static void served_by(size_t index, int client)
{
    int upstream = servers_accept(&servers, &rig, index);
    rig_expect(&rig, upstream, "\2\0\0\0hi", 6);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
}

static void ends(int client, enum brink_reason reason)
{
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[reason]), 1);
}

static void end(uint64_t failures)
{
    struct brink_group_figures figures;
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.connect_failures, failures);
    assert_int_equal(figures.connections, 0);
    rig_stop(&rig);
    servers_close(&servers);
}

static void refuse_from_now_on(void)
{
    (void)close(servers.fds[0]);
    servers.fds[0] = -1;
}

static void who_has_room_again_serves(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int client = wait_some();
    (void)close(servers_accept(&servers, &rig, 0));
    rig_forward(&rig, 11);
    served_by(0, client);
    end(0);
}

static void who_has_none_in_time_is_passed_over(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers_start(&servers, &rig);
    int client = wait_some();
    rig_forward(&rig, CONNECT_MS);
    served_by(1, client);
    end(1);
}

static void who_refuses_then_is_passed_over(void **state)
{
    (void)state;
    prepare();
    servers_add(&servers);
    servers_start(&servers, &rig);
    int client = wait_some();
    refuse_from_now_on();
    rig_forward(&rig, 11);
    served_by(1, client);
    end(1);
}

static void without_another_the_client_ends(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int client = wait_some();
    rig_forward(&rig, CONNECT_MS);
    ends(client, BRINK_REASON_CONNECT_TIMEOUT);
    end(1);
    prepare();
    servers_start(&servers, &rig);
    client = wait_some();
    refuse_from_now_on();
    rig_forward(&rig, 11);
    ends(client, BRINK_REASON_CONNECT_FAILED);
    end(1);
}

static void a_drain_ends_who_waits_for_it(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    int client = wait_some();
    rig_drain(&rig, BRINK_DRAIN_POLICY_BOUNDARY, 1000);
    ends(client, BRINK_REASON_DRAINED);
    end(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_room_again_serves),
        cmocka_unit_test(who_has_none_in_time_is_passed_over),
        cmocka_unit_test(who_refuses_then_is_passed_over),
        cmocka_unit_test(without_another_the_client_ends),
        cmocka_unit_test(a_drain_ends_who_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
