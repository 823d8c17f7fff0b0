/* What a client is sent before its connection is ended. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

#define REFUSED     "\7\0\0\0refused"
#define DRAINED     "\7\0\0\0drained"
#define TOO_LARGE   "\5\0\0\0large"
#define BYTES(text) ((struct brink_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static struct rig rig;
static struct servers servers;

static void prepare(void)
{
    rig_init(&rig);
    servers_init(&servers);
    rig.options.goodbye_refused = BYTES(REFUSED);
    rig.options.goodbye_drained = BYTES(DRAINED);
    rig.options.goodbye_oversize = BYTES(TOO_LARGE);
}

static void end(void)
{
    rig_stop(&rig);
    servers_close(&servers);
}

/* The client gets exactly that. */
static void is_told(int client, const char *bytes, size_t size, enum brink_reason reason)
{
    rig_expect(&rig, client, bytes, size);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[reason]), 1);
}

static void who_finds_no_server_is_told(void **state)
{
    (void)state;
    prepare();
    servers_start(&servers, &rig);
    is_told(rig_connect(&rig), REFUSED, sizeof REFUSED - 1, BRINK_REASON_NO_SERVER);
    end();
}

static void who_cannot_be_connected_is_told(void **state)
{
    (void)state;
    prepare();
    servers_add_refusing(&servers);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
    is_told(client, REFUSED, sizeof REFUSED - 1, BRINK_REASON_CONNECT_FAILED);
    end();
}

static void who_is_connected_too_late_is_told(void **state)
{
    (void)state;
    prepare();
    servers_add_silent(&servers);
    rig.upstream.connect_ms = 100;
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_turn(&rig);
    rig_forward(&rig, 150);
    is_told(client, REFUSED, sizeof REFUSED - 1, BRINK_REASON_CONNECT_TIMEOUT);
    end();
}

/* One client that has a place, and one that waits for it. */
static void wait_for_a_place(int *first, int *upstream, int *second)
{
    servers_add(&servers);
    servers.entries[0].max_connections = 1;
    servers_start(&servers, &rig);
    *first = rig_connect(&rig);
    *upstream = servers_accept(&servers, &rig, 0);
    *second = rig_connect(&rig);
}

static void leave(int client, int upstream)
{
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, rig.gone + 1);
}

static void who_waited_too_long_is_told(void **state)
{
    (void)state;
    int first;
    int upstream;
    int second;
    prepare();
    rig.upstream.queue_ms = 100;
    wait_for_a_place(&first, &upstream, &second);
    rig_forward(&rig, 150);
    is_told(second, REFUSED, sizeof REFUSED - 1, BRINK_REASON_QUEUE_TIMEOUT);
    leave(first, upstream);
    end();
}

static void who_may_not_even_wait_is_told(void **state)
{
    (void)state;
    int first;
    int upstream;
    int second;
    prepare();
    rig.upstream.queue_max = 0;
    wait_for_a_place(&first, &upstream, &second);
    is_told(second, REFUSED, sizeof REFUSED - 1, BRINK_REASON_QUEUE_FULL);
    leave(first, upstream);
    end();
}

static void who_is_denied_is_told(void **state)
{
    (void)state;
    static const char *const all[] = {"0.0.0.0/0"};
    struct brink_arena arena;
    prepare();
    assert_int_equal(brink_arena_open(&arena).err, 0);
    assert_int_equal(brink_prefix_list_open(&rig.options.deny, &arena, all, 1, NULL).err, 0);
    servers_start(&servers, &rig);
    int client = rig_connect(&rig);
    rig_expect(&rig, client, REFUSED, sizeof REFUSED - 1);
    rig_expect_end(&rig, client);
    (void)close(client);
    end();
    brink_prefix_list_close(&rig.options.deny);
    brink_arena_close(&arena);
}

