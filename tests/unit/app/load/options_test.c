/* The command line of load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <argp.h>

#include "app/load/options.h"
#include "unit/app/capture.h"

enum { WORDS_MAX = 48 };

static brink_result parse(struct brink_load_options *options, const char *line,
                          struct capture *capture)
{
    static char text[1024];
    static char name[] = "brink load";
    char *argv[WORDS_MAX + 1] = {name};
    char *rest = text;
    int argc = 1;
    (void)snprintf(text, sizeof text, "%s", line);
    for (char *word = strsep(&rest, " "); word != NULL && *word != '\0'; word = strsep(&rest, " "))
        argv[argc++] = word;
    capture_begin(capture);
    brink_result result =
        brink_load_options_parse(options, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP);
    capture_end(capture);
    return result;
}

static void refused(const char *line, const char *part)
{
    struct brink_load_options options;
    struct capture capture;
    assert_true(brink_failed(parse(&options, line, &capture)));
    assert_has(capture.err, part);
}

static void test_defaults(void **state)
{
    (void)state;
    struct brink_load_options options;
    struct capture capture;
    assert_false(brink_failed(parse(&options, "127.0.0.1:5882", &capture)));
    assert_string_equal(options.target, "127.0.0.1:5882");
    assert_string_equal(options.frame, "u32le");
    assert_int_equal(options.connections, 8);
    assert_int_equal(options.in_flight, 1);
    assert_int_equal(options.sizes.count, 1);
    assert_int_equal(options.sizes.items[0].least, 64);
    assert_int_equal(options.sizes.items[0].most, 64);
    assert_int_equal(options.threads, 1);
    assert_int_equal(options.duration_ms, 10000);
    assert_int_equal(options.timeout_ms, 5000);
    assert_int_equal(options.count + options.rate + options.churn + options.idle, 0);
    assert_false(options.verify || options.one_way || options.json);
}

static void test_every_option(void **state)
{
    (void)state;
    struct brink_load_options options;
    struct capture capture;
    assert_false(brink_failed(parse(
        &options,
        "--connections 20 --in-flight 16 --size 64:9,1KiB:1 --frame u16be --max-frame 4096 "
        "--duration 2s --threads 4 --rate 1000 --verify --churn 7 --idle 5 --timeout 1s --json "
        "unix:/x",
        &capture)));
    assert_string_equal(options.target, "unix:/x");
    assert_int_equal(options.connections, 20);
    assert_int_equal(options.in_flight, 16);
    assert_int_equal(options.sizes.count, 2);
    assert_string_equal(options.sizes_text, "64:9,1KiB:1");
    assert_int_equal(options.spec.request.frame.size, 2);
    assert_true(options.spec.request.frame.max == 4096);
    assert_int_equal(options.duration_ms, 2000);
    assert_int_equal(options.threads, 4);
    assert_int_equal(options.rate, 1000);
    assert_int_equal(options.churn, 7);
    assert_int_equal(options.idle, 5);
    assert_int_equal(options.timeout_ms, 1000);
    assert_true(options.verify && options.json);
    assert_false(brink_failed(
        parse(&options, "-c 2 -p 3 -s 1..9 -f u8 -n 100 -t 8 -r 0 --churn 0 --idle 0 --one-way :1",
              &capture)));
    assert_int_equal(options.connections, 2);
    assert_int_equal(options.in_flight, 3);
    assert_int_equal(options.sizes.items[0].most, 9);
    assert_int_equal(options.count, 100);
    assert_int_equal(options.threads, 2); /* no more than connections */
    assert_int_equal(options.rate + options.churn + options.idle, 0);
    assert_true(options.one_way);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("", "brink load: ADDR: missing");
    refused("nowhere", "ADDR: \"nowhere\"");
    refused(":1 :2", "one address is enough");
    refused(":1 -c 0", "--connections: ");
    refused(":1 -p 0", "--in-flight: ");
    refused(":1 -s 1x", "--size: ");
    refused(":1 -f u7", "--frame: ");
    refused(":1 --max-frame 1x", "--max-frame: ");
    refused(":1 -d 0", "--duration: 0 is too short");
    refused(":1 -d 1", "--duration: ");
    refused(":1 -n 0", "--count: ");
    refused(":1 -n 1 -d 1s", "--count: not together with --duration");
    refused(":1 -t 0", "--threads: ");
    refused(":1 -r x", "--rate: ");
    refused(":1 --churn x", "--churn: ");
    refused(":1 --idle x", "--idle: ");
    refused(":1 --timeout 0", "--timeout: ");
    refused(":1 --one-way --verify", "--verify: not together with --one-way");
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
