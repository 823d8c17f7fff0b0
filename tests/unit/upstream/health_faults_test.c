/* The k-th system call or allocation of health checks fails, for every k and each plausible errno:
 * checks go on afterwards, nothing leaks, and what says nothing of the server is not held against
 * it. And they are stopped at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/failing_sys.h"
#include "support/counting_source.h"
#include "support/fake_group.h"
#include "upstream/health.h"

enum { STEP_MS = 10, PATIENCE_STEPS = 5000, K_MAX = 500 };

static const uint8_t ping[] = {4, 0, 0, 0, 'p', 'i', 'n', 'g'};
static const uint8_t pong[] = {4, 0, 0, 0, 'p', 'o', 'n', 'g'};
static const struct brink_log no_log;

struct scene {
    struct failing_sys sys;
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_group group;
    struct fake_target *server;
    struct brink_spec spec;
    struct brink_health_settings settings;
    struct brink_health health;
    int listener;
    int peer; /* -1: nobody is connected */
    size_t received;
    int next; /* the next descriptor */
};

static struct scene scene;

static int next_descriptor(void)
{
    int fd = dup(scene.listener);
    (void)close(fd);
    return fd;
}

static void listen_here(struct brink_address *address)
{
    socklen_t length = sizeof address->sock.v4;
    scene.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *address = (struct brink_address){.kind = BRINK_ADDRESS_SOCKET, .length = length};
    address->sock.v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(scene.listener, &address->sock.any, length), 0);
    assert_int_equal(listen(scene.listener, 8), 0);
    assert_int_equal(getsockname(scene.listener, &address->sock.any, &length), 0);
}

static void prepare(void)
{
    struct brink_address address;
    memset(&scene, 0, sizeof scene);
    scene.peer = -1;
    listen_here(&address);
    scene.next = next_descriptor();
    failing_sys_init(&scene.sys);
    counting_open(&scene.arena, &scene.memory);
    assert_int_equal(brink_loop_open(&scene.loop, &scene.sys.sys, &scene.arena).err, 0);
    fake_group_init(&scene.group);
    scene.group.options.health.send = ping;
    scene.group.options.health.send_size = sizeof ping;
    scene.group.options.health.expect = pong;
    scene.group.options.health.expect_size = sizeof pong;
    scene.server = fake_group_add(&scene.group, &address);
    brink_spec_default(&scene.spec);
    scene.settings =
        (struct brink_health_settings){.group = &scene.group, .spec = &scene.spec, .log = &no_log};
}

static void end(void)
{
    if (scene.peer >= 0)
        (void)close(scene.peer);
    brink_health_stop(&scene.health);
    assert_int_equal(fake_group_holds(&scene.group), 0);
    assert_int_equal(brink_loop_turn(&scene.loop, 0).err, 0);
    brink_loop_close(&scene.loop);
    assert_int_equal(scene.memory.blocks, 0);
    brink_arena_close(&scene.arena);
    scene.peer = accept(scene.listener, NULL, NULL); /* one that was left in the queue */
    if (scene.peer >= 0)
        (void)close(scene.peer);
    assert_int_equal(next_descriptor(), scene.next);
    (void)close(scene.listener);
}

/* The server: answers each ping, one connection at a time. */
static void serve(void)
{
    uint8_t bytes[64];
    if (scene.peer < 0) {
        scene.peer = accept(scene.listener, NULL, NULL);
        scene.received = 0;
        return;
    }
    ssize_t n = recv(scene.peer, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        (void)close(scene.peer);
        scene.peer = -1;
        return;
    }
    scene.received += (size_t)n;
    if (scene.received == sizeof ping)
        (void)send(scene.peer, pong, sizeof pong, MSG_NOSIGNAL);
}

static void step(void)
{
    brink_result turned = brink_loop_turn(&scene.loop, 0);
    assert_true(!brink_failed(turned) || scene.sys.fired);
    assert_true(brink_loop_check(&scene.loop));
    serve();
    scene.sys.forward_ms += STEP_MS;
}

static void until_passed(unsigned count)
{
    for (int i = 0; i < PATIENCE_STEPS && scene.server->passed < count; i++)
        step();
    assert_true(scene.server->passed >= count);
}

/* True if the server has to do with it. */
static bool is_the_servers(enum fault_call call, int error)
{
    static const int ours[] = {EMFILE, ENFILE,        ENOBUFS, ENOMEM, ENOSPC,
                               EINTR,  EADDRNOTAVAIL, EAGAIN,  EIO};
    if (call != FAULT_SOCKET && call != FAULT_CONNECT && call != FAULT_RECV && call != FAULT_SENDV)
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (error == ours[i])
            return false;
    return true;
}

static void start_despite_faults(void)
{
    brink_result started = brink_health_start(&scene.health, &scene.loop, &scene.settings);
    if (!brink_failed(started))
        return;
    assert_int_equal(started.err, ENOMEM);
    started = brink_health_start(&scene.health, &scene.loop, &scene.settings);
    assert_int_equal(started.err, 0);
}

/* True if it came to that. */
static bool play(enum fault_call call, int error, unsigned k)
{
    prepare();
    if (error != 0)
        failing_sys_arm(&scene.sys, call, error, k);
    else
        scene.memory.fail_at = scene.memory.calls + k;
    start_despite_faults();
    until_passed(3);
    bool came = error != 0 ? scene.sys.fired : scene.memory.calls >= scene.memory.fail_at;
    failing_sys_arm(&scene.sys, call, error, 0);
    scene.memory.fail_at = 0;
    assert_true(scene.server->failed <= (error != 0 && is_the_servers(call, error)));
    until_passed(scene.server->passed + 2);
    end();
    return came;
}

static unsigned every_k(enum fault_call call, int error)
{
    for (unsigned k = 1; k < K_MAX; k++)
        if (!play(call, error, k))
            return k - 1;
    fail_msg("there is no end of it");
    return 0;
}

static void whatever_fails_checks_go_on(void **state)
{
    (void)state;
    unsigned count = every_k(FAULT_CALLS, 0);
    assert_true(count >= 2); /* timers, and servers */
    for (unsigned call = 0; call < FAULT_CALLS; call++)
        for (unsigned i = 0; fault_kinds[call].errors[i] != 0; i++)
            count += every_k((enum fault_call)call, fault_kinds[call].errors[i]);
    print_message("   %u calls and allocations failed\n", count);
    assert_true(count > 100);
}

static void stopped_at_any_moment_all_is_given_back(void **state)
{
    (void)state;
    unsigned passed = 0;
    for (unsigned steps = 0; passed < 2; steps++) {
        prepare();
        start_despite_faults();
        for (unsigned i = 0; i < steps; i++)
            step();
        passed = scene.server->passed;
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_fails_checks_go_on),
        cmocka_unit_test(stopped_at_any_moment_all_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
