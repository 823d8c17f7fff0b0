/* Which options make a server, and what is said of those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "server/options.h"

static const struct brink_stream_handler handler;

static struct brink_server_options good(void)
{
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.listen[0] = "127.0.0.1:0";
    options.listen_count = 1;
    options.handler = &handler;
    return options;
}

static void refused(const struct brink_server_options *options, const char *word)
{
    struct brink_message why = {""};
    assert_int_equal(brink_server_options_check(options, &why).err, EINVAL);
    if (strstr(why.text, word) == NULL)
        fail_msg("\"%s\" does not speak of \"%s\"", why.text, word);
    assert_int_equal(brink_server_options_check(options, NULL).err, EINVAL);
}

static void defaults_are_good(void **state)
{
    (void)state;
    struct brink_server_options options = good();
    assert_int_equal(brink_server_options_check(&options, NULL).err, 0);
    assert_int_equal(options.max_clients, 4096);
    assert_int_equal(options.idle_ms, 60000);
}

/* An application may queue some replies before it is told to wait; a relay reads nothing ahead. */
static void watermarks_are_the_services_own(void **state)
{
    (void)state;
    struct brink_watermarks marks = brink_watermarks_of(BRINK_SERVICE_FRAMES, 0, 0);
    assert_int_equal(marks.high, 64 * 1024);
    assert_int_equal(marks.low, 16 * 1024);
    marks = brink_watermarks_of(BRINK_SERVICE_ECHO, 0, 0);
    assert_int_equal(marks.high, 1);
    assert_int_equal(marks.low, 0);
    marks = brink_watermarks_of(BRINK_SERVICE_ECHO, 5000, 20);
    assert_int_equal(marks.high, 5000);
    assert_int_equal(marks.low, 20);
}

static void what_cannot_work_is_refused(void **state)
{
    (void)state;
    struct brink_server_options options = good();
    options.listen_count = 0;
    refused(&options, "listens");
    options = good();
    options.listen_count = BRINK_LISTEN_MAX + 1;
    refused(&options, "listens");
    options = good();
    options.service = BRINK_SERVICE_RELAY;
    refused(&options, "upstream");
    options = good();
    options.handler = NULL;
    refused(&options, "handler");
    options = good();
    assert_int_equal(brink_spec_parse(&options.spec, "raw", 0, NULL).err, 0);
    refused(&options, "raw");
    options = good();
    options.workers = 1000;
    refused(&options, "workers");
    options = good();
    options.max_clients = 0;
    refused(&options, "clients");
    options = good();
    options.high_bytes = 1000;
    options.low_bytes = options.high_bytes;
    refused(&options, "watermark");
    options = good();
    options.low_bytes = 1000;
    refused(&options, "watermark");
    options = good();
    options.buffer_memory = 1;
    refused(&options, "memory");
    options = good();
    options.idle_ms = UINT32_MAX;
    refused(&options, "idle");
    options = good();
    options.frame_ms = UINT32_MAX;
    refused(&options, "frame timeout");
    options = good();
    options.connect_ms = UINT32_MAX;
    refused(&options, "connect");
    options = good();
    options.spec.request.frame.max = 1;
    refused(&options, "max");
    options = good();
    options.dispatch = (enum brink_server_dispatch)7;
    refused(&options, "dispatch");
    options.dispatch = BRINK_DISPATCH_SHARED;
    refused(&options, "echo and relay");
    options.service = BRINK_SERVICE_ECHO;
    assert_int_equal(brink_server_options_check(&options, NULL).err, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_good),
        cmocka_unit_test(watermarks_are_the_services_own),
        cmocka_unit_test(what_cannot_work_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
