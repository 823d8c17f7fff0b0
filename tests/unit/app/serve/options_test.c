/* The command lines of echo and relay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <argp.h>
#include <errno.h>

#include "app/serve/options.h"
#include "unit/app/capture.h"

enum { WORDS_MAX = 48 };

/* Reads a command line, its words parted by spaces. */
static brink_result parse(struct brink_options *options, enum brink_server_service service,
                          const char *line, struct capture *capture)
{
    static char text[2048];
    char *argv[WORDS_MAX + 1] = {NULL};
    char *rest = text;
    int argc = 0;
    static char name[] = "brink test";
    argv[argc++] = name;
    (void)snprintf(text, sizeof text, "%s", line);
    for (char *word = strsep(&rest, " "); word != NULL && *word != '\0'; word = strsep(&rest, " "))
        argv[argc++] = word;
    capture_begin(capture);
    brink_result result =
        brink_options_parse(options, service, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP);
    capture_end(capture);
    return result;
}

static void accepted(struct brink_options *options, enum brink_server_service service,
                     const char *line)
{
    struct capture capture;
    assert_false(brink_failed(parse(options, service, line, &capture)));
    assert_string_equal(capture.err, "");
}

static void refused(enum brink_server_service service, const char *line, const char *part)
{
    struct brink_options options;
    struct capture capture;
    assert_true(brink_failed(parse(&options, service, line, &capture)));
    assert_has(capture.err, part);
}

static void test_defaults(void **state)
{
    (void)state;
    struct brink_options options;
    accepted(&options, BRINK_SERVICE_ECHO, "");
    assert_int_equal(options.server.service, BRINK_SERVICE_ECHO);
    assert_int_equal(options.server.listen_count, 1);
    assert_string_equal(options.server.listen[0], "127.0.0.1:5882");
    assert_int_equal(options.server.max_clients, 4096);
    assert_int_equal(options.server.idle_ms, 60000);
    assert_int_equal(options.server.frame_ms, 0);
    assert_int_equal(options.server.connect_ms, 5000);
    assert_int_equal(options.stopping.drain.timeout_ms, 30000);
    assert_int_equal(options.log_level, BRINK_LOG_INFO);
    assert_string_equal(options.frame, "u32le");
    accepted(&options, BRINK_SERVICE_RELAY, "--to 127.0.0.1:1");
    assert_int_equal(options.server.service, BRINK_SERVICE_RELAY);
    assert_string_equal(options.server.listen[0], "127.0.0.1:7000");
    assert_string_equal(options.server.upstream, "127.0.0.1:1");
}

static void test_every_option(void **state)
{
    (void)state;
    struct brink_options options;
    accepted(&options, BRINK_SERVICE_RELAY,
             "--listen 127.0.0.1:0 --listen=unix:@here --to [::1]:9 --frame u16be --max-frame 1KiB "
             "--max-clients 7 --idle-timeout 1m --frame-timeout 2s --connect-timeout 500ms "
             "--workers 3 --dispatch shared --drain-timeout 0 --log-level debug "
             "--log-format json --no-sandbox");
    const struct brink_server_options *server = &options.server;
    assert_int_equal(server->listen_count, 2);
    assert_string_equal(server->listen[1], "unix:@here");
    assert_string_equal(server->upstream, "[::1]:9");
    assert_int_equal(server->spec.request.frame.size, 2);
    assert_int_equal(server->spec.request.frame.endian, BRINK_BIG_ENDIAN);
    assert_true(server->spec.request.frame.max == 1024);
    assert_int_equal(server->max_clients, 7);
    assert_int_equal(server->idle_ms, 60000);
    assert_int_equal(server->frame_ms, 2000);
    assert_int_equal(server->connect_ms, 500);
    assert_int_equal(server->workers, 3);
    assert_int_equal(server->dispatch, BRINK_DISPATCH_SHARED);
    assert_int_equal(options.stopping.drain.timeout_ms, 0);
    assert_int_equal(options.log_level, BRINK_LOG_DEBUG);
    assert_int_equal(options.log_format, BRINK_LOG_FORMAT_JSON);
    assert_true(options.no_sandbox);
}

