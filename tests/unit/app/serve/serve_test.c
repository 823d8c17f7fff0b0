/* A service from start to exit, in a process of its own, as its log tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/serve/serve.h"
#include "unit/app/printed.h"

struct service {
    pid_t pid;
    FILE *log;
    char line[4096]; /* the last */
};

typedef enum brink_exit (*serve)(int argc, char **argv);

/* Runs it with "--listen ADDRESS" and, if given, "--to ADDRESS". */
static void start(struct service *service, serve run, const char *listen, const char *to)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    (void)fflush(NULL); /* or the child would print it again */
    service->pid = fork();
    if (service->pid == 0) {
        char words[5][64] = {"brink test", "--listen", "", "--to", ""};
        char *argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
        (void)snprintf(words[2], sizeof words[2], "%s", listen);
        (void)snprintf(words[4], sizeof words[4], "%s", to != NULL ? to : "");
        (void)dup2(fds[1], STDERR_FILENO);
        (void)close(fds[0]);
        (void)close(fds[1]);
        exit((int)run(to != NULL ? 5 : 3, argv));
    }
    (void)close(fds[1]);
    service->log = fdopen(fds[0], "r");
    assert_non_null(service->log);
}

/* Reads on to the line that has `part`. */
static const char *await(struct service *service, const char *part)
{
    while (fgets(service->line, sizeof service->line, service->log) != NULL) {
        assert_memory_equal(service->line, "time=", 5);
        if (strstr(service->line, part) != NULL)
            return service->line;
    }
    fail_msg("the log ended without %s", part);
    return NULL;
}

/* Its exit status; its log must be at the end. */
static int finish(struct service *service)
{
    int status = 0;
    assert_null(fgets(service->line, sizeof service->line, service->log));
    (void)fclose(service->log);
    assert_int_equal(waitpid(service->pid, &status, 0), service->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_echo_starts_and_stops(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT};
    static const char *const names[] = {"signal=SIGTERM", "signal=SIGINT"};
    for (int i = 0; i < 2; i++) {
        struct service service;
        start(&service, brink_serve_echo, "127.0.0.1:0", NULL);
        (void)await(&service, "event=listen address=127.0.0.1:");
        const char *line = await(&service, "event=start");
        assert_has(line, " level=info ");
        assert_has(line, " service=echo frame=u32le workers=");
        (void)kill(service.pid, numbers[i]);
        assert_has(await(&service, "event=signal"), names[i]);
        assert_has(await(&service, "event=stop"), " drained=yes accepted=0 ");
        assert_int_equal(finish(&service), BRINK_EXIT_OK);
    }
}

static void test_relay_tells_where_to(void **state)
{
    (void)state;
    struct service service;
    start(&service, brink_serve_relay, "127.0.0.1:0", "127.0.0.1:9");
    assert_has(await(&service, "event=start"), " service=relay frame=u32le to=127.0.0.1:9 ");
    (void)kill(service.pid, SIGTERM);
    (void)await(&service, "event=stop service=relay");
    assert_int_equal(finish(&service), BRINK_EXIT_OK);
}

static void test_start_that_fails_says_why(void **state)
{
    (void)state;
    struct service service;
    start(&service, brink_serve_echo, "unix:/nowhere/at/all", NULL);
    const char *line = await(&service, "event=start-failed");
    assert_has(line, " level=error ");
    assert_has(line, "/nowhere/at/all");
    assert_int_equal(finish(&service), BRINK_EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_starts_and_stops),
        cmocka_unit_test(test_relay_tells_where_to),
        cmocka_unit_test(test_start_that_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
