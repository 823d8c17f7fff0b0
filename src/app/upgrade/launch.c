#include "app/upgrade/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/systemd/listen_fds.h"
#include "sys/pass.h"

enum {
    FD = 3, /* where its own descriptors are */
    SIGNALS = 4,
    OWN_END = 5,
    MOST = 1 + BRINK_INHERITANCE_SOCKETS,
    NOT_STARTED = 127
};

struct life {
    const struct brink_program *program;
    pid_t owner; /* the program's process */
    int first;   /* where a new program finds what it inherits */
    pid_t child; /* that was started last and has not ended; 0: there is none */
};

static void report(enum brink_launch_news news, pid_t pid, int value)
{
    struct brink_launch_report told = {(uint32_t)news, (int32_t)pid, value};
    (void)brink_pass_send(FD, &told, sizeof told, NULL, 0); /* who has gone is noticed by poll */
}

/* --- the child --- */

static bool is_for(const char *name, pid_t owner)
{
    const char *value = getenv(name);
    return value != NULL && strtol(value, NULL, 10) == (long)owner;
}

/* Not at the numbers by which the sockets of a manager are called: those come on the channel. */
static int first_descriptor(pid_t owner)
{
    const char *count = getenv("LISTEN_FDS");
    long passed = count != NULL && is_for("LISTEN_PID", owner) ? strtol(count, NULL, 10) : 0;
    return BRINK_LISTEN_FDS_FIRST +
           (int)(passed > 0 && passed <= BRINK_LISTEN_FDS_MAX ? passed : 0);
}

/* A manager's variables that are for the old process are for the new one. */
static void readdress(const char *name, pid_t owner)
{
    char text[24];
    if (!is_for(name, owner))
        return;
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    (void)setenv(name, text, 1);
}

/* Puts `fds`, wherever they are, to `first` and on, and `failed` behind them, and closes all else
 * but standard input, output and error. */
static bool arrange(int first, const int *fds, size_t count, int failed)
{
    int high[MOST + 1];
    int end = first + (int)count;
    for (size_t i = 0; i <= count; i++) {
        high[i] = fcntl(i < count ? fds[i] : failed, F_DUPFD, end + 1);
        if (high[i] < 0)
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(high[i], first + (int)i) < 0)
            return false;
    }
    if (dup3(high[count], end, O_CLOEXEC) < 0)
        return false;
    brink_pass_close_from(end + 1);
    for (int fd = FD; fd < first; fd++)
        (void)close(fd);
    return true;
}

static void describe(int first, const struct brink_launch_request *request)
{
    char text[BRINK_INHERITANCE_TEXT];
    struct brink_inheritance inheritance = {.channel = first, .count = request->sockets};
    for (uint32_t i = 0; i < request->sockets; i++) {
        inheritance.sockets[i] = first + 1 + (int)i;
        inheritance.names[i] = request->names[i];
    }
    (void)setenv(BRINK_INHERITANCE_VARIABLE, brink_inheritance_write(&inheritance, text), 1);
}

/* As a shell would start it: no signal waits, and none is ignored that was not before main. */
static void restore_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static noreturn void become(const struct life *life, const struct brink_launch_request *request,
                            const int *fds, int failed)
{
    int err;
    if (arrange(life->first, fds, 1 + request->sockets, failed)) {
        failed = life->first + 1 + (int)request->sockets;
        describe(life->first, request);
        readdress("LISTEN_PID", life->owner);
        readdress("WATCHDOG_PID", life->owner);
        restore_signals();
        (void)execv(life->program->path, life->program->argv);
    }
    err = errno;
    (void)brink_pass_send(failed, &err, sizeof err, NULL, 0);
    _exit(NOT_STARTED);
}

/* What exec said; 0 once the program is another. */
static int wait_for_exec(int fd)
{
    int err = 0;
    size_t none = 0;
    ssize_t got = brink_pass_receive(fd, &err, sizeof err, NULL, &none);
    return got == (ssize_t)sizeof err ? err : 0;
}

