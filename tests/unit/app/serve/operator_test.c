/* What an operator asks of the program itself. */
#include "support/served.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/operator.h"
#include "base/log.h"
#include "unit/app/written.h"

static const struct brink_drain_options configured = {.timeout_ms = 30000, .quiet_ms = 1000};

struct fixture {
    struct brink_logger logger;
    struct brink_operator by;
    struct brink_server *server;
    struct brink_admin_actions actions;
    int pipe[2];
};

static void begin(struct fixture *fixture)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0); /* as signals.h does */
    assert_int_equal(pipe(fixture->pipe), 0);
    brink_logger_init(&fixture->logger, fixture->pipe[1], BRINK_LOG_INFO);
    brink_operator_init(&fixture->by, &fixture->logger, &configured);
    fixture->server = served_start(&options);
    fixture->actions = brink_operator_actions(&fixture->by, fixture->server);
}

static void end(struct fixture *fixture)
{
    (void)served_stop(fixture->server, 0);
    (void)close(fixture->pipe[0]);
    (void)close(fixture->pipe[1]);
}

static bool take_signal(void)
{
    sigset_t set;
    struct timespec at_once = {0};
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    return sigtimedwait(&set, NULL, &at_once) == SIGTERM;
}

static void a_drain_is_sigterm_with_what_is_wanted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_message why;
    struct brink_drain_options wanted = {.policy = BRINK_DRAIN_POLICY_NOW, .timeout_ms = 7};
    struct brink_drain_options taken = configured;
    begin(&fixture);
    assert_false(brink_failed(fixture.actions.drain(&fixture.by, NULL, &why)));
    assert_true(take_signal());
    assert_false(brink_operator_take_drain(&fixture.by, &taken)); /* as any SIGTERM */
    assert_int_equal(taken.timeout_ms, 30000);
    assert_false(brink_failed(fixture.actions.drain(&fixture.by, &wanted, &why)));
    assert_true(take_signal());
    assert_true(brink_operator_take_drain(&fixture.by, &taken));
    assert_int_equal(taken.timeout_ms, 7);
    assert_int_equal(taken.policy, BRINK_DRAIN_POLICY_NOW);
    assert_false(brink_operator_take_drain(&fixture.by, &taken));
    end(&fixture);
}

static void a_second_one_must_say_what_is_to_change(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_message why;
    struct brink_drain_options ignored;
    begin(&fixture);
    assert_false(brink_operator_take_drain(&fixture.by, &ignored)); /* somebody's SIGTERM */
    assert_int_equal(fixture.actions.drain(&fixture.by, NULL, &why).err, EBUSY);
    assert_non_null(strstr(why.text, "drains already"));
    assert_false(take_signal());
    assert_false(brink_failed(fixture.actions.drain(&fixture.by, &configured, &why)));
    assert_true(take_signal());
    end(&fixture);
}

static void the_log_level_changes_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_message why;
    begin(&fixture);
    struct brink_log log = brink_logger_log(&fixture.logger);
    assert_false(brink_log_wants(&log, BRINK_LOG_DEBUG));
    assert_false(brink_failed(fixture.actions.set_log_level(&fixture.by, BRINK_LOG_DEBUG, &why)));
    assert_true(brink_log_wants(&log, BRINK_LOG_DEBUG));
    end(&fixture);
}

static void commands_are_logged_and_errors_told(void **state)
{
    (void)state;
    struct fixture fixture;
    char line[512] = "";
    struct written written;
    begin(&fixture);
    fixture.actions.tell(&fixture.by, "weight", 404);
    assert_true(read(fixture.pipe[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "level=info event=command command=weight status=404\n"));
    brink_logger_print(&fixture.logger, BRINK_LOG_ERROR, "event=broken");
    fixture.actions.errors(&fixture.by, written_begin(&written));
    char *text = written_end(&written);
    assert_non_null(strstr(text, "\"level\":\"error\",\"event\":\"broken\"}]"));
    free(text);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drain_is_sigterm_with_what_is_wanted),
        cmocka_unit_test(a_second_one_must_say_what_is_to_change),
        cmocka_unit_test(the_log_level_changes_at_once),
        cmocka_unit_test(commands_are_logged_and_errors_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
