/* A server from start to end. */
#include "support/served.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server.h"

static void echoes_on_every_worker_and_listener(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.listen[1] = "[::1]:0";
    options.listen_count = 2;
    options.workers = 3;
    struct brink_server *server = served_start(&options);
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = served_connect(server);
        served_echo(fds[i], "hello");
    }
    for (int i = 0; i < 20; i++)
        (void)close(fds[i]);
    assert_true(served_stop(server, 10000));
}

static void relays_to_another(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *echo = served_start(&options);
    options = served_options(BRINK_SERVICE_RELAY);
    char upstream[64];
    options.upstream = brink_server_address(echo, 0, upstream, sizeof upstream);
    struct brink_server *relay = served_start(&options);
    int client = served_connect(relay);
    served_echo(client, "through");
    (void)close(client);
    assert_true(served_stop(relay, 10000));
    assert_true(served_stop(echo, 10000));
}

static void a_frame_begun_before_the_stop_is_finished(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    int busy = served_connect(server);
    int idle = served_connect(server);
    served_echo(busy, "first");
    served_echo(idle, "first");
    served_send(busy, "\4\0\0\0ab", 6);
    served_expect(busy, "\4\0\0\0ab", 6);
    brink_server_stop(server, 10000);
    served_expect_end(idle); /* at a boundary: closed at once */
    served_send(busy, "cd", 2);
    served_expect(busy, "cd", 2);
    served_expect_end(busy);
    (void)close(busy);
    (void)close(idle);
    assert_true(brink_server_wait(server));
    brink_server_free(server);
}

static void the_deadline_cuts_and_tells(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    brink_server_stop(server, 50);
    assert_false(brink_server_wait(server));
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.drain_cut, 1);
    assert_int_equal(stats.frames_cut[BRINK_SIDE_CLIENT], 1);
    uint8_t byte;
    assert_int_equal(recv(client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    (void)close(client);
    brink_server_free(server);
}

static void a_second_stop_shortens_the_first(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_send(client, "\4\0\0\0ab", 6);
    served_expect(client, "\4\0\0\0ab", 6);
    brink_server_stop(server, 1000 * 1000);
    brink_server_stop(server, 0);
    assert_false(brink_server_wait(server));
    (void)close(client);
    brink_server_free(server);
}

/* Descriptors open now. */
static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1000; fd++) {
        struct pollfd poll_fd = {.fd = fd};
        count += poll(&poll_fd, 1, 0) == 0 || !(poll_fd.revents & POLLNVAL);
    }
    return count;
}

static void a_start_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *first = served_start(&options);
    char taken[64];
    options.listen[1] = brink_server_address(first, 0, taken, sizeof taken);
    options.listen_count = 2;
    options.workers = 2;
    int before = open_descriptors();
    struct brink_server *second;
    struct brink_message why = {""};
    brink_result started = brink_server_start(&second, &options, &why);
    assert_int_equal(started.err, EADDRINUSE);
    assert_null(second);
    assert_non_null(strstr(why.text, taken));
    assert_int_equal(open_descriptors(), before);
    assert_true(served_stop(first, 1000));
}

/* What the hook between binding and serving sees. */
struct hook {
    const char *listens; /* an abstract unix socket's name */
    int threads;
    bool bound;
    int fails; /* with this, unless it is 0 */
};

static int threads_now(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}

static brink_result on_bound(void *context, struct brink_message *why)
{
    struct hook *hook = context;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(hook->listens);
    memcpy(address.sun_path + 1, hook->listens, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    hook->bound = connect(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0;
    (void)close(fd);
    hook->threads = threads_now();
    (void)snprintf(why->text, sizeof why->text, "the hook says no");
    return brink_fail(hook->fails);
}

/* From there on threads have what rights the hook has left. */
static void the_hook_comes_when_all_is_bound_and_nothing_runs(void **state)
{
    (void)state;
    char name[64];
    char address[80];
    (void)snprintf(name, sizeof name, "brink-hook-%ld", (long)getpid());
    (void)snprintf(address, sizeof address, "unix:@%s", name);
    struct hook hook = {.listens = name};
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.listen[1] = address;
    options.listen_count = 2;
    options.workers = 2;
    options.on_bound = on_bound;
    options.bound_context = &hook;
    int before = threads_now();
    struct brink_server *server = served_start(&options);
    assert_true(hook.bound);
    assert_int_equal(hook.threads, before);
    assert_true(threads_now() > before);
    assert_true(served_stop(server, 1000));
}

static void a_hook_that_fails_fails_the_start(void **state)
{
    (void)state;
    struct hook hook = {.listens = "brink-nobody", .fails = EPERM};
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.on_bound = on_bound;
    options.bound_context = &hook;
    struct brink_server *server;
    struct brink_message why = {""};
    int before = open_descriptors();
    assert_int_equal(brink_server_start(&server, &options, &why).err, EPERM);
    assert_null(server);
    assert_string_equal(why.text, "the hook says no");
    assert_int_equal(open_descriptors(), before);
}

static int fails_from;

static int few_epolls(void *kernel)
{
    if (fails_from-- <= 0)
        return -EMFILE;
    return brink_sys_linux.ops->epoll_create(kernel);
}

static void a_worker_that_cannot_be_set_up_is_told(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 4;
    struct brink_sys_ops ops = *brink_sys_linux.ops;
    ops.epoll_create = few_epolls;
    struct brink_sys sys = {&ops, NULL};
    int before = open_descriptors();
    for (int i = 0; i < 4; i++) {
        fails_from = i;
        struct brink_server *server;
        struct brink_message why = {""};
        assert_int_equal(brink_server_start_on(&server, &sys, &options, &why).err, EMFILE);
        assert_null(server);
        assert_true(strlen(why.text) > 0);
        assert_int_equal(open_descriptors(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes_on_every_worker_and_listener),
        cmocka_unit_test(relays_to_another),
        cmocka_unit_test(a_frame_begun_before_the_stop_is_finished),
        cmocka_unit_test(the_deadline_cuts_and_tells),
        cmocka_unit_test(a_second_stop_shortens_the_first),
        cmocka_unit_test(a_start_that_fails_leaves_nothing),
        cmocka_unit_test(the_hook_comes_when_all_is_bound_and_nothing_runs),
        cmocka_unit_test(a_hook_that_fails_fails_the_start),
        cmocka_unit_test(a_worker_that_cannot_be_set_up_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