static int start(struct life *life, const struct brink_launch_request *request, const int *fds)
{
    int ends[2];
    int err = -brink_pass_pair(ends);
    if (err != 0)
        return err;
    pid_t pid = fork();
    if (pid == 0)
        become(life, request, fds, ends[1]);
    err = pid < 0 ? errno : 0;
    (void)close(ends[1]);
    if (pid > 0)
        err = wait_for_exec(ends[0]);
    (void)close(ends[0]);
    if (pid > 0 && err != 0)
        (void)waitpid(pid, NULL, 0);
    if (err == 0)
        life->child = pid;
    return err;
}

/* --- requests --- */

static bool is_text(const struct brink_inheritance_name *name)
{
    return memchr(name->text, '\0', sizeof name->text) != NULL;
}

/* An errno value; 0: it makes sense. */
static int check(const struct life *life, const struct brink_launch_request *request,
                 size_t descriptors)
{
    struct brink_inheritance checked = {0};
    if (request->sockets > BRINK_INHERITANCE_SOCKETS || descriptors != 1 + request->sockets)
        return EINVAL;
    for (uint32_t i = 0; i < request->sockets; i++) {
        if (!is_text(&request->names[i]) ||
            brink_failed(brink_inheritance_add(&checked, 0, request->names[i].text, NULL)))
            return EINVAL;
    }
    return life->child != 0 ? EBUSY : 0;
}

static void obey(struct life *life, const struct brink_launch_request *request, const int *fds,
                 size_t descriptors)
{
    if (request->wish == BRINK_LAUNCH_KILL) {
        if (life->child != 0)
            (void)kill(life->child, SIGKILL);
        return;
    }
    int err = request->wish == BRINK_LAUNCH_START ? check(life, request, descriptors) : EINVAL;
    if (err == 0)
        err = start(life, request, fds);
    if (err == 0)
        report(BRINK_LAUNCH_STARTED, life->child, 0);
    else
        report(BRINK_LAUNCH_REFUSED, 0, err);
}

/* False once the program has gone. */
static bool take_request(struct life *life)
{
    struct brink_launch_request request;
    int fds[MOST];
    size_t count = MOST;
    ssize_t got = brink_pass_receive(FD, &request, sizeof request, fds, &count);
    if (got == 0)
        return false;
    if (got == (ssize_t)sizeof request)
        obey(life, &request, fds, count);
    else
        report(BRINK_LAUNCH_REFUSED, 0, got < 0 ? (int)-got : EINVAL);
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
    return true;
}

static void take_signal(struct life *life)
{
    struct signalfd_siginfo info;
    int status;
    (void)!read(SIGNALS, &info, sizeof info);
    if (life->child == 0 || waitpid(life->child, &status, WNOHANG) != life->child)
        return;
    report(BRINK_LAUNCH_ENDED, life->child, status);
    life->child = 0;
}

/* --- life --- */

/* Its two descriptors to where they are looked for; all else is closed. */
static bool settle(int fd)
{
    sigset_t all;
    sigset_t child;
    (void)sigfillset(&all);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, an end would not be told */
    (void)prctl(PR_SET_NAME, "brink-launcher");
    int high = fcntl(fd, F_DUPFD, OWN_END);
    int signals = signalfd(-1, &child, SFD_NONBLOCK);
    if (high < 0 || signals < 0)
        return false;
    signals = fcntl(signals, F_DUPFD, OWN_END);
    if (signals < 0 || dup3(high, FD, O_CLOEXEC) < 0 || dup3(signals, SIGNALS, O_CLOEXEC) < 0)
        return false;
    brink_pass_close_from(OWN_END);
    return true;
}

noreturn void brink_launch_live(int fd, const struct brink_program *program, pid_t owner)
{
    struct life life = {program, owner, first_descriptor(owner), 0};
    struct pollfd fds[] = {{.fd = FD, .events = POLLIN}, {.fd = SIGNALS, .events = POLLIN}};
    bool lives = settle(fd);
    while (lives) {
        int ready = poll(fds, 2, -1);
        if (ready > 0 && fds[0].revents != 0)
            lives = take_request(&life);
        if (lives && ready > 0 && fds[1].revents != 0)
            take_signal(
                &life); /* without the program, how its successor ends is for init to know */
        if (ready < 0)
            lives = errno == EINTR; /* stopped, and continued */
    }
    _exit(0);
}
