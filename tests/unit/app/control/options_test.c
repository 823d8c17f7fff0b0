/* The words and options of each command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "app/control/options.h"
#include "unit/app/capture.h"

enum { ARGUMENTS_MAX = 16 };

static brink_result parse(struct brink_control_options *options, enum brink_control_kind kind,
                          const char *line)
{
    static char copy[512];
    char *argv[ARGUMENTS_MAX] = {(char[]){"brink ctl x"}};
    int argc = 1;
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return brink_control_options_parse(options, kind, argc, argv, ARGP_NO_EXIT);
}

static void refused(enum brink_control_kind kind, const char *line, const char *part)
{
    struct brink_control_options options;
    struct capture capture;
    capture_begin(&capture);
    brink_result result = parse(&options, kind, line);
    capture_end(&capture);
    assert_true(brink_failed(result));
    assert_has(capture.err, part);
}

static void words_and_options_are_taken_in_any_order(void **state)
{
    (void)state;
    struct brink_control_options options;
    assert_false(brink_failed(parse(&options, BRINK_CONTROL_DRAIN,
                                    "--policy boundary listener -j front --timeout=3s "
                                    "--spread 1s -s unix:/x -w 2s")));
    assert_int_equal(options.count, 2);
    assert_string_equal(options.words[0], "listener");
    assert_string_equal(options.words[1], "front");
    assert_string_equal(options.policy, "boundary");
    assert_string_equal(options.timeout, "3s");
    assert_string_equal(options.spread, "1s");
    assert_true(options.json);
    assert_int_equal(options.wait_ms, 2000);
    assert_string_equal(brink_control_options_socket(&options), "unix:/x");
}

static void it_asks_where_brink_is_by_default(void **state)
{
    (void)state;
    struct brink_control_options options;
    (void)unsetenv("RUNTIME_DIRECTORY");
    assert_false(brink_failed(parse(&options, BRINK_CONTROL_SHOW, "")));
    assert_string_equal(brink_control_options_socket(&options), "unix:/run/brink/admin.sock");
    assert_int_equal(options.wait_ms, 10000);
    (void)setenv("RUNTIME_DIRECTORY", "/run/other", 1);
    assert_false(brink_failed(parse(&options, BRINK_CONTROL_UPGRADE, "")));
    assert_string_equal(brink_control_options_socket(&options), "unix:/run/other/admin.sock");
    assert_int_equal(options.wait_ms, 300000); /* it may take so long */
    (void)unsetenv("RUNTIME_DIRECTORY");
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    refused(BRINK_CONTROL_DRAIN, "all --policy idel", "--policy: ");
    refused(BRINK_CONTROL_DRAIN, "all --timeout 3", "--timeout: ");
    refused(BRINK_CONTROL_DRAIN, "all --spread x", "--spread: ");
    refused(BRINK_CONTROL_SHOW, "clients --limit 0", "--limit: ");
    refused(BRINK_CONTROL_SHOW, "--socket nowhere", "--socket: ");
    refused(BRINK_CONTROL_SHOW, "--wait soon", "--wait: ");
    refused(BRINK_CONTROL_SHOW, "a b c d", "d: one word too many");
    refused(BRINK_CONTROL_RELOAD, "--now", "unrecognized option '--now'");
    refused(BRINK_CONTROL_UNDRAIN, "--policy now", "unrecognized option '--policy'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_options_are_taken_in_any_order),
        cmocka_unit_test(it_asks_where_brink_is_by_default),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
