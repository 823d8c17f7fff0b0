/* Who does not go on with another server, although it might between frames: see rehome_test.c. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;
static int client;
static int upstream;

static int send_errno; /* of all that is sent; 0: it is sent */

static ssize_t send_or_fail(void *kernel, int fd, const void *data, size_t size)
{
    if (send_errno != 0)
        return -send_errno;
    return brink_sys_linux.ops->send(kernel, fd, data, size);
}

static void couple_with(enum brink_when_down when_down)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers_add(&servers);
    rig.upstream.rehome = true;
    rig.upstream.when_down = when_down;
    send_errno = 0;
    rig.ops.send = send_or_fail;
    servers_start(&servers, &rig);
    client = rig_connect(&rig);
    upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
}

static void couple(void)
{
    couple_with(BRINK_WHEN_DOWN_KEEP);
}

static void ended(enum brink_reason reason)
{
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[reason]), 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.rehomed), 0);
    assert_false(servers_has_one(&servers, 1));
    rig_stop(&rig);
    servers_close(&servers);
}

static void who_has_ended_itself_has_no_other(void **state)
{
    (void)state;
    couple();
    (void)shutdown(client, SHUT_WR);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    ended(BRINK_REASON_CLIENT_CLOSED);
}

/* The last reply comes before the end that follows it. */
static void who_is_still_owed_a_reply_has_no_other(void **state)
{
    (void)state;
    couple();
    rig_send(&rig, client, "\1\0\0\0?", 5);
    rig_expect(&rig, upstream, "\1\0\0\0?", 5);
    send_errno = ENOBUFS;
    rig_send(&rig, upstream, "\1\0\0\0!", 5);
    (void)close(upstream);
    for (int i = 0; i < 3; i++)
        rig_turn(&rig);
    send_errno = 0;
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    rig_expect(&rig, client, "\1\0\0\0!", 5);
    rig_expect_end(&rig, client);
    ended(BRINK_REASON_UPSTREAM_CLOSED);
}

/* That it has gone is found out by the reply to it, with which the server ends. */
static void who_has_gone_has_no_other(void **state)
{
    (void)state;
    couple();
    rig_send(&rig, client, "\1\0\0\0?", 5);
    rig_expect(&rig, upstream, "\1\0\0\0?", 5);
    send_errno = ECONNRESET;
    assert_int_equal(send(upstream, "\1\0\0\0!", 5, 0), 5);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    ended(BRINK_REASON_CLIENT_RESET);
}

static void a_drain_looks_for_no_other(void **state)
{
    (void)state;
    couple();
    rig_drain_begin(&rig, BRINK_DRAIN_POLICY_IDLE, 1000);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    rig_drain_look(&rig);
    ended(BRINK_REASON_DRAINED);
}

/* A client that is not read any more cannot say that it has had enough. */
static void a_server_that_ends_owes_nothing(void **state)
{
    (void)state;
    couple_with(BRINK_WHEN_DOWN_BOUNDARY);
    rig_send(&rig, client, "\1\0\0\0?", 5);
    rig_expect(&rig, upstream, "\1\0\0\0?", 5);
    servers_put_down(&servers, &rig, 0);
    rig_forward(&rig, 11);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_false(servers_has_one(&servers, 1));
    rig_stop(&rig);
    servers_close(&servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_ends_owes_nothing),
        cmocka_unit_test(who_has_ended_itself_has_no_other),
        cmocka_unit_test(who_is_still_owed_a_reply_has_no_other),
        cmocka_unit_test(who_has_gone_has_no_other),
        cmocka_unit_test(a_drain_looks_for_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
