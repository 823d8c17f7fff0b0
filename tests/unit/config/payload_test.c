/* Payloads get their frame; bytes that are no frame are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static const struct brink_health_options *health(struct brink_config **config, const char *frame,
                                                 const char *keys)
{
    char conf[1024];
    (void)snprintf(conf, sizeof conf, LISTENER("frame = %s") UPSTREAM("health { %s }"), frame,
                   keys);
    *config = assert_good(conf);
    return &(*config)->server.upstreams[0].health;
}

static void assert_wrong(const char *frame, const char *keys, const char *part)
{
    char conf[1024];
    (void)snprintf(conf, sizeof conf, LISTENER("frame = %s") UPSTREAM("health { %s }"), frame,
                   keys);
    assert_tells(conf, part);
}

static void a_payload_gets_a_header(void **state)
{
    (void)state;
    struct brink_config *config;
    const struct brink_health_options *options =
        health(&config, "u16be", "send-payload = text:ping");
    assert_int_equal(options->send_size, 6);
    assert_memory_equal(options->send, "\0\4ping", 6);
    assert_null(options->expect);
    brink_config_free(config);
    options =
        health(&config, "postgres", "send-payload = hex:04d2162f"); /* SSLRequest: a first frame */
    assert_int_equal(options->send_size, 8);
    assert_memory_equal(options->send, "\0\0\0\10\4\322\26\57", 8);
    brink_config_free(config);
}

static void of_an_expected_header_nothing_counts(void **state)
{
    (void)state;
    struct brink_config *config;
    const struct brink_health_options *options = health(
        &config, "u16be", "send-payload = text:ping; expect-payload = text:po; mask = hex:ff7f");
    assert_int_equal(options->expect_size, 4);
    assert_memory_equal(options->expect + 2, "po", 2);
    assert_memory_equal(options->mask, "\0\0\xff\x7f", 4);
    brink_config_free(config);
    options = health(&config, "u16be", "send = hex:0000; expect = hex:0001");
    assert_int_equal(options->expect_size, 2);
    assert_null(options->mask);
    brink_config_free(config);
}

static void the_frame_may_be_the_upstreams_own(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(
        LISTENER("frame = raw") UPSTREAM("frame = u16be; health { send-payload = text:x }"));
    assert_memory_equal(config->server.upstreams[0].health.send, "\0\1x", 3);
    brink_config_free(config);
    assert_tells(LISTENER("frame = u8") "listener \"m\" { address = :2; upstream = u; frame = dns "
                                        "}" UPSTREAM("health { send-payload = text:x }"),
                 "have different frames");
    brink_config_free(
        assert_good(LISTENER("frame = u8") "listener \"m\" { address = :2; upstream = u; frame = "
                                           "dns }" UPSTREAM("health { }")));
}

static void mistakes(void **state)
{
    (void)state;
    assert_wrong("dns", "send = hex:00", "send is not made of whole frames of \"dns\"");
    assert_wrong("dns", "send = hex:0001", "send is not made of whole frames");
    assert_wrong("raw", "send-payload = text:x", "send-payload cannot be put into a frame");
    assert_wrong("u8", "send = hex:00; send-payload = text:x", "are both set");
    assert_wrong("u8", "expect = hex:00", "nothing is sent");
    assert_wrong("u8", "send = hex:00; mask = hex:00", "mask needs expect");
    assert_wrong("u8", "send = hex:00; expect = hex:00; mask = hex:0000", "differ in length");
    assert_wrong("u8", "send = hex:00; expect = hex:00; expect-payload = hex:0000", "both set");
    assert_wrong("u8; max-frame = 4", "send = hex:00; expect = hex:0000000000",
                 "more is expected than the largest");
    assert_wrong("varint", "send-payload = hex:00; expect-payload = hex:0000",
                 "headers of one size");
    assert_wrong("u8", "interval = 0; send = hex:00", "warning: interval is 0");
    assert_tells(LISTENER("goodbye { refused = hex:00 }") UPSTREAM(""),
                 "refused is not made of whole frames");
    assert_tells(LISTENER("frame = raw; goodbye { oversize-payload = hex:00 }") UPSTREAM(""),
                 "oversize-payload cannot be put");
}

static void raw_bytes_are_sent_as_they_are(void **state)
{
    (void)state;
    struct brink_config *config;
    const struct brink_health_options *options =
        health(&config, "raw", "send = text:PING; expect = text:PONG");
    assert_int_equal(options->send_size, 4);
    brink_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_gets_a_header),
        cmocka_unit_test(of_an_expected_header_nothing_counts),
        cmocka_unit_test(the_frame_may_be_the_upstreams_own),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(raw_bytes_are_sent_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
