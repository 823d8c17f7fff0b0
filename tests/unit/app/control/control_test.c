/* brink ctl as it is typed, against an admin's address. */
#include "unit/app/told.h"

#include <errno.h>

#include "app/control/control.h"
#include "unit/app/capture.h"

#define SOCKET "unix:@brink-test/control"

static enum brink_exit run(struct capture *capture, const char *line)
{
    char copy[512];
    char *argv[32] = {(char[]){"brink ctl"}};
    int argc = 1;
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    capture_begin(capture);
    enum brink_exit status = brink_control(argc, argv);
    capture_end(capture);
    return status;
}

static void commands_are_done_and_told(void **state)
{
    (void)state;
    struct told told;
    struct capture capture;
    told_start(&told, SOCKET);
    assert_int_equal(run(&capture, "drain listener front --socket " SOCKET), BRINK_EXIT_OK);
    assert_string_equal(capture.out, "listener front: draining\n");
    assert_string_equal(noted.text, "drain listener front policy=0 timeout=5000 spread=0");
    assert_int_equal(run(&capture, "--socket " SOCKET " --json weight pair/one 3"), BRINK_EXIT_OK);
    assert_string_equal(capture.out, "{\"done\":\"weight set\"}\n");
    assert_string_equal(noted.text, "weight pair/one 3");
    assert_int_equal(run(&capture, "--socket=" SOCKET " -j -w 3s reload"), BRINK_EXIT_OK);
    assert_string_equal(noted.text, "reload");
    assert_int_equal(run(&capture, "-s" SOCKET " stop --policy now"), BRINK_EXIT_OK);
    assert_string_equal(noted.text, "drain all policy=2 timeout=5000 spread=0");
    assert_string_equal(capture.out, "draining\n");
    told_stop(&told);
}

static void what_is_there_is_shown(void **state)
{
    (void)state;
    struct told told;
    struct capture capture;
    told_start(&told, SOCKET);
    assert_int_equal(run(&capture, "show -s " SOCKET), BRINK_EXIT_OK);
    assert_has(capture.out, "clients     0 of at most ");
    noted.clients = 1;
    assert_int_equal(run(&capture, "show clients -s " SOCKET), BRINK_EXIT_OK);
    assert_has(capture.out, "192.0.2.7:4711");
    assert_int_equal(run(&capture, "show errors -j -s " SOCKET), BRINK_EXIT_OK);
    assert_string_equal(capture.out, "{\"errors\":[{\"event\":\"x\"}]}\n");
    told_stop(&told);
}

static void what_fails_says_why(void **state)
{
    (void)state;
    struct told told;
    struct capture capture;
    told_start(&told, SOCKET);
    noted.result = brink_fail(EINVAL);
    assert_int_equal(run(&capture, "reload -s " SOCKET), BRINK_EXIT_FAILURE);
    assert_string_equal(capture.err, "brink ctl reload: it was told to fail\n");
    assert_string_equal(capture.out, "");
    assert_int_equal(run(&capture, "reload -j -s " SOCKET), BRINK_EXIT_FAILURE);
    assert_string_equal(capture.out, "{\"error\":\"it was told to fail\"}\n");
    told_stop(&told);
    assert_int_equal(run(&capture, "show -s " SOCKET), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "brink ctl show: nobody answers at " SOCKET);
}

static void wrong_command_lines_are_told(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, ""), BRINK_EXIT_USAGE);
    assert_int_equal(run(&capture, "-s " SOCKET), BRINK_EXIT_USAGE);
    assert_has(capture.err, "Usage: brink ctl COMMAND");
    assert_int_equal(run(&capture, "-s"), BRINK_EXIT_USAGE);
    assert_int_equal(run(&capture, "drian all"), BRINK_EXIT_USAGE);
    assert_has(capture.err, "did you mean \"brink ctl drain\"?");
    assert_int_equal(run(&capture, "drain"), BRINK_EXIT_USAGE);
    assert_has(capture.err, "brink ctl drain: drain what?");
    assert_int_equal(run(&capture, "--json drain front"), BRINK_EXIT_USAGE);
    assert_int_equal(run(&capture, "help"), BRINK_EXIT_OK);
    assert_has(capture.out, "  undrain ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_done_and_told),
        cmocka_unit_test(what_is_there_is_shown),
        cmocka_unit_test(what_fails_says_why),
        cmocka_unit_test(wrong_command_lines_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
