/* A line of programs: this test, and what it starts, which is the test again, as a server. */
#include "support/served.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/upgrade/succession.h"
#include "unit/app/managed.h"

#define HOW   "BRINK_TEST_HOW"
#define ADMIN "unix:@brink-test/succession"

enum { PATIENCE_MS = 60000 };

struct line {
    struct brink_succession succession;
    struct brink_manager manager;
    struct managed managed;
    struct brink_logger logger;
    struct brink_admin admin;
    FILE *log;
    char text[8192];
    struct brink_server *server;
};

static void ends_well(int number)
{
    (void)number;
    _exit(0);
}

static struct brink_server_options options_at(int channel)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.takeover_fd = channel;
    return options;
}

/* At an address that is in use, unless it is inherited. */
static bool open_admin(struct brink_succession *succession, struct brink_admin *admin)
{
    static const char *const addresses[] = {ADMIN};
    const struct brink_admin_options written = {.addresses = addresses, .count = 1};
    struct brink_message why = {""};
    struct brink_admin_options options = brink_succession_take_admin(succession, admin, &written);
    brink_result opened = brink_admin_open(admin, &options, &why);
    if (brink_failed(opened))
        (void)fprintf(stderr, "%s\n", why.text);
    return !brink_failed(opened);
}

/* Takes over and serves until it is told to end; or ends before. */
static int started_main(void)
{
    struct brink_succession succession;
    struct brink_manager manager = {0};
    struct brink_logger logger;
    struct brink_server *server;
    struct brink_message why;
    if (strcmp(getenv(HOW), "ends") == 0)
        return 2;
    (void)signal(SIGTERM, ends_well);
    brink_logger_init(&logger, STDERR_FILENO, BRINK_LOG_ERROR);
    if (brink_failed(brink_succession_open(&succession, &manager, &logger, &why)) ||
        !brink_succession_has_predecessor(&succession))
        return 1;
    struct brink_admin admin;
    if (!open_admin(&succession, &admin))
        return 1;
    struct brink_server_options options = options_at(succession.inheritance.channel);
    if (brink_failed(brink_server_start(&server, &options, &why)))
        return 1;
    brink_succession_take_over(&succession, server);
    for (;;)
        (void)pause();
}

static void begin(struct line *line, const char *how)
{
    struct brink_message why = {""};
    memset(line, 0, sizeof *line);
    line->log = tmpfile();
    assert_non_null(line->log);
    brink_logger_init(&line->logger, fileno(line->log), BRINK_LOG_DEBUG);
    managed_open(&line->managed, true);
    struct brink_notify_environment environment = {line->managed.name, NULL, NULL};
    assert_int_equal(
        brink_notify_init(&line->manager.notify, &brink_sys_linux, &environment, 42, &why).err, 0);
    (void)setenv(HOW, how, 1);
    assert_false(brink_failed(
        brink_succession_open(&line->succession, &line->manager, &line->logger, &why)));
    (void)unsetenv(HOW);
    assert_false(brink_succession_has_predecessor(&line->succession));
    assert_true(open_admin(&line->succession, &line->admin));
    struct brink_succession_times times = {.ready_ms = PATIENCE_MS};
    brink_drain_options_init(&times.drain);
    brink_succession_set_times(&line->succession, &times);
    struct brink_server_options options = options_at(0);
    line->server = served_start(&options);
    brink_succession_take_over(&line->succession, line->server);
    brink_manager_ready(&line->manager, line->server, 0);
    (void)managed_read(&line->managed);
}

static void end(struct line *line)
{
    brink_succession_close(&line->succession);
    brink_admin_close(&line->admin);
    (void)served_stop(line->server, 0);
    managed_close(&line->managed);
    (void)fclose(line->log);
}

static void assert_logged(struct line *line, const char *part)
{
    rewind(line->log);
    line->text[fread(line->text, 1, sizeof line->text - 1, line->log)] = '\0';
    if (strstr(line->text, part) == NULL)
        fail_msg("not \"%s\" but %s", part, line->text);
}

