/* A worker's threads: they begin, they outlive a kernel that would not wait, and all of them end.
 */
#include "support/served.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "server/server.h"

static atomic_int waits_that_fail;
static atomic_int rests;

static int wait_or_fail(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                        int timeout_ms)
{
    if (atomic_fetch_sub(&waits_that_fail, 1) > 0)
        return -ENOMEM;
    return brink_sys_linux.ops->epoll_wait(kernel, epoll_fd, events, room, timeout_ms);
}

static void count_rest(void *kernel, unsigned milliseconds)
{
    (void)atomic_fetch_add(&rests, 1);
    brink_sys_linux.ops->sleep_ms(kernel, milliseconds);
}

static void serve(enum brink_server_dispatch dispatch)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_sys_ops ops = *brink_sys_linux.ops;
    ops.epoll_wait = wait_or_fail;
    ops.sleep_ms = count_rest;
    struct brink_sys sys = {&ops, NULL};
    struct brink_server *server;
    struct brink_message why;
    options.workers = 3;
    options.dispatch = dispatch;
    atomic_store(&rests, 0);
    atomic_store(&waits_that_fail, 4);
    assert_int_equal(brink_server_start_on(&server, &sys, &options, &why).err, 0);
    int client = served_connect(server);
    served_echo(client, "served all the same");
    (void)close(client);
    assert_true(served_stop(server, 10000)); /* waits for the threads */
    assert_true(atomic_load(&rests) >= 4);   /* and they did not spin */
}

static void a_kernel_that_would_not_wait_ends_no_thread(void **state)
{
    (void)state;
    serve(BRINK_DISPATCH_SHARDED);
    serve(BRINK_DISPATCH_SHARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_that_would_not_wait_ends_no_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
