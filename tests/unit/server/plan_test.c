/* Whatever fails while other options are prepared, the server goes on as it was, and holds what it
 * held: each allocation and each system call once. */
#include "support/reloads.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "brink/operate.h"
#include "server/server.h"

enum { K_MAX = 1000 };

static struct reloads before;
static struct reloads after;
static struct brink_server *echo;
static struct brink_server *server;
static char echo_address[128];

/* --- what fails --- */

static atomic_int left; /* calls until one fails; 0: none does */
static atomic_int failed;

static bool fails(void)
{
    if (atomic_load(&left) == 0 || atomic_fetch_sub(&left, 1) != 1)
        return false;
    (void)atomic_fetch_add(&failed, 1);
    return true;
}

#define LINUX brink_sys_linux.ops

static int failing_socket(void *kernel, int domain, int type)
{
    return fails() ? -EMFILE : LINUX->socket(kernel, domain, type);
}

static int failing_bind(void *kernel, int fd, const struct sockaddr *address, socklen_t length)
{
    return fails() ? -EADDRINUSE : LINUX->bind(kernel, fd, address, length);
}

static int failing_listen(void *kernel, int fd, int backlog)
{
    return fails() ? -EADDRINUSE : LINUX->listen(kernel, fd, backlog);
}

static int failing_getsockname(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    return fails() ? -ENOBUFS : LINUX->getsockname(kernel, fd, address, length);
}

/* The workers' own business, such as a client that leaves meanwhile, is not what is tried here. */
static int failing_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                             struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && fails())
        return -ENOSPC;
    return LINUX->epoll_ctl(kernel, epoll_fd, operation, fd, event);
}

static int failing_epoll_create(void *kernel)
{
    return fails() ? -EMFILE : LINUX->epoll_create(kernel);
}

static int failing_wakeup_create(void *kernel)
{
    return fails() ? -EMFILE : LINUX->wakeup_create(kernel);
}

static int failing_spare_open(void *kernel)
{
    return fails() ? -ENFILE : LINUX->spare_open(kernel);
}

/* An arena that passes everything on to the one in whose place it stands, but what fails. */
struct stand_in {
    struct brink_arena real;
};

static void *stand_in_alloc(void *arg, size_t size, size_t align)
{
    struct stand_in *stand_in = arg;
    return fails() ? NULL : brink_arena_alloc(&stand_in->real, size, align);
}

static void stand_in_release(void *arg, void *block, size_t size, size_t align)
{
    struct stand_in *stand_in = arg;
    brink_arena_release(&stand_in->real, block, size, align);
}

static struct stand_in stand_ins[3]; /* of the server, and the workers */

static void replace(struct brink_arena *arena, struct stand_in *stand_in)
{
    static const struct brink_memory_source source = {stand_in_alloc, stand_in_release};
    size_t live_bytes = arena->live_bytes;
    stand_in->real = *arena;
    brink_arena_open_source(arena, &source, stand_in);
    arena->live_bytes = live_bytes;
}

static void restore(struct brink_arena *arena, const struct stand_in *stand_in)
{
    *arena = stand_in->real;
}

static void replace_here(struct brink_worker *worker, void *arg)
{
    (void)arg;
    replace(&worker->arena, &stand_ins[1 + worker->index]);
}

static void restore_here(struct brink_worker *worker, void *arg)
{
    (void)arg;
    restore(&worker->arena, &stand_ins[1 + worker->index]);
}

/* --- the scene --- */

/* It has an echo, a relay and an upstream; it gets another listener and upstream, with checks, and
 * the others change. */
