/* While one server hands over to another the k-th system call of either fails, for every k: each
 * client is served on, by one of them, or its connection ends; no byte is wrong, nobody waits for
 * ever, and no descriptor is left behind. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brink/handover.h"
#include "server/server.h"
#include "support/served.h"

enum { K_MAX = 500, CLIENTS = 3 };

enum call {
    CALL_SEND_RIGHTS,
    CALL_RECV_RIGHTS,
    CALL_EPOLL_CREATE,
    CALL_EPOLL_CTL,
    CALL_WAKEUP_CREATE,
    CALL_SET_NONBLOCKING,
    CALL_GETSOCKOPT,
    CALL_GETSOCKNAME,
    CALL_DUPLICATE,
    CALL_SPARE_OPEN,
    CALLS
};

static const struct {
    const char *name;
    int errors[8];
} kinds[CALLS] = {
    [CALL_SEND_RIGHTS] = {"send", {EINTR, EAGAIN, ENOBUFS, ETOOMANYREFS, EPIPE, ECONNRESET}},
    [CALL_RECV_RIGHTS] = {"receive", {EINTR, ENOMEM, ECONNRESET, EIO}},
    [CALL_EPOLL_CREATE] = {"epoll_create1", {EMFILE}},
    [CALL_EPOLL_CTL] = {"epoll_ctl", {ENOSPC}},
    [CALL_WAKEUP_CREATE] = {"eventfd", {EMFILE}},
    [CALL_SET_NONBLOCKING] = {"fcntl", {EBADF}},
    [CALL_GETSOCKOPT] = {"getsockopt", {ENOBUFS}},
    [CALL_GETSOCKNAME] = {"getsockname", {ENOBUFS}},
    [CALL_DUPLICATE] = {"F_DUPFD", {EMFILE}},
    [CALL_SPARE_OPEN] = {"open", {ENFILE}},
};

/* A kernel of which one call fails; by several threads. */
struct failing {
    struct brink_sys_ops ops;
    struct brink_sys sys;
    atomic_int call; /* CALLS: none */
    atomic_int error;
    atomic_uint left; /* calls until then */
    atomic_bool fired;
};

static bool fails(void *kernel, enum call call)
{
    struct failing *failing = kernel;
    if (atomic_load(&failing->call) != (int)call || atomic_fetch_sub(&failing->left, 1) != 1)
        return false;
    atomic_store(&failing->call, CALLS);
    atomic_store(&failing->fired, true);
    return true;
}

static int error_of(void *kernel)
{
    return -atomic_load(&((struct failing *)kernel)->error);
}

#define OPS (brink_sys_linux.ops)

static ssize_t send_rights(void *kernel, int fd, const void *data, size_t size, const int *fds,
                           size_t count)
{
    return fails(kernel, CALL_SEND_RIGHTS) ? error_of(kernel)
                                           : OPS->send_rights(NULL, fd, data, size, fds, count);
}

static ssize_t recv_rights(void *kernel, int fd, void *buffer, size_t size, int *fds, size_t *count)
{
    *count = 0;
    return fails(kernel, CALL_RECV_RIGHTS) ? error_of(kernel)
                                           : OPS->recv_rights(NULL, fd, buffer, size, fds, count);
}

static int epoll_create_or_not(void *kernel)
{
    return fails(kernel, CALL_EPOLL_CREATE) ? error_of(kernel) : OPS->epoll_create(NULL);
}

static int epoll_ctl_or_not(void *kernel, int epoll_fd, int operation, int fd,
                            struct epoll_event *event)
{
    bool ends = operation == EPOLL_CTL_DEL; /* which cannot fail */
    return !ends && fails(kernel, CALL_EPOLL_CTL)
               ? error_of(kernel)
               : OPS->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static int wakeup_create(void *kernel)
{
    return fails(kernel, CALL_WAKEUP_CREATE) ? error_of(kernel) : OPS->wakeup_create(NULL);
}

static int set_nonblocking(void *kernel, int fd)
{
    return fails(kernel, CALL_SET_NONBLOCKING) ? error_of(kernel) : OPS->set_nonblocking(NULL, fd);
}

static int getsockopt_or_not(void *kernel, int fd, int level, int name, void *value,
                             socklen_t *size)
{
    return fails(kernel, CALL_GETSOCKOPT) ? error_of(kernel)
                                          : OPS->getsockopt(NULL, fd, level, name, value, size);
}

static int getsockname_or_not(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    return fails(kernel, CALL_GETSOCKNAME) ? error_of(kernel)
                                           : OPS->getsockname(NULL, fd, address, length);
}

static int duplicate(void *kernel, int fd)
{
    return fails(kernel, CALL_DUPLICATE) ? error_of(kernel) : OPS->duplicate(NULL, fd);
}

static int spare_open(void *kernel)
{
    return fails(kernel, CALL_SPARE_OPEN) ? error_of(kernel) : OPS->spare_open(NULL);
}

static void failing_init(struct failing *failing)
{
    failing->ops = *OPS;
    failing->ops.send_rights = send_rights;
    failing->ops.recv_rights = recv_rights;
    failing->ops.epoll_create = epoll_create_or_not;
    failing->ops.epoll_ctl = epoll_ctl_or_not;
    failing->ops.wakeup_create = wakeup_create;
    failing->ops.set_nonblocking = set_nonblocking;
    failing->ops.getsockopt = getsockopt_or_not;
    failing->ops.getsockname = getsockname_or_not;
    failing->ops.duplicate = duplicate;
    failing->ops.spare_open = spare_open;
    failing->sys = (struct brink_sys){&failing->ops, failing};
    atomic_store(&failing->call, CALLS);
    atomic_store(&failing->fired, false);
}

static void arm(struct failing *failing, enum call call, int error, unsigned k)
{
    atomic_store(&failing->left, k);
    atomic_store(&failing->error, error);
    atomic_store(&failing->call, (int)call);
}

/* --- the two of them --- */

static struct failing old_kernel;
static struct failing young_kernel;
static struct brink_server *old;
static struct brink_server *young;
static int ends[2];

static void tell(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)context;
    (void)level;
    (void)fprintf(stderr, "      %.*s\n", (int)length, line);
}

