/* The options of brink top. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "app/top/options.h"
#include "unit/app/capture.h"

static brink_result parse(struct brink_top_options *options, const char *line)
{
    static char copy[512];
    char *argv[16] = {(char[]){"brink top"}};
    int argc = 1;
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return brink_top_options_parse(options, argc, argv, ARGP_NO_EXIT);
}

static void they_are_taken(void **state)
{
    (void)state;
    struct brink_top_options options;
    (void)unsetenv("RUNTIME_DIRECTORY");
    assert_false(brink_failed(parse(&options, "")));
    assert_string_equal(options.place, "unix:/run/brink/admin.sock");
    assert_null(options.socket);
    assert_int_equal(options.interval_ms, 1000);
    assert_int_equal(options.count, 0);
    assert_false(options.batch);
    assert_false(brink_failed(
        parse(&options, "-s unix:/x -i 250ms -n 3 --view workers --sort frames --batch")));
    assert_string_equal(options.socket, "unix:/x");
    assert_int_equal(options.interval_ms, 250);
    assert_int_equal(options.count, 3);
    assert_int_equal(options.part, BRINK_TOP_WORKERS);
    assert_int_equal(options.sort, BRINK_TOP_FRAMES);
    assert_true(options.batch);
    assert_false(brink_failed(parse(&options, "--batch")));
    assert_int_equal(options.count, 1);
    assert_false(brink_failed(parse(&options, "--once")));
    assert_true(options.batch);
    assert_int_equal(options.count, 1);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"-i 50ms",     "-i x",     "-n 0",   "--view server",
                                        "--sort size", "-s where", "a-word", "--bogus"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct brink_top_options options;
        struct capture capture;
        capture_begin(&capture);
        brink_result result = parse(&options, wrong[i]);
        capture_end(&capture);
        assert_true(brink_failed(result));
        assert_has(capture.err, "brink top: ");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_taken),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
