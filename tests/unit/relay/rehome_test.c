/* Another server for a client whose server has gone, between frames. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;

static void prepare(enum brink_arming arming)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers_add(&servers);
    rig.options.arming = arming;
    rig.upstream.rehome = true;
}

static uint64_t rehomed(void)
{
    return brink_counter_read(&rig.service.stats.rehomed);
}

static void end(void)
{
    rig_stop(&rig);
    servers_close(&servers);
}

static void leave(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, rig.gone + 1);
}

static void the_client_goes_on(enum brink_arming arming, bool reset)
{
    prepare(arming);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    if (reset)
        rig_reset(first);
    else
        (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    rig_expect_silence(&rig, client);
    servers_exchange(&rig, client, second);
    assert_int_equal(rehomed(), 1);
    leave(client, second);
    assert_true(rig_logged(&rig, " reason=client-closed side=client ms="));
    assert_true(rig_logged(&rig, " rehomed=yes client_bytes="));
    assert_true(rig_logged(&rig, "client_bytes=12 client_frames=2 upstream_bytes=10 "
                                 "upstream_frames=2"));
    end();
}

static void a_client_goes_on_with_another_server(void **state)
{
    (void)state;
    the_client_goes_on(BRINK_ARM_EDGE, false);
    the_client_goes_on(BRINK_ARM_EDGE, true);
}

static void one_shot_connections_go_on_as_well(void **state)
{
    (void)state;
    the_client_goes_on(BRINK_ARM_ONESHOT, false);
    the_client_goes_on(BRINK_ARM_ONESHOT, true);
}

/* What the client sends while it has no server waits for the next one. */
static void nothing_that_is_sent_in_between_is_lost(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    (void)close(first);
    while (rehomed() == 0)
        rig_turn(&rig);
    assert_int_equal(send(client, "\2\0\0\0on", 6, 0), 6);
    int second = servers_accept(&servers, &rig, 1);
    rig_expect(&rig, second, "\2\0\0\0on", 6);
    leave(client, second);
    end();
}

static void ends_with(const char *reason, int client)
{
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(rehomed(), 0);
    assert_true(rig_logged(&rig, reason));
    assert_false(servers_has_one(&servers, 1));
    end();
}

static void a_request_without_reply_ends_with_its_server(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    rig_send(&rig, client, "\2\0\0\0hi", 6);
    rig_expect(&rig, first, "\2\0\0\0hi", 6);
    (void)close(first);
    rig_expect_end(&rig, client);
    ends_with("reason=upstream-closed", client);
}

static void a_request_in_part_ends_with_its_server(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    rig_send(&rig, client, "\2\0\0\0h", 5);
    rig_expect(&rig, first, "\2\0\0\0h", 5);
    rig_reset(first);
    rig_expect_end(&rig, client);
    ends_with("reason=upstream-reset", client);
}

/* Its bytes are with us, and would be lost. */
static void a_header_in_part_ends_with_its_server(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    rig_send(&rig, client, "\2\0", 2);
    while (brink_counter_read(&rig.service.stats.bytes[0]) < 8)
        rig_turn(&rig);
    rig_reset(first);
    rig_expect_end(&rig, client);
    ends_with("reason=upstream-reset", client);
}

static void a_reply_in_part_is_cut(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    rig_send(&rig, first, "\2\0\0\0h", 5);
    rig_expect(&rig, client, "\2\0\0\0h", 5);
    (void)close(first);
    rig_expect_error(&rig, client, ECONNRESET);
    ends_with("reason=upstream-mid-frame", client);
}

static void without_the_option_the_client_ends_with_its_server(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.upstream.rehome = false;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    (void)close(first);
    rig_expect_end(&rig, client);
    ends_with("reason=upstream-closed", client);
}

/* A server that takes connections and ends them at once would have its clients go round. */
static void who_is_not_served_does_not_go_round(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    (void)close(first);
    rig_expect_end(&rig, client);
    ends_with("reason=upstream-closed", client);
}

