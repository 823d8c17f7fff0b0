/* A process that starts this test anew, whatever becomes of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "app/upgrade/launcher.h"
#include "sys/pass.h"
#include "unit/app/upgrade/started.h"

enum { PATIENCE_MS = 60000 };

static struct brink_launcher start_with(const struct brink_program *program)
{
    struct brink_launcher launcher;
    struct brink_message why = {""};
    if (brink_failed(brink_launcher_start(&launcher, program, &why)))
        fail_msg("%s", why.text);
    return launcher;
}

static struct brink_launcher start(const char *word)
{
    struct brink_program program = started_program(word);
    return start_with(&program);
}

/* Launches with a channel of which our end is returned. */
static int launch(struct brink_launcher *launcher, pid_t *pid)
{
    int ends[2];
    struct brink_message why = {""};
    assert_int_equal(brink_pass_pair(ends), 0);
    struct brink_inheritance inheritance = {.channel = ends[1]};
    brink_result launched = brink_launcher_launch(launcher, &inheritance, pid, &why);
    if (brink_failed(launched))
        fail_msg("%s", why.text);
    (void)close(ends[1]);
    return ends[0];
}

static void end_with(int channel, unsigned char status)
{
    assert_int_equal(send(channel, &status, 1, MSG_NOSIGNAL), 1);
}

static void expect_end(struct brink_launcher *launcher, int exit_status)
{
    int status = 0;
    assert_true(brink_launcher_wait(launcher, PATIENCE_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), exit_status);
}

