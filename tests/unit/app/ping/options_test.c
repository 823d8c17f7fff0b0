/* The command line of ping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <argp.h>

#include "app/ping/options.h"
#include "unit/app/capture.h"

enum { WORDS_MAX = 16 };

static brink_result parse(struct brink_ping_options *options, const char *line,
                          struct capture *capture)
{
    static char text[512];
    static char name[] = "brink ping";
    char *argv[WORDS_MAX + 1] = {name};
    char *rest = text;
    int argc = 1;
    (void)snprintf(text, sizeof text, "%s", line);
    for (char *word = strsep(&rest, " "); word != NULL && *word != '\0'; word = strsep(&rest, " "))
        argv[argc++] = word;
    capture_begin(capture);
    brink_result result =
        brink_ping_options_parse(options, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP);
    capture_end(capture);
    return result;
}

static void refused(const char *line, const char *part)
{
    struct brink_ping_options options;
    struct capture capture;
    assert_true(brink_failed(parse(&options, line, &capture)));
    assert_has(capture.err, part);
}

static void test_defaults(void **state)
{
    (void)state;
    struct brink_ping_options options;
    struct capture capture;
    assert_false(brink_failed(parse(&options, "127.0.0.1:5882", &capture)));
    assert_string_equal(options.target, "127.0.0.1:5882");
    assert_string_equal(options.frame, "u32le");
    assert_int_equal(options.count, 0);
    assert_int_equal(options.payload, 56);
    assert_int_equal(options.interval_ms, 1000);
    assert_int_equal(options.wait_ms, 5000);
}

static void test_every_option(void **state)
{
    (void)state;
    struct brink_ping_options options;
    struct capture capture;
    assert_false(brink_failed(parse(
        &options, "-c 3 -s 1KiB -i 10ms -W 2s --frame u16be --max-frame 4096 unix:/x", &capture)));
    assert_string_equal(options.target, "unix:/x");
    assert_int_equal(options.count, 3);
    assert_int_equal(options.payload, 1024);
    assert_int_equal(options.interval_ms, 10);
    assert_int_equal(options.wait_ms, 2000);
    assert_int_equal(options.spec.request.frame.size, 2);
    assert_true(options.spec.request.frame.max == 4096);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("", "brink ping: ADDR: missing");
    refused("nowhere", "ADDR: \"nowhere\"");
    refused("127.0.0.1:1 127.0.0.1:2", "one address is enough");
    refused("127.0.0.1:1 -c 0", "--count: ");
    refused("127.0.0.1:1 -s 1x", "--size: ");
    refused("127.0.0.1:1 -s 2GiB", "--size: more than 1GiB");
    refused("127.0.0.1:1 -i 1", "--interval: ");
    refused("127.0.0.1:1 -W 1", "--timeout: ");
    refused("127.0.0.1:1 -f u7", "--frame: ");
    refused("127.0.0.1:1 --max-frame 1x", "--max-frame: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