static struct brink_server_options options(void)
{
    struct brink_server_options made = served_options(BRINK_SERVICE_ECHO);
    made.workers = 2;
    if (getenv("BRINK_TELL") != NULL)
        made.log = (struct brink_log){.write = tell, .level = BRINK_LOG_INFO};
    return made;
}

static void *take_over(void *arg)
{
    struct brink_message why = {""};
    struct brink_server_options mine = options();
    (void)arg;
    mine.takeover_fd = ends[1];
    if (brink_failed(brink_server_start_on(&young, &young_kernel.sys, &mine, &why))) {
        (void)close(ends[1]);
        return NULL;
    }
    brink_result taken = brink_server_take_over(young, &why);
    (void)taken.err; /* it goes on, whatever comes of that */
    return NULL;
}

static void hand_over(void)
{
    struct brink_message why = {""};
    struct brink_drain_options drain;
    pthread_t thread;
    brink_drain_options_init(&drain);
    drain.timeout_ms = 3000;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, take_over, NULL), 0);
    if (brink_failed(brink_server_hand_over(old, ends[0], 10000, &drain, &why)))
        (void)close(ends[0]);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* --- the clients --- */

/* True if it is served; false if its connection has ended. Anything else fails the test. */
static bool echoes(int fd)
{
    static const char frame[] = "\3\0\0\0abc";
    char got[7];
    size_t have = 0;
    if (send(fd, frame, 7, MSG_NOSIGNAL) != 7)
        return false;
    while (have < 7) {
        ssize_t n = recv(fd, got + have, 7 - have, 0);
        if (n < 0 && errno == EAGAIN)
            fail_msg("nobody answers");
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    assert_memory_equal(got, frame, 7);
    return true;
}

static unsigned count_files(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static void stop(struct brink_server *server)
{
    brink_server_stop(server, 1000);
    (void)brink_server_wait(server);
    brink_server_free(server);
}

/* True if it came to the k-th call. */
static bool play(struct failing *whose, enum call call, int error, unsigned k)
{
    int clients[CLIENTS];
    struct brink_message why = {""};
    struct brink_server_options mine = options();
    if (getenv("BRINK_TELL") != NULL)
        (void)fprintf(stderr, "   %s %u fails with %s\n", kinds[call].name, k, strerror(error));
    unsigned files = count_files();
    young = NULL;
    failing_init(&old_kernel);
    failing_init(&young_kernel);
    assert_int_equal(brink_server_start_on(&old, &old_kernel.sys, &mine, &why).err, 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = served_connect(old);
        assert_true(echoes(clients[i]));
    }
    arm(whose, call, error, k);
    hand_over();
    for (int i = 0; i < CLIENTS; i++)
        if (echoes(clients[i]))
            (void)echoes(clients[i]);
    bool came = atomic_load(&whose->fired);
    atomic_store(&whose->call, CALLS);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(clients[i]);
    stop(old);
    if (young != NULL)
        stop(young);
    assert_int_equal(count_files(), files);
    return came;
}

static void every_k(struct failing *whose)
{
    unsigned count = 0;
    for (unsigned call = 0; call < CALLS; call++)
        for (unsigned i = 0; kinds[call].errors[i] != 0; i++)
            for (unsigned k = 1; play(whose, (enum call)call, kinds[call].errors[i], k); k++) {
                count++;
                if (k >= K_MAX)
                    fail_msg("%s: there is no end of it", kinds[call].name);
            }
    print_message("   %u calls failed\n", count);
    assert_true(count > 20);
}

static void the_old_ones_calls(void **state)
{
    (void)state;
    every_k(&old_kernel);
}

static void the_new_ones_calls(void **state)
{
    (void)state;
    every_k(&young_kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_ones_calls),
        cmocka_unit_test(the_new_ones_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