/* What a server that is killed does: it takes a connection yet, and then that is reset. */
static void who_was_served_outlives_connections_in_vain(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int server = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, server);
    for (unsigned i = 1; i <= 4; i++) { /* the first had answered, three more are in vain */
        rig_reset(server);
        server = servers_accept(&servers, &rig, i % 2);
        while (rehomed() < i)
            rig_turn(&rig);
        rig_turn(&rig);
    }
    rig_reset(server);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(rehomed(), 4);
    end();
}

static void who_has_stayed_a_while_goes_on(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_forward(&rig, 1000);
    (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    rig_turn(&rig);
    (void)close(second); /* at once: that is the end */
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(rehomed(), 1);
    end();
}

/* It is not chosen again, so that nobody goes round. */
static void who_has_just_come_to_one_that_goes_down_goes_on(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.upstream.when_down = BRINK_WHEN_DOWN_KEEP;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_turn(&rig);
    servers_put_down(&servers, &rig, 0);
    (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    servers_exchange(&rig, client, second);
    assert_int_equal(rehomed(), 1);
    leave(client, second);
    end();
}

static void without_another_server_it_ends(void **state)
{
    (void)state;
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    rig.upstream.rehome = true;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    (void)shutdown(servers.fds[0], SHUT_RDWR); /* it listens no more */
    (void)close(first);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=connect-failed"));
    assert_true(rig_logged(&rig, "client_frames=1 upstream_bytes=5 upstream_frames=1"));
    end();
}

/* It is the client that is idle, whatever its servers do. */
static void an_idle_client_does_not_stay_by_going_round(void **state)
{
    (void)state;
    prepare(BRINK_ARM_EDGE);
    rig.options.idle_ms = 60000;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    rig_forward(&rig, 40000);
    (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    while (rehomed() == 0)
        rig_turn(&rig);
    rig_turn(&rig);
    rig_forward(&rig, 20100);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    (void)close(second);
    assert_true(rig_logged(&rig, "reason=idle-timeout"));
    end();
}

static void a_connection_is_given_back_for_each(void **state)
{
    (void)state;
    struct brink_group_figures figures;
    prepare(BRINK_ARM_EDGE);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    int upstream = servers_accept(&servers, &rig, 0);
    for (size_t i = 1; i <= 20; i++) {
        servers_exchange(&rig, client, upstream);
        (void)close(upstream);
        upstream = servers_accept(&servers, &rig, i % 2);
        brink_group_figures(rig.group, &figures);
        assert_int_equal(figures.connections, 1);
        assert_int_equal(rehomed(), i);
    }
    servers_exchange(&rig, client, upstream);
    leave(client, upstream);
    assert_true(rig_logged(&rig, "client_frames=21 "));
    brink_group_figures(rig.group, &figures);
    assert_int_equal(figures.connections, 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_goes_on_with_another_server),
        cmocka_unit_test(one_shot_connections_go_on_as_well),
        cmocka_unit_test(nothing_that_is_sent_in_between_is_lost),
        cmocka_unit_test(a_request_without_reply_ends_with_its_server),
        cmocka_unit_test(a_request_in_part_ends_with_its_server),
        cmocka_unit_test(a_header_in_part_ends_with_its_server),
        cmocka_unit_test(a_reply_in_part_is_cut),
        cmocka_unit_test(without_the_option_the_client_ends_with_its_server),
        cmocka_unit_test(who_is_not_served_does_not_go_round),
        cmocka_unit_test(who_was_served_outlives_connections_in_vain),
        cmocka_unit_test(who_has_stayed_a_while_goes_on),
        cmocka_unit_test(who_has_just_come_to_one_that_goes_down_goes_on),
        cmocka_unit_test(without_another_server_it_ends),
        cmocka_unit_test(an_idle_client_does_not_stay_by_going_round),
        cmocka_unit_test(a_connection_is_given_back_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
