#include "support/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/drain.h"
#include "support/one_server.h"

enum { PATIENCE_MS = 10000, FEW_TURNS = 8 };

static uint64_t rig_now_us(void *kernel)
{
    struct rig *rig = kernel;
    uint64_t real_us = brink_sys_linux.ops->now_us(NULL);
    return (rig->stopped_ms != 0 ? 1000 * rig->stopped_ms : real_us) + 1000 * rig->forward_ms;
}

static uint64_t rig_now_ms(void *kernel)
{
    return rig_now_us(kernel) / 1000;
}

static int rig_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                         struct epoll_event *event)
{
    struct rig *rig = kernel;
    rig->epoll_ctls++;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static void rig_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)level;
    struct rig *rig = context;
    if (rig->log_length + length + 2 > sizeof rig->log)
        return;
    memcpy(rig->log + rig->log_length, line, length);
    rig->log_length += length;
    rig->log[rig->log_length++] = '\n';
}

static void session_gone(struct brink_service *service)
{
    BRINK_CONTAINER_OF(service, struct rig, service)->gone++;
}

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->ops = *brink_sys_linux.ops;
    rig->ops.now_ms = rig_now_ms;
    rig->ops.now_us = rig_now_us;
    rig->ops.epoll_ctl = rig_epoll_ctl;
    rig->sys = (struct brink_sys){&rig->ops, rig};
    rig->upstream_listener = -1;
    brink_spec_default(&rig->options.spec);
    rig->options.log = (struct brink_log){rig_log, rig, BRINK_LOG_DEBUG, NULL};
    brink_upstream_options_init(&rig->upstream);
    rig->upstream.name = "upstream";
    rig->upstream.connect_ms = 0;
}

void rig_start(struct rig *rig, const struct brink_service_kind *kind)
{
    assert_int_equal(brink_arena_open(&rig->arena).err, 0);
    assert_int_equal(brink_loop_open(&rig->loop, &rig->sys, &rig->arena).err, 0);
    assert_int_equal(brink_buffers_init(&rig->buffers, &rig->loop, 1, 16 * 1024 * 1024).err, 0);
    rig->options.kind = kind;
    rig->options.high_bytes = 64 * 1024;
    rig->options.low_bytes = 16 * 1024;
    if (kind->legs == 2 && rig->options.group == NULL) {
        rig->group = one_server(&rig->upstream, &rig->upstream_address, &rig->options.log);
        assert_non_null(rig->group);
        rig->options.group = rig->group;
    }
    brink_service_init(&rig->service, &rig->buffers, &rig->options);
    rig->service.on_session_gone = session_gone;
}

static int listener_on_loopback(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)address, length), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &length), 0);
    return fd;
}

void rig_listen_upstream(struct rig *rig)
{
    struct sockaddr_in address;
    rig->upstream_listener = listener_on_loopback(&address);
    rig->upstream_address.kind = BRINK_ADDRESS_SOCKET;
    rig->upstream_address.length = sizeof address;
    rig->upstream_address.sock.v4 = address;
}

void rig_stop(struct rig *rig)
{
    assert_int_equal(brink_counter_read(&rig->service.stats.sessions), 0);
    assert_true(brink_loop_check(&rig->loop));
    brink_loop_seal(&rig->loop); /* what was posted needs the service */
    brink_service_destroy(&rig->service);
    brink_buffers_destroy(&rig->buffers);
    brink_group_close(rig->group);
    brink_loop_close(&rig->loop);
    assert_int_equal(rig->arena.live_bytes, 0);
    brink_arena_close(&rig->arena);
    if (rig->upstream_listener >= 0)
        (void)close(rig->upstream_listener);
}

int rig_connect(struct rig *rig)
{
    struct sockaddr_in address;
    int listener = listener_on_loopback(&address);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    socklen_t length = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    struct brink_peer peer = brink_peer_from((struct sockaddr *)&address, length);
    brink_service_accept(&rig->service, fd, &peer);
    (void)close(listener);
    return client;
}

void rig_turn(struct rig *rig)
{
    assert_int_equal(brink_loop_turn(&rig->loop, 0).err, 0);
    assert_true(brink_loop_check(&rig->loop));
}

