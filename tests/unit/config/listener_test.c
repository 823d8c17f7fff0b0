/* Addresses, deadlines, access and limits of a listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void options(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(
        "listener \"l\" { address = :1, unix:/x; upstream = u; idle-timeout = 1s; "
        "first-frame-timeout = 2s; frame-timeout = 3s;"
        "half-closed-timeout = 4s; max-age = 5s; queue-high = 64KiB; queue-low = 16KiB; "
        "accept-proxy = required;"
        "trusted = 10.0.0.0/8; proxy-timeout = 6s; allow = ::1, unix; deny = 10.0.0.1;"
        "goodbye { refused = hex:00000000; drained-payload = text:bye } }" UPSTREAM(""));
    const struct brink_listener_options *listener = &config->server.listeners[0];
    assert_string_equal(listener->name, "l");
    assert_int_equal(listener->service, BRINK_SERVICE_RELAY);
    assert_int_equal(listener->listen_count, 2);
    assert_string_equal(listener->listen[1], "unix:/x");
    assert_string_equal(listener->upstream, "u");
    assert_int_equal(listener->idle_ms, 1000);
    assert_int_equal(listener->first_frame_ms, 2000);
    assert_int_equal(listener->frame_ms, 3000);
    assert_int_equal(listener->half_closed_ms, 4000);
    assert_int_equal(listener->max_age_ms, 5000);
    assert_int_equal(listener->high_bytes, 65536);
    assert_int_equal(listener->low_bytes, 16384);
    assert_int_equal(listener->accept_proxy, BRINK_PROXY_ACCEPT_REQUIRED);
    assert_int_equal(listener->trusted_count, 1);
    assert_int_equal(listener->proxy_ms, 6000);
    assert_string_equal(listener->allow[1], "unix");
    assert_string_equal(listener->deny[0], "10.0.0.1");
    assert_int_equal(listener->goodbye_refused.size, 4);
    assert_memory_equal(listener->goodbye_drained.data, "\3\0\0\0bye", 7);
    assert_int_equal(listener->goodbye_oversize.size, 0);
    brink_config_free(config);
}

static void limits(void **state)
{
    (void)state;
    struct brink_config *config =
        assert_good(LISTENER("limits { clients = 1; clients-per-source = 2; source-bits-v4 = 24; "
                             "source-bits-v6 = 48; connections = 3/s;"
                             "connections-burst = 4; frames = 5/s; frames-burst = 6; bytes = "
                             "7KiB/s; bytes-burst = 8KiB; client-frames = 9/s;"
                             "client-frames-burst = 10; client-bytes = 11/s; client-bytes-burst = "
                             "12; over-rate = close }") UPSTREAM(""));
    const struct brink_limit_options *limits = &config->server.listeners[0].limits;
    assert_int_equal(limits->max_clients, 1);
    assert_int_equal(limits->max_per_source, 2);
    assert_int_equal(limits->source_bits_v4, 24);
    assert_int_equal(limits->source_bits_v6, 48);
    assert_int_equal(limits->connections.per_second, 3);
    assert_int_equal(limits->connections.burst, 4);
    assert_int_equal(limits->frames.per_second, 5);
    assert_int_equal(limits->frames.burst, 6);
    assert_int_equal(limits->bytes.per_second, 7168);
    assert_int_equal(limits->bytes.burst, 8192);
    assert_int_equal(limits->client_frames.per_second, 9);
    assert_int_equal(limits->client_frames.burst, 10);
    assert_int_equal(limits->client_bytes.per_second, 11);
    assert_int_equal(limits->client_bytes.burst, 12);
    assert_int_equal(limits->over_rate, BRINK_OVER_RATE_CLOSE);
    brink_config_free(config);
    assert_tells(LISTENER("limits { frames-burst = 1 }") UPSTREAM(""), "frames-burst needs frames");
    assert_tells(LISTENER("limits { source-bits-v4 = 33 }") UPSTREAM(""), "source-bits-v4: \"33\"");
}

static void services(void **state)
{
    (void)state;
    struct brink_config *config = assert_good("listener \"l\" { address = :1; service = echo }");
    assert_int_equal(config->server.listeners[0].service, BRINK_SERVICE_ECHO);
    brink_config_free(config);
    assert_tells("listener \"l\" { address = :1; service = frames }",
                 "service: \"frames\": write echo or relay");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),
        cmocka_unit_test(limits),
        cmocka_unit_test(services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
