/* Which command runs, and what is said when none does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/command.h"
#include "brink/version.h"
#include "unit/app/capture.h"

static int calls;
static char title[64];
static int arguments;
static char last[64];

static enum brink_exit on_relay(int argc, char **argv)
{
    calls++;
    (void)snprintf(title, sizeof title, "%s", argv[0]);
    (void)snprintf(last, sizeof last, "%s", argv[argc - 1]);
    arguments = argc;
    return BRINK_EXIT_DRAIN_DEADLINE;
}

static enum brink_exit on_echo(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return BRINK_EXIT_OK;
}

static const struct brink_command commands[] = {
    {"relay", "couple", on_relay},
    {"echo", "answer", on_echo},
};
static const struct brink_command_set set = {"brink", "An intro.", "A closing.", commands, 2};

/* Runs "brink WORD..." */
static enum brink_exit run(struct capture *capture, const char *first, const char *second)
{
    static char words[3][64];
    char *argv[4] = {words[0], NULL, NULL, NULL};
    int argc = 1;
    const char *given[] = {first, second};
    (void)snprintf(words[0], sizeof words[0], "brink");
    for (int i = 0; i < 2 && given[i] != NULL; i++) {
        (void)snprintf(words[argc], sizeof words[argc], "%s", given[i]);
        argv[argc] = words[argc];
        argc++;
    }
    calls = 0;
    capture_begin(capture);
    enum brink_exit status = brink_command_run(&set, argc, argv);
    capture_end(capture);
    return status;
}

static void test_runs_the_command(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, "relay", "--x"), BRINK_EXIT_DRAIN_DEADLINE);
    assert_int_equal(calls, 1);
    assert_int_equal(arguments, 2);
    assert_string_equal(title, "brink relay");
    assert_string_equal(last, "--x");
}

static void test_help_of_a_command_is_its_own(void **state)
{
    (void)state;
    struct capture capture;
    (void)run(&capture, "help", "relay");
    assert_int_equal(calls, 1);
    assert_string_equal(last, "--help");
}

static void test_help_lists_the_commands(void **state)
{
    (void)state;
    static const char *const words[] = {"help", "--help", "-h"};
    for (size_t i = 0; i < 3; i++) {
        struct capture capture;
        assert_int_equal(run(&capture, words[i], NULL), BRINK_EXIT_OK);
        assert_has(capture.out, "relay");
        assert_has(capture.out, "couple");
        assert_has(capture.out, "A closing.");
        assert_string_equal(capture.err, "");
    }
}

static void test_version(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, "--version", NULL), BRINK_EXIT_OK);
    assert_string_equal(capture.out, "brink " BRINK_VERSION "\n");
}

static void test_nothing_is_a_usage_error(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, NULL, NULL), BRINK_EXIT_USAGE);
    assert_string_equal(capture.out, "");
    assert_has(capture.err, "Usage: brink COMMAND");
}

static void test_unknown_suggests_the_nearest(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, "realy", NULL), BRINK_EXIT_USAGE);
    assert_has(capture.err, "unknown command \"realy\"; did you mean \"brink relay\"?");
    assert_int_equal(run(&capture, "help", "ecko"), BRINK_EXIT_USAGE);
    assert_has(capture.err, "\"brink echo\"");
    assert_int_equal(run(&capture, "teapot", NULL), BRINK_EXIT_USAGE);
    assert_has(capture.err, "\"brink help\" lists them");
    assert_int_equal(calls, 0);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_ptr_equal(brink_command_nearest(&set, "relai"), &commands[0]);
    assert_ptr_equal(brink_command_nearest(&set, "rela"), &commands[0]);
    assert_ptr_equal(brink_command_nearest(&set, "eccho"), &commands[1]);
    assert_null(brink_command_nearest(&set, ""));
    assert_null(
        brink_command_nearest(&set, "a-word-that-is-longer-than-any-command-would-ever-be"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_the_command),
        cmocka_unit_test(test_help_of_a_command_is_its_own),
        cmocka_unit_test(test_help_lists_the_commands),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_nothing_is_a_usage_error),
        cmocka_unit_test(test_unknown_suggests_the_nearest),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