static void test_max_frame_counts_wherever_it_stands(void **state)
{
    (void)state;
    struct brink_options options;
    accepted(&options, BRINK_SERVICE_ECHO, "--max-frame 2KiB --frame u32be");
    assert_false(options.no_sandbox);
    assert_true(options.server.spec.request.frame.max == 2048);
}

static void test_refusals_say_where_and_what(void **state)
{
    (void)state;
    refused(BRINK_SERVICE_ECHO, "--idle-timeout 5x",
            "brink test: --idle-timeout: \"5x\": unknown unit \"x\"; write 500ms, 5s, 1m or 2h");
    refused(BRINK_SERVICE_ECHO, "--frame-timeout 5", "--frame-timeout: ");
    refused(BRINK_SERVICE_ECHO, "--drain-timeout -", "--drain-timeout: ");
    refused(BRINK_SERVICE_ECHO, "--max-frame 1x", "--max-frame: ");
    refused(BRINK_SERVICE_ECHO, "--max-frame 0", "--max-frame: 0 would refuse");
    refused(BRINK_SERVICE_ECHO, "--max-clients 0", "--max-clients: ");
    refused(BRINK_SERVICE_ECHO, "--workers 1000", "--workers: ");
    refused(BRINK_SERVICE_ECHO, "--dispatch mine", "--dispatch: write sharded or shared");
    refused(BRINK_SERVICE_ECHO, "--log-level loud", "--log-level: ");
    refused(BRINK_SERVICE_ECHO, "--log-format xml", "--log-format: ");
    refused(BRINK_SERVICE_ECHO, "--frame u7", "--frame: ");
    refused(BRINK_SERVICE_ECHO, "--listen nowhere", "--listen: \"nowhere\"");
    refused(BRINK_SERVICE_ECHO, "word", "word: not an option");
    refused(BRINK_SERVICE_RELAY, "", "--to: missing");
    refused(BRINK_SERVICE_RELAY, "--to fd:3", "--to: ");
    refused(BRINK_SERVICE_RELAY, "--to 127.0.0.1:1 --connect-timeout 1d", "--connect-timeout: ");
}

static void test_echo_has_no_upstream(void **state)
{
    (void)state;
    refused(BRINK_SERVICE_ECHO, "--to 127.0.0.1:1", "--to");
    refused(BRINK_SERVICE_ECHO, "--connect-timeout 1s", "--connect-timeout");
}

static void test_admin_addresses(void **state)
{
    (void)state;
    struct brink_options options;
    accepted(&options, BRINK_SERVICE_ECHO, "--workers 1");
    assert_int_equal(options.admin_count, 0);
    accepted(&options, BRINK_SERVICE_ECHO, "--admin unix:/a --admin 127.0.0.1:0");
    assert_int_equal(options.admin_count, 2);
    assert_string_equal(options.admin[1], "127.0.0.1:0");
    refused(BRINK_SERVICE_ECHO, "--admin nowhere", "--admin: \"nowhere\"");
    char line[256] = "";
    for (size_t i = 0; i < 9; i++)
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), " --admin unix:/%zu", i);
    refused(BRINK_SERVICE_ECHO, line + 1, "--admin: more than 8");
}

static void test_sixteen_listeners(void **state)
{
    (void)state;
    struct brink_options options;
    char line[1024] = "--listen :0";
    size_t length = strlen(line);
    for (int i = 1; i < 16; i++)
        length += (size_t)snprintf(line + length, sizeof line - length, " --listen :0");
    accepted(&options, BRINK_SERVICE_ECHO, line);
    assert_int_equal(options.server.listen_count, 16);
    (void)snprintf(line + length, sizeof line - length, " --listen :0");
    refused(BRINK_SERVICE_ECHO, line, "--listen: more than 16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_max_frame_counts_wherever_it_stands),
        cmocka_unit_test(test_refusals_say_where_and_what),
        cmocka_unit_test(test_echo_has_no_upstream),
        cmocka_unit_test(test_admin_addresses),
        cmocka_unit_test(test_sixteen_listeners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