/* Until the descriptor is ready for `events`; in between the loop turns. */
static void wait_for(struct rig *rig, int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    for (int waited = 0; waited < PATIENCE_MS; waited++) {
        rig_turn(rig);
        if (poll(&poll_fd, 1, 1) > 0)
            return;
    }
    fail_msg("descriptor %d did not become ready", fd);
}

int rig_accept_upstream(struct rig *rig)
{
    wait_for(rig, rig->upstream_listener, POLLIN);
    int fd = accept4(rig->upstream_listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

void rig_until(struct rig *rig, bool (*done)(void *arg), void *arg)
{
    for (int waited = 0; waited < PATIENCE_MS; waited++) {
        if (done(arg))
            return;
        assert_int_equal(brink_loop_turn(&rig->loop, 1).err, 0);
    }
    fail_msg("it did not happen in %d ms", PATIENCE_MS);
}

struct wanted {
    struct rig *rig;
    unsigned gone;
};

static bool are_gone(void *arg)
{
    struct wanted *wanted = arg;
    return wanted->rig->gone >= wanted->gone;
}

void rig_until_gone(struct rig *rig, unsigned count)
{
    struct wanted wanted = {rig, count};
    rig_until(rig, are_gone, &wanted);
}

void rig_forward(struct rig *rig, uint64_t ms)
{
    rig->forward_ms += ms;
    for (int i = 0; i < FEW_TURNS; i++)
        rig_turn(rig);
}

void rig_stop_clock(struct rig *rig)
{
    rig->stopped_ms = brink_sys_linux.ops->now_ms(NULL);
}

void rig_send(struct rig *rig, int fd, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        } else {
            assert_int_equal(errno, EAGAIN);
            wait_for(rig, fd, POLLOUT);
        }
    }
    rig_turn(rig);
}

void rig_receive(struct rig *rig, int fd, void *data, size_t length)
{
    uint8_t *bytes = data;
    while (length > 0) {
        wait_for(rig, fd, POLLIN);
        ssize_t n = recv(fd, bytes, length, MSG_DONTWAIT);
        assert_true(n > 0);
        bytes += n;
        length -= (size_t)n;
    }
}

void rig_expect(struct rig *rig, int fd, const void *data, size_t length)
{
    const uint8_t *expected = data;
    uint8_t got[4096];
    while (length > 0) {
        size_t part = length < sizeof got ? length : sizeof got;
        rig_receive(rig, fd, got, part);
        assert_memory_equal(got, expected, part);
        expected += part;
        length -= part;
    }
}

void rig_expect_end(struct rig *rig, int fd)
{
    uint8_t byte;
    wait_for(rig, fd, POLLIN);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

void rig_expect_error(struct rig *rig, int fd, int sys_errno)
{
    uint8_t byte;
    wait_for(rig, fd, POLLIN);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, sys_errno);
}

void rig_expect_silence(struct rig *rig, int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    for (int i = 0; i < FEW_TURNS; i++) {
        rig_turn(rig);
        assert_int_equal(poll(&poll_fd, 1, 1), 0);
    }
}

static void look(struct brink_session *session, void *arg)
{
    (void)arg;
    (void)brink_drain_look(session);
}

void rig_drain_look(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->loop.slots.room; i++)
        brink_sessions_visit(&rig->loop, i, look, NULL);
    rig_turn(rig);
}

void rig_drain_begin(struct rig *rig, enum brink_drain_policy policy, uint32_t timeout_ms)
{
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.policy = policy;
    options.timeout_ms = timeout_ms;
    struct brink_drain_terms terms = brink_drain_terms_of(&options, rig->loop.now_ms);
    brink_drain_service(&rig->service, &terms);
}

void rig_drain(struct rig *rig, enum brink_drain_policy policy, uint32_t timeout_ms)
{
    rig_drain_begin(rig, policy, timeout_ms);
    rig_drain_look(rig);
}

void rig_reset(int fd)
{
    struct linger at_once = {1, 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(fd);
}

bool rig_logged(const struct rig *rig, const char *text)
{
    return strstr(rig->log, text) != NULL;
}

size_t rig_frame(uint8_t *out, uint32_t payload, uint8_t fill)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(payload >> (8 * i));
    memset(out + 4, fill, payload);
    return (size_t)payload + 4;
}
