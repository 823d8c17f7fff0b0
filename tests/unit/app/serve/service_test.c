/* A server from start to exit, as its log tells it; serve_test.c goes through more of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/serve/service.h"
#include "unit/app/printed.h"

/* Serves at `listen` in a process of its own, figures at `admin`; what it logs can be read. */
static FILE *start(const char *listen, const char *admin, pid_t *pid)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    (void)fflush(NULL);
    *pid = fork();
    if (*pid == 0) {
        struct brink_server_options options;
        brink_server_options_init(&options);
        options.service = BRINK_SERVICE_ECHO;
        options.listen[options.listen_count++] = listen;
        const struct brink_admin_options told = {.addresses = &admin, .count = admin != NULL};
        struct brink_service_plan plan = {
            .server = &options,
            .about = "service=echo config=x",
            .name = "echo",
            .admin = told,
            .stopping = {.drain = {.timeout_ms = 5000, .quiet_ms = 1000}},
            .log_level = BRINK_LOG_INFO};
        (void)dup2(fds[1], STDERR_FILENO);
        (void)close(fds[0]);
        (void)close(fds[1]);
        exit((int)brink_service_serve(&plan));
    }
    (void)close(fds[1]);
    FILE *log = fdopen(fds[0], "r");
    assert_non_null(log);
    return log;
}

static void await(FILE *log, const char *part)
{
    char line[4096];
    do
        assert_non_null(fgets(line, sizeof line, log));
    while (strstr(line, part) == NULL);
}

static int status_of(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void it_serves_tells_figures_and_drains(void **state)
{
    (void)state;
    pid_t pid;
    FILE *log = start("127.0.0.1:0", NULL, &pid);
    await(log, "event=start version=");
    (void)kill(pid, SIGUSR1);
    await(log, "event=stats clients=0");
    (void)kill(pid, SIGTERM);
    await(log, "event=signal signal=SIGTERM action=drain clients=0 timeout_ms=5000");
    await(log, "event=stop service=echo drained=yes");
    (void)fclose(log);
    assert_int_equal(status_of(pid), BRINK_EXIT_OK);
}

static void what_cannot_start_says_why(void **state)
{
    (void)state;
    pid_t pid;
    FILE *log = start("unix:/nowhere/at/all", NULL, &pid);
    await(log, "event=start-failed error=\"");
    (void)fclose(log);
    assert_int_equal(status_of(pid), BRINK_EXIT_FAILURE);
}

static void figures_have_an_address_of_their_own(void **state)
{
    (void)state;
    pid_t pid;
    FILE *log = start("127.0.0.1:0", "unix:@brink-test/service", &pid);
    await(log, "event=admin address=unix:@brink-test/service");
    (void)kill(pid, SIGTERM);
    await(log, "event=stop service=echo drained=yes");
    (void)fclose(log);
    assert_int_equal(status_of(pid), BRINK_EXIT_OK);
}

static void without_that_address_nothing_starts(void **state)
{
    (void)state;
    pid_t pid;
    FILE *log = start("127.0.0.1:0", "unix:/nowhere/at/all", &pid);
    char line[4096];
    assert_non_null(fgets(line, sizeof line, log)); /* the first line */
    assert_non_null(
        strstr(line, "event=start-failed error=\"admin: cannot listen on unix:/nowhere/at/all"));
    (void)fclose(log);
    assert_int_equal(status_of(pid), BRINK_EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_tells_figures_and_drains),
        cmocka_unit_test(what_cannot_start_says_why),
        cmocka_unit_test(figures_have_an_address_of_their_own),
        cmocka_unit_test(without_that_address_nothing_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
