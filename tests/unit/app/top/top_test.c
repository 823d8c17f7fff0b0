/* brink top as text; on a screen it is for the tests of the whole program. */
#include "unit/app/told.h"

#include "app/top/top.h"
#include "unit/app/capture.h"

#define SOCKET "unix:@brink-test/top"

static enum brink_exit run(struct capture *capture, const char *line)
{
    char copy[512];
    char *argv[32] = {(char[]){"brink top"}};
    int argc = 1;
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    capture_begin(capture);
    enum brink_exit status = brink_top(argc, argv);
    capture_end(capture);
    return status;
}

static void views_are_written(void **state)
{
    (void)state;
    struct told told;
    struct capture capture;
    told_start(&told, SOCKET);
    int client = served_connect(told.server);
    served_echo(client, "hello");
    assert_int_equal(run(&capture, "--once -i 100ms -s " SOCKET), BRINK_EXIT_OK);
    assert_has(capture.out, "at " SOCKET ", up ");
    assert_has(capture.out, "clients 1 of ");
    assert_has(capture.out, "\nframes              0            0        1          0\n");
    assert_int_equal(run(&capture, "--batch -n 2 -i 100ms -s " SOCKET), BRINK_EXIT_OK);
    const char *second = strstr(capture.out, "\n\nbrink ");
    assert_non_null(second);
    assert_null(strstr(second + 2, "\n\nbrink "));
    (void)close(client);
    told_stop(&told);
}

static void what_cannot_be_seen_says_why(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(run(&capture, "-b -s " SOCKET), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "brink top: nobody answers at " SOCKET);
    assert_int_equal(run(&capture, ""), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "brink top: this is no terminal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_written),
        cmocka_unit_test(what_cannot_be_seen_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
