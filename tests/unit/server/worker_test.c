/* The client limit over all workers, and what a worker does without descriptors. */
#include "support/served.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/echo.h"
#include "server/server.h"

static bool is_served(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) > 0;
}

/* Which of the descriptors has been answered; waits for one. */
static size_t wait_for_one(const int *fds, size_t count)
{
    struct pollfd poll_fds[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        poll_fds[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    assert_true(poll(poll_fds, count, 10000) > 0);
    for (size_t i = 0; i < count; i++)
        if (poll_fds[i].revents != 0)
            return i;
    fail();
    return 0;
}

static void who_leaves_lets_another_in(void **state)
{
    (void)state;
    enum { MOST = 4, ALL = 40 };
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    options.max_clients = MOST;
    struct brink_server *server = served_start(&options);
    int fds[ALL];
    for (size_t i = 0; i < ALL; i++) {
        fds[i] = served_connect(server);
        served_send(fds[i], "\1\0\0\0x", 5);
    }
    size_t left = ALL;
    while (left > 0) { /* everyone is served in the end, and never more than the limit at once */
        size_t served = wait_for_one(fds, left);
        struct brink_server_stats stats;
        brink_server_stats(server, &stats);
        assert_true(stats.clients <= MOST);
        served_expect(fds[served], "\1\0\0\0x", 5);
        (void)close(fds[served]);
        fds[served] = fds[--left];
    }
    assert_true(served_stop(server, 10000));
}

static void beyond_the_limit_nobody_is_served(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.max_clients = 1;
    struct brink_server *server = served_start(&options);
    int first = served_connect(server);
    served_echo(first, "in");
    int second = served_connect(server);
    served_send(second, "\1\0\0\0x", 5);
    for (int i = 0; i < 20; i++)
        served_echo(first, "still in");
    assert_false(is_served(second));
    (void)close(first);
    served_expect(second, "\1\0\0\0x", 5);
    (void)close(second);
    assert_true(served_stop(server, 10000));
}

static atomic_int accept_fails;
static atomic_int accepts;

static int accept_or_fail(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)atomic_fetch_add(&accepts, 1);
    if (atomic_load(&accept_fails) > 0) {
        (void)atomic_fetch_sub(&accept_fails, 1);
        return -EMFILE;
    }
    return brink_sys_linux.ops->accept(kernel, fd, address, length);
}

static void without_descriptors_it_rests_and_goes_on(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_sys_ops ops = *brink_sys_linux.ops;
    ops.accept = accept_or_fail;
    struct brink_sys sys = {&ops, NULL};
    struct brink_server *server;
    struct brink_message why;
    assert_int_equal(brink_server_start_on(&server, &sys, &options, &why).err, 0);
    int first = served_connect(server);
    served_echo(first, "in");
    atomic_store(&accept_fails, 3);
    atomic_store(&accepts, 0);
    int second = served_connect(server);
    served_echo(second, "after a while");
    assert_in_range(atomic_load(&accepts), 4, 10); /* it did not spin */
    served_echo(first, "unharmed");
    (void)close(first);
    (void)close(second);
    assert_true(served_stop(server, 10000));
}

static unsigned posts_of(const struct brink_loop *loop)
{
    unsigned count = 0;
    for (const struct brink_post *post = atomic_load(&loop->posts); post != NULL; post = post->next)
        if (++count > 10)
            fail_msg("the posts go round");
    return count;
}

/* One of its listeners may be told of a place, and another find none, while the post that tells it
 * is still on its way. */
static void a_place_is_told_of_once(void **state)
{
    (void)state;
    static struct brink_worker worker;
    static struct brink_member member;
    struct brink_clients clients = {.count = 2, .max = 2};
    struct brink_service_options service = {
        .kind = &brink_echo_kind, .high_bytes = 2, .low_bytes = 1};
    brink_spec_default(&service.spec);
    struct brink_worker_settings settings = {
        .sys = &brink_sys_linux,
        .clients = &clients,
        .peers = &worker,
        .peer_count = 1,
        .members = &member,
        .member_count = 1,
        .budget = 1 << 20,
    };
    assert_int_equal(brink_worker_init(&worker, 0, &settings).err, 0);
    struct brink_branch *branch = brink_branch_open(&worker, &service, NULL);
    assert_non_null(branch);
    for (int i = 0; i < 2; i++) {
        atomic_store(&worker.waits_for_place, true);
        branch->service.on_session_gone(&branch->service);
        assert_int_equal(posts_of(&worker.loop), 1);
    }
    assert_int_equal(brink_loop_turn(&worker.loop, 0).err, 0);
    assert_int_equal(posts_of(&worker.loop), 0);
    atomic_store(&clients.count, 1);
    atomic_store(&worker.waits_for_place, true); /* and the next time it is told again */
    branch->service.on_session_gone(&branch->service);
    assert_int_equal(posts_of(&worker.loop), 1);
    assert_int_equal(brink_loop_turn(&worker.loop, 0).err, 0);
    brink_worker_destroy(&worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_leaves_lets_another_in),
        cmocka_unit_test(beyond_the_limit_nobody_is_served),
        cmocka_unit_test(without_descriptors_it_rests_and_goes_on),
        cmocka_unit_test(a_place_is_told_of_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
