/* The lines that an operator reads. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"
#include "relay/pair.h"

static struct rig rig;

static void a_relays_line_has_both_sides(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, client, "\1\0\0\0a\0\0\0\0", 9);
    rig_expect(&rig, upstream, "\1\0\0\0a\0\0\0\0", 9);
    rig_forward(&rig, 1000 * 1000); /* the rest of the test takes less than a second */
    rig_reset(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "event=close service=relay peer=127.0.0.1:"));
    assert_true(rig_logged(&rig, " upstream=127.0.0.1:"));
    assert_true(rig_logged(&rig, " reason=upstream-reset side=upstream "
                                 "error=\"Connection reset by peer\" ms=1000"));
    assert_true(rig_logged(&rig, " client_bytes=9 client_frames=2 upstream_bytes=0 "
                                 "upstream_frames=0\n"));
    rig_stop(&rig);
}

static void a_line_names_its_listener_and_tells_how_long_connecting_took(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.name = "my own";
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    rig_stop_clock(&rig);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "event=close service=relay listener=\"my own\" peer=127.0.0.1:"));
    assert_true(rig_logged(&rig, " code=CF-nn reason=client-closed side=client ms="));
    assert_true(rig_logged(&rig, " connect_ms="));
    assert_false(rig_logged(&rig, " id="));
    assert_false(rig_logged(&rig, "rehomed"));
    rig_stop(&rig);
}

static void a_line_has_the_id_that_the_server_was_told(void **state)
{
    (void)state;
    uint8_t header[256];
    rig_init(&rig);
    rig.upstream.send_proxy = BRINK_PROXY_SEND_V2;
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_receive(&rig, upstream, header, 16);
    size_t rest = (size_t)(header[14] << 8 | header[15]);
    assert_true(rest > 19 && rest < sizeof header);
    rig_receive(&rig, upstream, header, rest);
    (void)close(client);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, " id=%.16s upstream=", header + rest - 16);
    if (!rig_logged(&rig, wanted)) /* a number is quoted */
        (void)snprintf(wanted, sizeof wanted, " id=\"%.16s\" upstream=", header + rest - 16);
    assert_true(rig_logged(&rig, wanted));
    rig_stop(&rig);
}

static void an_echos_line_has_what_was_sent(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, client, "\1\0\0\0a", 5);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "event=close service=echo peer=127.0.0.1:"));
    assert_true(rig_logged(&rig, " client_bytes=5 client_frames=1 sent_bytes=5\n"));
    rig_stop(&rig);
}

static void below_its_level_nothing_is_logged(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.log.level = BRINK_LOG_ERROR;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\4\0\0\0a", 5);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(rig.log_length, 0);
    rig_stop(&rig);
}

static void a_bad_frame_is_shown(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "GET / HTTP/1.1\r\n\r\n", 18);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "event=bad-frame service=echo peer=127.0.0.1:"));
    assert_true(rig_logged(&rig, " side=client error=too-large header=474554"));
    assert_true(rig_logged(&rig, " value=542393671 "));
    assert_true(rig_logged(&rig, "HTTP"));
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relays_line_has_both_sides),
        cmocka_unit_test(a_line_names_its_listener_and_tells_how_long_connecting_took),
        cmocka_unit_test(a_line_has_the_id_that_the_server_was_told),
        cmocka_unit_test(an_echos_line_has_what_was_sent),
        cmocka_unit_test(below_its_level_nothing_is_logged),
        cmocka_unit_test(a_bad_frame_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