/* A client and a server that have exchanged a frame. */
static void couple(int *client, int *upstream)
{
    servers_add(&servers);
    servers_start(&servers, &rig);
    *client = rig_connect(&rig);
    *upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, *client, *upstream);
}

static void a_drain_is_told(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, 1000);
    is_told(client, DRAINED, sizeof DRAINED - 1, BRINK_REASON_DRAINED);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    end();
}

static void who_is_old_enough_is_told(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    rig.options.max_age_ms = 1000;
    couple(&client, &upstream);
    rig_forward(&rig, 1100);
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    is_told(client, DRAINED, sizeof DRAINED - 1, BRINK_REASON_MAX_AGE);
    (void)close(upstream);
    end();
}

static void whose_server_is_down_is_told(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    rig.upstream.when_down = BRINK_WHEN_DOWN_BOUNDARY;
    couple(&client, &upstream);
    servers_put_down(&servers, &rig, 0);
    for (int i = 0; i < 3; i++)
        rig_forward(&rig, 11);
    is_told(client, DRAINED, sizeof DRAINED - 1, BRINK_REASON_SERVER_DOWN);
    (void)close(upstream);
    end();
}

static void whose_frame_is_too_large_is_told(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    rig_send(&rig, client, "\xff\xff\xff\xff", 4);
    is_told(client, TOO_LARGE, sizeof TOO_LARGE - 1, BRINK_REASON_FRAME_TOO_LARGE);
    (void)close(upstream);
    end();
}

/* --- and when not --- */

static void a_servers_frame_is_no_fault_of_the_client(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    rig_send(&rig, upstream, "\xff\xff\xff\xff", 4);
    is_told(client, "", 0, BRINK_REASON_FRAME_TOO_LARGE);
    (void)close(upstream);
    end();
}

static void other_ends_are_not_told(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    (void)close(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    end();
}

static void nothing_is_said_where_nothing_is_given(void **state)
{
    (void)state;
    prepare();
    rig.options.goodbye_refused = (struct brink_bytes){NULL, 0};
    servers_start(&servers, &rig);
    is_told(rig_connect(&rig), "", 0, BRINK_REASON_NO_SERVER);
    end();
}

/* The client would take it for a part of the frame. */
static void not_into_the_middle_of_a_frame(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    rig_send(&rig, client, "\xff\xff\xff\xff", 4);
    rig_expect_error(&rig, client, ECONNRESET);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    end();
}

/* Of a header that is not whole the client has got nothing. */
static void before_a_header_that_is_not_whole(void **state)
{
    (void)state;
    int client;
    int upstream;
    prepare();
    couple(&client, &upstream);
    rig_send(&rig, upstream, "\4\0", 2);
    while (brink_counter_read(&rig.service.stats.bytes[1]) < 7)
        rig_turn(&rig);
    rig_send(&rig, client, "\xff\xff\xff\xff", 4);
    is_told(client, TOO_LARGE, sizeof TOO_LARGE - 1, BRINK_REASON_FRAME_TOO_LARGE);
    (void)close(upstream);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_finds_no_server_is_told),
        cmocka_unit_test(who_cannot_be_connected_is_told),
        cmocka_unit_test(who_is_connected_too_late_is_told),
        cmocka_unit_test(who_waited_too_long_is_told),
        cmocka_unit_test(who_may_not_even_wait_is_told),
        cmocka_unit_test(who_is_denied_is_told),
        cmocka_unit_test(a_drain_is_told),
        cmocka_unit_test(who_is_old_enough_is_told),
        cmocka_unit_test(whose_server_is_down_is_told),
        cmocka_unit_test(whose_frame_is_too_large_is_told),
        cmocka_unit_test(a_servers_frame_is_no_fault_of_the_client),
        cmocka_unit_test(other_ends_are_not_told),
        cmocka_unit_test(nothing_is_said_where_nothing_is_given),
        cmocka_unit_test(not_into_the_middle_of_a_frame),
        cmocka_unit_test(before_a_header_that_is_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
