/* What a serving program says of itself, from its first line to its last. */
#include "support/served.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/lines.h"

static int ends[2];
static struct brink_logger logger;
static char text[4096];

static int set_up(void **state)
{
    (void)state;
    if (pipe(ends) != 0)
        return -1;
    brink_logger_init(&logger, ends[1], BRINK_LOG_INFO);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

/* What has been logged has this in it. */
static void assert_logged(const char *part)
{
    ssize_t got = read(ends[0], text, sizeof text - 1);
    assert_true(got > 0);
    text[got] = '\0';
    if (strstr(text, part) == NULL)
        fail_msg("not \"%s\" in: %s", part, text);
}

static void the_first_and_the_last_line(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_service_plan plan = {.server = &options, .about = "service=echo frame=x"};
    struct brink_server *server = served_start(&options);
    brink_lines_start(&logger, &plan, server);
    assert_logged(" event=start version=");
    assert_non_null(strstr(text, " service=echo frame=x workers="));
    int client = served_connect(server);
    served_echo(client, "hello");
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

static void what_has_failed(void **state)
{
    (void)state;
    brink_lines_failure(&logger, "start-failed", "no such luck");
    assert_logged(" level=error event=start-failed error=\"no such luck\"\n");
}

static void why_there_is_no_admin(void **state)
{
    (void)state;
    const struct brink_admin none = {.count = 0};
    const struct brink_admin_options options = {.absent = "no folder for it"};
    brink_lines_admin(&logger, &options, &none);
    assert_logged(" event=admin-absent reason=\"no folder for it\"\n");
}

static void how_it_ends(void **state)
{
    (void)state;
    struct brink_stopping_options how;
    brink_stopping_options_init(&how);
    how.delay_ms = 70;
    struct brink_stopping stopping = {.options = &how};
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    (void)brink_stopping_ask(&stopping, NULL, 0);
    brink_lines_signal(&logger, server, &stopping, SIGTERM);
    assert_logged(" event=signal signal=SIGTERM action=delay clients=0 timeout_ms=30000 "
                  "policy=idle delay_ms=70 spread_ms=0\n");
    assert_true(brink_stopping_tick(&stopping, 70));
    brink_lines_drain(&logger, server, &stopping);
    assert_logged(" event=drain clients=0 timeout_ms=30000 policy=idle spread_ms=0\n");
    (void)brink_stopping_ask(&stopping, NULL, 80);
    brink_lines_signal(&logger, server, &stopping, SIGINT);
    assert_logged(" event=signal signal=SIGINT action=leave clients=0 timeout_ms=0 policy=now ");
    brink_server_stop(server, 0);
    assert_true(brink_server_wait(server));
    brink_lines_stop(&logger, "echo", server, true);
    assert_logged(" event=stop service=echo drained=yes accepted=0 client_frames=0 ");
    assert_non_null(strstr(text, " frames_cut=0 drain_cut=0 refused=0 handed_over=0"));
    brink_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_and_the_last_line, set_up, take_down),
        cmocka_unit_test_setup_teardown(what_has_failed, set_up, take_down),
        cmocka_unit_test_setup_teardown(why_there_is_no_admin, set_up, take_down),
        cmocka_unit_test_setup_teardown(how_it_ends, set_up, take_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
