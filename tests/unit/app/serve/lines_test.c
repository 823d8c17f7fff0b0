/* What the log says of a service's life. */
#include "support/served.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/lines.h"

struct fixture {
    struct brink_server_options options;
    struct brink_server *server;
    struct brink_logger logger;
    int pipe[2];
    char text[4096];
};

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(pipe(fixture->pipe), 0);
    brink_logger_init(&fixture->logger, fixture->pipe[1], BRINK_LOG_INFO);
    fixture->options = served_options(BRINK_SERVICE_ECHO);
    fixture->server = served_start(&fixture->options);
}

static void end(struct fixture *fixture)
{
    assert_true(served_stop(fixture->server, 0));
    (void)close(fixture->pipe[0]);
    (void)close(fixture->pipe[1]);
}

static void says(struct fixture *fixture, const char *words)
{
    ssize_t got = read(fixture->pipe[0], fixture->text, sizeof fixture->text - 1);
    assert_true(got > 0);
    fixture->text[got] = '\0';
    if (strstr(fixture->text, words) == NULL)
        fail_msg("%s is not in %s", words, fixture->text);
}

static void its_beginning_and_its_end(void **state)
{
    (void)state;
    static struct fixture fixture;
    begin(&fixture);
    struct brink_service_plan plan = {
        .server = &fixture.options, .about = "service=echo frame=u32le", .name = "echo"};
    brink_lines_start(&fixture.logger, fixture.server, &plan);
    says(&fixture, " service=echo frame=u32le workers=1 dispatch=sharded max_clients=");
    int client = served_connect(fixture.server);
    served_echo(client, "hello");
    (void)close(client);
    brink_lines_stop(&fixture.logger, fixture.server, "echo", false);
    says(&fixture, "event=stop service=echo drained=no accepted=1 client_frames=1 client_bytes=9 ");
    end(&fixture);
}

static void what_it_is_asked(void **state)
{
    (void)state;
    static struct fixture fixture;
    struct brink_stopping_options options;
    struct brink_stopping stopping = {.options = &options};
    brink_stopping_options_init(&options);
    options.delay_ms = 500;
    options.drain.timeout_ms = 1234;
    begin(&fixture);
    (void)brink_stopping_ask(&stopping, NULL, 1000);
    brink_lines_signal(&fixture.logger, fixture.server, &stopping, SIGTERM);
    says(&fixture, "event=signal signal=SIGTERM action=delay clients=0 timeout_ms=1234 ");
    assert_non_null(strstr(fixture.text, " delay_ms=500"));
    brink_lines_drain(&fixture.logger, fixture.server, &stopping);
    says(&fixture, "event=drain clients=0 timeout_ms=1234 ");
    (void)brink_stopping_ask(&stopping, NULL, 1001);
    brink_lines_signal(&fixture.logger, fixture.server, &stopping, SIGINT);
    says(&fixture, "event=signal signal=SIGINT action=leave ");
    end(&fixture);
}

static void that_nobody_can_look(void **state)
{
    (void)state;
    static struct fixture fixture;
    static struct brink_admin admin;
    begin(&fixture);
    brink_lines_admin(&fixture.logger, &admin, "there is no place");
    says(&fixture, "event=admin-absent reason=\"there is no place\"");
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_beginning_and_its_end),
        cmocka_unit_test(what_it_is_asked),
        cmocka_unit_test(that_nobody_can_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
