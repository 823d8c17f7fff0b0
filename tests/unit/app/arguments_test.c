/* What the parsers share: values taken, and how a refusal reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/arguments.h"
#include "unit/app/capture.h"

struct values {
    uint32_t ms;
    uint64_t bytes;
    uint32_t count;
    struct brink_spec spec;
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct values *values = state->input;
    switch (key) {
    case 'd':
        return brink_arguments_take_duration(state, "--duration", text, &values->ms);
    case 's':
        return brink_arguments_take_size(state, "--size", text, &values->bytes);
    case 'c':
        return brink_arguments_take_count(state, "--count", text, 10, &values->count);
    case 'f':
        return brink_arguments_take_spec(state, "--frame", text, 500, &values->spec);
    case 'a':
        return brink_arguments_check_address(state, "--address", text, BRINK_ADDRESS_TO_CONNECT);
    case 'r':
        return brink_arguments_refuse(state, "--refuse", "because");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static brink_result parse(struct values *values, const char *flag, const char *text,
                          struct capture *capture)
{
    static const struct argp_option options[] = {
        {"duration", 'd', "X", 0, "", 0},
        {"size", 's', "X", 0, "", 0},
        {"count", 'c', "X", 0, "", 0},
        {"frame", 'f', "X", 0, "", 0},
        {"address", 'a', "X", 0, "", 0},
        {"refuse", 'r', "X", 0, "", 0},
        {0},
    };
    static const struct argp argp = {options, take, NULL, NULL, NULL, NULL, NULL};
    char words[3][64];
    char *argv[4] = {words[0], words[1], words[2], NULL};
    (void)snprintf(words[0], sizeof words[0], "brink test");
    (void)snprintf(words[1], sizeof words[1], "%s", flag);
    (void)snprintf(words[2], sizeof words[2], "%s", text);
    capture_begin(capture);
    brink_result result =
        brink_arguments_parse(&argp, 3, argv, ARGP_NO_EXIT | ARGP_NO_HELP, values);
    capture_end(capture);
    return result;
}

static void accepted(struct values *values, const char *flag, const char *text)
{
    struct capture capture;
    assert_int_equal(parse(values, flag, text, &capture).err, 0);
    assert_string_equal(capture.err, "");
}

static void refused(const char *flag, const char *text, const char *part)
{
    struct values values = {0};
    struct capture capture;
    assert_int_equal(parse(&values, flag, text, &capture).err, EINVAL);
    assert_has(capture.err, "brink test: --");
    assert_has(capture.err, part);
}

static void test_values_are_taken(void **state)
{
    (void)state;
    struct values values = {0};
    accepted(&values, "-d", "5s");
    assert_int_equal(values.ms, 5000);
    accepted(&values, "-s", "64KiB");
    assert_true(values.bytes == 65536);
    accepted(&values, "-c", "10");
    assert_int_equal(values.count, 10);
    accepted(&values, "-f", "u16be");
    assert_int_equal(values.spec.request.frame.size, 2);
    assert_true(values.spec.request.frame.max == 500);
    accepted(&values, "-a", "127.0.0.1:80");
    accepted(&values, "-a", "a.name.that.nobody.knows.invalid:80"); /* not looked up */
}

static void test_refusals_name_the_option(void **state)
{
    (void)state;
    refused("-d", "5x", "--duration: \"5x\": unknown unit");
    refused("-s", "5x", "--size: \"5x\": unknown unit");
    refused("-c", "11", "--count: \"11\": write a whole number from 1 to 10");
    refused("-f", "u7", "--frame: \"u7\" is no frame spec");
    refused("-f", "offset=4,sise=2", "--frame: \"offset=4,sise=2\": unknown key \"sise\"");
    refused("-a", "nowhere", "--address: \"nowhere\"");
    refused("-r", "x", "--refuse: because\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_taken),
        cmocka_unit_test(test_refusals_name_the_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
