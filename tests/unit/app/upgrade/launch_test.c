/* The launcher's own process takes nothing but what it is there for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "app/upgrade/launch.h"
#include "sys/pass.h"
#include "unit/app/upgrade/started.h"

struct launcher {
    int fd;
    pid_t pid;
};

static struct launcher live(const char *word)
{
    int ends[2];
    assert_int_equal(brink_pass_pair(ends), 0);
    struct launcher launcher = {.fd = ends[0], .pid = fork()};
    struct brink_program program = started_program(word);
    if (launcher.pid == 0)
        brink_launch_live(ends[1], &program, getppid());
    (void)close(ends[1]);
    return launcher;
}

static void end(struct launcher *launcher)
{
    int status = 0;
    (void)close(launcher->fd);
    assert_int_equal(waitpid(launcher->pid, &status, 0), launcher->pid);
    assert_int_equal(status, 0);
}

static struct brink_launch_report next(const struct launcher *launcher)
{
    struct brink_launch_report report = {0};
    assert_int_equal(recv(launcher->fd, &report, sizeof report, 0), sizeof report);
    return report;
}

static void expect_refused(const struct launcher *launcher, int err)
{
    struct brink_launch_report report = next(launcher);
    assert_int_equal(report.news, BRINK_LAUNCH_REFUSED);
    assert_int_equal(report.value, err);
}

static void what_it_does_not_understand_is_refused(void **state)
{
    (void)state;
    int fds[BRINK_INHERITANCE_SOCKETS + 2] = {0};
    struct launcher launcher = live("hangs");
    struct brink_launch_request request = {.wish = BRINK_LAUNCH_START};
    struct brink_launch_request good = request;
    char large[sizeof request + 1] = {0};

    assert_int_equal(brink_pass_send(launcher.fd, &good, sizeof good - 1, fds, 1), 0);
    expect_refused(&launcher, EINVAL); /* shorter */
    assert_int_equal(brink_pass_send(launcher.fd, large, sizeof large, fds, 1), 0);
    expect_refused(&launcher, EMSGSIZE);
    assert_int_equal(
        brink_pass_send(launcher.fd, &good, sizeof good, fds, BRINK_INHERITANCE_SOCKETS + 2), 0);
    expect_refused(&launcher, EMSGSIZE); /* more descriptors than there may ever be */
    assert_int_equal(brink_pass_send(launcher.fd, &good, sizeof good, fds, 2), 0);
    expect_refused(&launcher, EINVAL); /* than it says */
    assert_int_equal(brink_pass_send(launcher.fd, &good, sizeof good, NULL, 0), 0);
    expect_refused(&launcher, EINVAL);
    request.wish = 3;
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, fds, 1), 0);
    expect_refused(&launcher, EINVAL);
    request = good;
    request.sockets = UINT32_MAX;
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, NULL, 0), 0);
    expect_refused(&launcher, EINVAL);
    request.sockets = 1;
    memset(request.names[0].text, 'x', sizeof request.names[0].text); /* without an end */
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, fds, 2), 0);
    expect_refused(&launcher, EINVAL);
    (void)snprintf(request.names[0].text, sizeof request.names[0].text, "a\nLD_PRELOAD=b");
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, fds, 2), 0);
    expect_refused(&launcher, EINVAL);
    end(&launcher);
}

static void it_keeps_nothing_but_the_first_three(void **state)
{
    (void)state;
    struct launcher launcher = live("ends");
    struct brink_launch_request request = {.wish = BRINK_LAUNCH_START};
    int fds[] = {0};
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, fds, 1), 0);
    assert_int_equal(next(&launcher).news, BRINK_LAUNCH_STARTED);
    struct brink_launch_report report = next(&launcher); /* what came with the request is closed */
    assert_int_equal(report.news, BRINK_LAUNCH_ENDED);
    assert_true(WIFEXITED(report.value) && WEXITSTATUS(report.value) == 78);
    for (int fd = 5; fd < 64; fd++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)launcher.pid, fd);
        assert_int_equal(access(path, F_OK), -1);
    }
    char name[32] = "";
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", (long)launcher.pid);
    FILE *comm = fopen(path, "r");
    assert_non_null(comm);
    assert_non_null(fgets(name, sizeof name, comm));
    (void)fclose(comm);
    assert_string_equal(name, "brink-launcher\n");
    end(&launcher);
}

static void whose_end_nobody_wants_to_know_is_left_to_init(void **state)
{
    (void)state;
    struct launcher launcher = live("tell");
    struct brink_launch_request request = {.wish = BRINK_LAUNCH_START};
    struct started_told told;
    int ends[2];
    int status = 0;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* as init is */
    assert_int_equal(brink_pass_pair(ends), 0);
    assert_int_equal(brink_pass_send(launcher.fd, &request, sizeof request, &ends[1], 1), 0);
    (void)close(ends[1]);
    pid_t pid = next(&launcher).pid;
    assert_int_equal(recv(ends[0], &told, sizeof told, 0), sizeof told);
    assert_int_equal(brink_pass_send(launcher.fd, "?", 1, NULL, 0), 0);
    expect_refused(&launcher, EINVAL); /* so it has closed its copy of the channel */
    (void)kill(launcher.pid, SIGSTOP); /* it is to find both at once */
    assert_int_equal(waitpid(launcher.pid, &status, WUNTRACED), launcher.pid);
    (void)close(launcher.fd);
    assert_int_equal(send(ends[0], "\7", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(recv(ends[0], &told, sizeof told, 0), 0);
    (void)kill(launcher.pid, SIGCONT);
    assert_int_equal(waitpid(launcher.pid, &status, 0), launcher.pid);
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
    (void)close(ends[0]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_does_not_understand_is_refused),
        cmocka_unit_test(it_keeps_nothing_but_the_first_three),
        cmocka_unit_test(whose_end_nobody_wants_to_know_is_left_to_init),
    };
    if (argc > 1 && getenv(BRINK_INHERITANCE_VARIABLE) != NULL)
        return started_main(argv);
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