/* The new program's number, as the manager is told it. */
static pid_t successor(struct line *line)
{
    long pid = 0;
    assert_false(brink_succession_tick(&line->succession, 1000));
    assert_int_equal(sscanf(managed_read(&line->managed), "MAINPID=%ld", &pid), 1);
    return (pid_t)pid;
}

/* The next tick that says something, to us or to the manager. */
static bool await_end(struct line *line, const char **told)
{
    bool stopped = false;
    for (int i = 0; i < PATIENCE_MS; i++) {
        stopped = brink_succession_tick(&line->succession, 2000);
        *told = managed_read(&line->managed);
        if ((*told)[0] != '\0')
            break;
        (void)poll(NULL, 0, 1);
    }
    return stopped;
}

static void ends_after_it_has_taken_over(int number, bool stopped)
{
    struct line line;
    struct brink_message why = {""};
    const char *told;
    char wanted[64];
    begin(&line, "serves");
    if (brink_failed(brink_succession_upgrade(&line.succession, &why)))
        fail_msg("%s", why.text);
    assert_true(brink_succession_is_going_on(&line.succession));
    pid_t pid = successor(&line);
    assert_true(pid > 0 && pid != getpid());
    (void)kill(pid, number);
    assert_int_equal(await_end(&line, &told), stopped);
    (void)snprintf(wanted, sizeof wanted, "MAINPID=%ld\n", (long)getpid());
    assert_memory_equal(told, wanted, strlen(wanted));
    assert_logged(&line, "event=upgrade-undone");
    assert_false(brink_succession_is_going_on(&line.succession));
    end(&line);
}

static void one_that_is_stopped_takes_this_one_with_it(void **state)
{
    (void)state;
    ends_after_it_has_taken_over(SIGTERM, true);
}

static void one_that_dies_gives_it_all_back(void **state)
{
    (void)state;
    ends_after_it_has_taken_over(SIGKILL, false);
}

static void one_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct line line;
    struct brink_message why = {""};
    begin(&line, "ends");
    assert_true(brink_failed(brink_succession_upgrade(&line.succession, &why)));
    assert_non_null(strstr(why.text, "does not understand the command line"));
    assert_false(brink_succession_tick(&line.succession, 1000));
    managed_expect(&line.managed, "");
    assert_false(brink_succession_is_going_on(&line.succession));
    int client = served_connect(line.server);
    served_echo(client, "as before");
    (void)close(client);
    end(&line);
}

static void who_is_about_to_end_hands_nothing_over(void **state)
{
    (void)state;
    struct line line;
    begin(&line, "serves");
    brink_server_stop(line.server, PATIENCE_MS);
    brink_succession_begin_upgrade(&line.succession);
    brink_succession_close(&line.succession); /* waits */
    assert_logged(&line, "event=upgrade-failed error=\"brink is about to end\"");
    end(&line);
}

static void nonsense_is_told(void **state)
{
    (void)state;
    struct brink_succession succession;
    struct brink_manager manager = {0};
    struct brink_logger logger;
    struct brink_message why = {""};
    brink_logger_init(&logger, STDERR_FILENO, BRINK_LOG_ERROR);
    (void)setenv(BRINK_INHERITANCE_VARIABLE, "x", 1);
    assert_true(brink_failed(brink_succession_open(&succession, &manager, &logger, &why)));
    assert_non_null(strstr(why.text, BRINK_INHERITANCE_VARIABLE));
    brink_succession_close(&succession);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_stopped_takes_this_one_with_it),
        cmocka_unit_test(one_that_dies_gives_it_all_back),
        cmocka_unit_test(one_that_fails_changes_nothing),
        cmocka_unit_test(who_is_about_to_end_hands_nothing_over),
        cmocka_unit_test(nonsense_is_told),
    };
    if (getenv(BRINK_INHERITANCE_VARIABLE) != NULL)
        return started_main();
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
