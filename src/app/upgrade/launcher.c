#include "app/upgrade/launcher.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/command.h"
#include "app/upgrade/launch.h"
#include "base/message.h"
#include "sys/pass.h"

enum { ANSWER_MS = 10000 }; /* it has nothing else to do; the machine may */

/* The launcher's end of the channel is closed here in any case. */
static brink_result fork_launcher(const int ends[2], const struct brink_program *program)
{
    sigset_t all;
    sigset_t before;
    pid_t owner = getpid();
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before); /* none may reach it before it lets them wait */
    pid_t pid = fork();
    if (pid == 0)
        brink_launch_live(ends[1], program, owner);
    int err = pid < 0 ? errno : 0;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)close(ends[1]);
    if (err != 0)
        (void)close(ends[0]);
    return err != 0 ? brink_fail(err) : brink_ok();
}

brink_result brink_launcher_start(struct brink_launcher *launcher,
                                  const struct brink_program *program, struct brink_message *why)
{
    int ends[2];
    int err = -brink_pass_pair(ends);
    brink_result started = err != 0 ? brink_fail(err) : fork_launcher(ends, program);
    launcher->fd = brink_failed(started) ? -1 : ends[0];
    if (brink_failed(started))
        (void)brink_message_set(why, "no process can be started that starts new ones: %s",
                                strerror(started.err));
    return started;
}

/* The next report, if one comes within `timeout_ms`; false also if the launcher has gone. */
static bool next_report(struct brink_launcher *launcher, int timeout_ms,
                        struct brink_launch_report *report)
{
    struct pollfd fd = {.fd = launcher->fd, .events = POLLIN};
    size_t none = 0;
    int ready;
    do
        ready = poll(&fd, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && brink_pass_receive(launcher->fd, report, sizeof *report, NULL, &none) ==
                            (ssize_t)sizeof *report;
}

static brink_result answer_of(struct brink_launcher *launcher, pid_t *pid)
{
    struct brink_launch_report report;
    do {
        if (!next_report(launcher, ANSWER_MS, &report))
            return brink_fail(EPIPE);
    } while (report.news == BRINK_LAUNCH_ENDED); /* of one before, which nobody waited for */
    *pid = report.pid;
    return report.news == BRINK_LAUNCH_STARTED ? brink_ok() : brink_fail(report.value);
}

static void explain(int err, struct brink_message *why)
{
    if (err == EPIPE)
        (void)brink_message_set(why, "the process that starts new programs has gone; restart brink "
                                     "to have it again");
    else if (err == EBUSY)
        (void)brink_message_set(why, "the program that was started before still runs");
    else
        (void)brink_message_set(why, "the program cannot be started: %s", strerror(err));
}

brink_result brink_launcher_launch(struct brink_launcher *launcher,
                                   const struct brink_inheritance *inheritance, pid_t *pid,
                                   struct brink_message *why)
{
    struct brink_launch_request request = {.wish = BRINK_LAUNCH_START,
                                           .sockets = inheritance->count};
    int fds[1 + BRINK_INHERITANCE_SOCKETS] = {inheritance->channel};
    for (uint32_t i = 0; i < inheritance->count; i++) {
        fds[1 + i] = inheritance->sockets[i];
        request.names[i] = inheritance->names[i];
    }
    int err = -brink_pass_send(launcher->fd, &request, sizeof request, fds, 1 + inheritance->count);
    brink_result result = err == 0 ? answer_of(launcher, pid) : brink_fail(err);
    if (brink_failed(result))
        explain(result.err, why);
    return result;
}

bool brink_launcher_wait(struct brink_launcher *launcher, int timeout_ms, int *status)
{
    struct brink_launch_report report;
    if (!next_report(launcher, timeout_ms, &report) || report.news != BRINK_LAUNCH_ENDED)
        return false;
    *status = report.value;
    return true;
}

void brink_launcher_kill(struct brink_launcher *launcher)
{
    struct brink_launch_request request = {.wish = BRINK_LAUNCH_KILL};
    (void)brink_pass_send(launcher->fd, &request, sizeof request, NULL, 0);
}

void brink_launcher_describe(int status, struct brink_message *text)
{
    if (WIFSIGNALED(status)) {
        (void)brink_message_set(text, "it was ended by signal %d (%s)", WTERMSIG(status),
                                strsignal(WTERMSIG(status)));
        return;
    }
    const char *meaning = "its log says why";
    if (WEXITSTATUS(status) == BRINK_EXIT_CONFIG)
        meaning = "its configuration has errors; brink check tells them";
    else if (WEXITSTATUS(status) == BRINK_EXIT_USAGE)
        meaning = "it does not understand the command line";
    (void)brink_message_set(text, "it ended with status %d: %s", WEXITSTATUS(status), meaning);
}

void brink_launcher_close(struct brink_launcher *launcher)
{
    if (launcher->fd >= 0)
        (void)close(launcher->fd);
    launcher->fd = -1;
}