/* Its environment is that of its own start. */
static struct brink_launcher start_managed(void)
{
    char pid[24];
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("WATCHDOG_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "3", 1);
    struct brink_launcher launcher = start("tell");
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("WATCHDOG_PID");
    (void)unsetenv("LISTEN_FDS");
    return launcher;
}

static void a_program_finds_what_it_inherits(void **state)
{
    (void)state;
    int ends[2];
    int pipes[2];
    pid_t pid = 0;
    struct started_told told = {0};
    struct brink_launcher launcher = start_managed();
    assert_int_equal(brink_pass_pair(ends), 0);
    assert_int_equal(pipe(pipes),
                     0); /* after the fork: not the launcher's but as they are passed */
    struct brink_inheritance inheritance = {.channel = ends[1]};
    assert_false(brink_failed(brink_inheritance_add(&inheritance, pipes[0], "unix:/a b", NULL)));
    assert_false(brink_failed(brink_launcher_launch(&launcher, &inheritance, &pid, NULL)));
    (void)close(ends[1]);
    (void)close(pipes[0]);
    assert_int_equal(write(pipes[1], "!", 1), 1);
    assert_int_equal(recv(ends[0], &told, sizeof told, 0), sizeof told);
    assert_string_equal(told.variable, "channel=6\nadmin=7:unix:/a b");
    assert_string_equal(told.word, "tell");
    assert_true(told.addressed);
    assert_true(told.clean);
    assert_int_equal(told.descriptors, 2);
    assert_int_equal(told.through, '!');
    assert_true(pid > 0 && kill(pid, 0) == 0);
    end_with(ends[0], 9);
    expect_end(&launcher, 9);
    (void)close(ends[0]);
    (void)close(pipes[1]);
    brink_launcher_close(&launcher);
}

static void variables_of_others_are_left_alone(void **state)
{
    (void)state;
    pid_t pid;
    struct started_told told = {0};
    (void)setenv("LISTEN_PID", "1", 1);
    struct brink_launcher launcher = start("tell");
    (void)unsetenv("LISTEN_PID");
    int channel = launch(&launcher, &pid);
    assert_int_equal(recv(channel, &told, sizeof told, 0), sizeof told);
    assert_true(told.others);
    assert_int_equal(told.descriptors, 1);
    assert_string_equal(told.variable, "channel=3");
    (void)close(channel);
    brink_launcher_close(&launcher);
}

static void how_it_ends_is_told_at_once(void **state)
{
    (void)state;
    pid_t pid;
    char byte;
    struct brink_message text;
    int status = 0;
    struct brink_launcher launcher = start("ends");
    int channel = launch(&launcher, &pid);
    assert_true(brink_launcher_wait(&launcher, PATIENCE_MS, &status));
    brink_launcher_describe(status, &text);
    assert_string_equal(text.text, "it ended with status 78: its configuration has errors; brink "
                                   "check tells them");
    assert_int_equal(recv(channel, &byte, 1, 0), 0); /* nobody else holds the other end */
    (void)close(channel);
    channel = launch(&launcher, &pid); /* and it can be tried again, the end unread */
    (void)close(channel);
    (void)waitpid(pid, NULL, 0);
    brink_launcher_close(&launcher);
}

static void one_that_hangs_is_killed(void **state)
{
    (void)state;
    pid_t pid;
    int status = 0;
    struct brink_message text;
    struct brink_launcher launcher = start("hangs");
    int channel = launch(&launcher, &pid);
    assert_false(brink_launcher_wait(&launcher, 0, &status));
    brink_launcher_kill(&launcher);
    assert_true(brink_launcher_wait(&launcher, PATIENCE_MS, &status));
    assert_true(WIFSIGNALED(status));
    brink_launcher_describe(status, &text);
    assert_string_equal(text.text, "it was ended by signal 9 (Killed)");
    brink_launcher_kill(&launcher); /* harmless */
    (void)close(channel);
    channel = launch(&launcher, &pid);
    brink_launcher_kill(&launcher);
    assert_true(brink_launcher_wait(&launcher, PATIENCE_MS, &status));
    (void)close(channel);
    brink_launcher_close(&launcher);
}

static void one_at_a_time(void **state)
{
    (void)state;
    pid_t pid;
    int status = 0;
    struct brink_message why = {""};
    struct brink_launcher launcher = start("hangs");
    int channel = launch(&launcher, &pid);
    struct brink_inheritance inheritance = {.channel = channel};
    assert_int_equal(brink_launcher_launch(&launcher, &inheritance, &pid, &why).err, EBUSY);
    assert_string_equal(why.text, "the program that was started before still runs");
    brink_launcher_kill(&launcher);
    assert_true(brink_launcher_wait(&launcher, PATIENCE_MS, &status));
    (void)close(channel);
    brink_launcher_close(&launcher);
}

static void a_file_that_cannot_be_run_is_told(void **state)
{
    (void)state;
    pid_t pid;
    struct brink_message why = {""};
    struct brink_inheritance inheritance = {.channel = STDIN_FILENO};
    struct brink_program program = started_program("tell");
    char nowhere[] = "/nowhere/brink";
    char no_program[] = "/etc/passwd";
    program.path = nowhere;
    struct brink_launcher launcher = start_with(&program);
    assert_int_equal(brink_launcher_launch(&launcher, &inheritance, &pid, &why).err, ENOENT);
    assert_string_equal(why.text, "the program cannot be started: No such file or directory");
    brink_launcher_close(&launcher);
    program.path = no_program;
    launcher = start_with(&program);
    for (int i = 0; i < 3; i++)
        assert_int_equal(brink_launcher_launch(&launcher, &inheritance, &pid, &why).err, EACCES);
    brink_launcher_close(&launcher);
}

/* The launcher is the only child of this process: that it has ended is seen by waiting for one. */
static void it_ends_with_its_program_and_leaves_what_it_started(void **state)
{
    (void)state;
    pid_t pid;
    int status = 0;
    struct started_told told;
    while (waitpid(-1, NULL, 0) > 0) /* those of the tests before */
        ;
    struct brink_launcher launcher = start("tell");
    int channel = launch(&launcher, &pid);
    assert_int_equal(recv(channel, &told, sizeof told, 0), sizeof told);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
    brink_launcher_close(&launcher);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_int_equal(status, 0);
    assert_int_equal(kill(pid, 0), 0);
    end_with(channel, 0);
    assert_int_equal(recv(channel, &told, sizeof told, 0), 0);
    (void)close(channel);
}

static void signals_do_not_end_it(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGPIPE};
    pid_t pid;
    while (waitpid(-1, NULL, 0) > 0)
        ;
    pid_t group = fork();
    if (group == 0) { /* a group of its own, with the launcher in it */
        (void)setpgid(0, 0);
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            (void)signal(numbers[i], SIG_IGN);
        struct brink_launcher launcher = start("tell");
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            (void)kill(0, numbers[i]);
        int channel = launch(&launcher, &pid);
        end_with(channel, 5);
        int status = 0;
        bool good = brink_launcher_wait(&launcher, PATIENCE_MS, &status);
        _exit(good && WEXITSTATUS(status) == 5 ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(group, &status, 0), group);
    assert_int_equal(status, 0);
}

static void a_launcher_that_has_gone_is_told(void **state)
{
    (void)state;
    int ends[2];
    pid_t pid;
    struct brink_message why = {""};
    struct brink_inheritance inheritance = {.channel = STDIN_FILENO};
    assert_int_equal(brink_pass_pair(ends), 0);
    struct brink_launcher launcher = {ends[0]};
    (void)close(ends[1]);
    assert_int_equal(brink_launcher_launch(&launcher, &inheritance, &pid, &why).err, EPIPE);
    assert_non_null(strstr(why.text, "restart brink"));
    assert_false(brink_launcher_wait(&launcher, PATIENCE_MS, &(int){0}));
    brink_launcher_kill(&launcher);
    brink_launcher_close(&launcher);
    brink_launcher_close(&launcher);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_finds_what_it_inherits),
        cmocka_unit_test(variables_of_others_are_left_alone),
        cmocka_unit_test(how_it_ends_is_told_at_once),
        cmocka_unit_test(one_that_hangs_is_killed),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_file_that_cannot_be_run_is_told),
        cmocka_unit_test(it_ends_with_its_program_and_leaves_what_it_started),
        cmocka_unit_test(signals_do_not_end_it),
        cmocka_unit_test(a_launcher_that_has_gone_is_told),
    };
    if (argc > 1 && getenv(BRINK_INHERITANCE_VARIABLE) != NULL)
        return started_main(argv);
    (void)alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
