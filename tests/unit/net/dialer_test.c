/* Connecting without waiting. */
#include "support/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dialer.h"

static struct wire wire;
static struct brink_source source;
static struct brink_address address;
static brink_result result;
static unsigned runs;
static unsigned results;

static void run(struct brink_loop *loop, struct brink_source *self)
{
    runs++;
    brink_result now = brink_dial_result(loop, self);
    if (now.err == EINPROGRESS)
        return;
    result = now;
    results++;
    self->want = 0;
}

static void reclaim(struct brink_loop *loop, struct brink_source *self)
{
    (void)loop;
    (void)self;
}

static const struct brink_source_ops ops = {run, reclaim, NULL};

static int start(void)
{
    socklen_t length = sizeof address.sock.v4;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    runs = results = 0;
    wire_open(&wire, 1 << 20);
    source = (struct brink_source){.ops = &ops, .fd = -1};
    address = (struct brink_address){.kind = BRINK_ADDRESS_SOCKET, .length = length};
    address.sock.v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(listener, &address.sock.any, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, &address.sock.any, &length), 0);
    return listener;
}

static void stop(void)
{
    brink_loop_close_source(&wire.loop, &source);
    wire_close(&wire);
}

static void connected_it_is_told_of_what_comes(void **state)
{
    (void)state;
    int listener = start();
    assert_int_equal(brink_dial(&wire.loop, &source, &address, BRINK_ARM_EDGE).err, 0);
    assert_int_equal(runs, 0);
    assert_int_equal(brink_dial_result(&wire.loop, &source).err, EINPROGRESS);
    wire_until(&wire, &results, 1);
    assert_int_equal(result.err, 0);
    assert_int_equal(wire.epoll_ctls, 2); /* the loop's own; added, and that is all */
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(send(peer, "x", 1, 0), 1);
    brink_loop_want(&wire.loop, &source, BRINK_READABLE);
    unsigned before = runs;
    wire_until(&wire, &runs, before + 1);
    (void)close(peer);
    (void)close(listener);
    stop();
}

static void a_refusal_is_its_result(void **state)
{
    (void)state;
    int listener = start();
    (void)close(listener);
    brink_result dialed = brink_dial(&wire.loop, &source, &address, BRINK_ARM_EDGE);
    if (!brink_failed(dialed)) {
        wire_until(&wire, &results, 1);
        dialed = result;
    }
    assert_int_equal(dialed.err, ECONNREFUSED);
    stop();
}

static int fail_connect(void *kernel, int fd, const struct sockaddr *to, socklen_t length)
{
    (void)kernel;
    (void)fd;
    (void)to;
    (void)length;
    return -ENETUNREACH;
}

static int fail_socket(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    (void)type;
    return -EMFILE;
}

static int fail_ctl(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    (void)kernel;
    (void)epoll_fd;
    (void)operation;
    (void)fd;
    (void)event;
    return -ENOSPC;
}

static void what_fails_at_once_leaves_nothing(void **state)
{
    (void)state;
    int listener = start();
    int next = dup(listener);
    (void)close(next);
    wire.ops.connect = fail_connect;
    assert_int_equal(brink_dial(&wire.loop, &source, &address, BRINK_ARM_EDGE).err, ENETUNREACH);
    assert_int_equal(source.fd, -1);
    wire.ops.connect = brink_sys_linux.ops->connect;
    wire.ops.epoll_ctl = fail_ctl;
    assert_int_equal(brink_dial(&wire.loop, &source, &address, BRINK_ARM_EDGE).err, ENOSPC);
    assert_int_equal(source.fd, -1);
    wire.ops.socket = fail_socket;
    assert_int_equal(brink_dial(&wire.loop, &source, &address, BRINK_ARM_EDGE).err, EMFILE);
    int again = dup(listener);
    assert_int_equal(again, next); /* no descriptor stayed open */
    (void)close(again);
    (void)close(listener);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connected_it_is_told_of_what_comes),
        cmocka_unit_test(a_refusal_is_its_result),
        cmocka_unit_test(what_fails_at_once_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