static void begin(void)
{
    static struct brink_sys_ops ops;
    static struct brink_sys sys = {&ops, NULL};
    struct brink_message why = {""};
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, echo_address, sizeof echo_address);
    reloads_init(&before);
    (void)reloads_listener(&before, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    reloads_listener(&before, "relay", BRINK_SERVICE_RELAY, "127.0.0.1:0")->upstream = "first";
    (void)reloads_upstream(&before, "first");
    reloads_server(&before, 0, echo_address);
    reloads_init(&after);
    struct brink_listener_options *changed =
        reloads_listener(&after, "relay", BRINK_SERVICE_RELAY, "127.0.0.1:0");
    changed->upstream = "first";
    changed->idle_ms = 12345;
    changed->limits.max_per_source = 100;
    reloads_address(&after, 0, "127.0.0.1:0");
    reloads_listener(&after, "new", BRINK_SERVICE_RELAY, "[::1]:0")->upstream = "second";
    struct brink_upstream_options *upstream = reloads_upstream(&after, "first");
    upstream->balance = BRINK_BALANCE_SOURCE;
    upstream->health.interval_ms = 1000;
    reloads_server(&after, 0, "127.0.0.1:1");
    reloads_server(&after, 0, echo_address);
    (void)reloads_upstream(&after, "second");
    reloads_server(&after, 1, echo_address);
    ops = *LINUX;
    ops.socket = failing_socket;
    ops.bind = failing_bind;
    ops.listen = failing_listen;
    ops.getsockname = failing_getsockname;
    ops.epoll_ctl = failing_epoll_ctl;
    ops.epoll_create = failing_epoll_create;
    ops.wakeup_create = failing_wakeup_create;
    ops.spare_open = failing_spare_open;
    if (brink_failed(brink_server_start_on(&server, &sys, &before.options, &why)))
        fail_msg("%s", why.text);
}

static void end(void)
{
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(echo, 10000));
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1000; fd++) {
        struct pollfd poll_fd = {.fd = fd};
        count += poll(&poll_fd, 1, 0) == 0 || !(poll_fd.revents & POLLNVAL);
    }
    return count;
}

static void all_is_as_before(const struct brink_server_listener_stats *relay)
{
    struct brink_server_listener_stats stats = reloads_stats(server, "relay");
    struct brink_server_upstream_stats upstream;
    assert_int_equal(stats.first_address, relay->first_address);
    assert_int_equal(stats.address_count, 1);
    assert_true(brink_server_upstream_stats(server, 0, &upstream));
    assert_int_equal(upstream.servers, 1);
    assert_false(brink_server_upstream_stats(server, 1, &upstream));
}

/* True if it came to the k-th. */
static bool try_with(int k, int descriptors)
{
    struct brink_message why = {""};
    struct brink_server_listener_stats relay = reloads_stats(server, "relay");
    atomic_store(&failed, 0);
    atomic_store(&left, k);
    brink_result reloaded = brink_server_reload(server, &after.options, &why);
    atomic_store(&left, 0);
    bool came = atomic_load(&failed) > 0;
    if (!brink_failed(reloaded))
        return came; /* what failed could be done without */
    assert_true(came);
    assert_true(why.text[0] != '\0');
    all_is_as_before(&relay);
    assert_int_equal(open_descriptors(), descriptors);
    int client = reloads_connect(server, "relay");
    served_echo(client, "as before");
    (void)close(client);
    reloads_wait_for_clients(server, 0);
    return true;
}

static void whatever_fails(bool memory)
{
    begin();
    int client = reloads_connect(server, "echo");
    served_echo(client, "hello");
    (void)close(client);
    client = reloads_connect(server, "relay");
    served_echo(client, "hello");
    (void)close(client);
    reloads_wait_for_clients(server, 0);
    int descriptors = open_descriptors();
    size_t live_bytes = 0;
    bool came = true;
    for (int k = 1; came; k++) {
        assert_true(k < K_MAX);
        if (memory) {
            replace(&server->arena, &stand_ins[0]);
            brink_server_call(server, replace_here, NULL);
        }
        came = try_with(k, descriptors);
        if (memory) {
            brink_server_call(server, restore_here, NULL);
            restore(&server->arena, &stand_ins[0]);
        }
        if (k == 10) /* names are kept by then */
            live_bytes = server->arena.live_bytes;
        struct brink_server_upstream_stats second;
        if (brink_server_upstream_stats(server, 1, &second)) { /* it went well: back */
            reloads_apply(&before, server);
            descriptors = open_descriptors(); /* the control has begun */
        }
    }
    assert_true(server->arena.live_bytes <= live_bytes + 1024);
    end();
}

static void system_calls_may_fail(void **state)
{
    (void)state;
    whatever_fails(false);
}

static void memory_may_be_lacking(void **state)
{
    (void)state;
    whatever_fails(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_calls_may_fail),
        cmocka_unit_test(memory_may_be_lacking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
