/* brink/handover.h: what the two processes say before the first client changes over. */
#include "server/handover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/message.h"
#include "brink/handover.h"
#include "brink/version.h"
#include "server/server.h"

enum {
    NAMES_MS = 3000, /* to wait at most for upstreams that are found by a name */
    NAMES_LOOK_MS = 10
};

static brink_result fail(struct brink_message *why, int err, const char *what)
{
    (void)brink_message_set(why, "%s: %s", what, strerror(err));
    return brink_fail(err);
}

static uint64_t now_ms(const struct brink_server *server)
{
    return server->sys->ops->now_ms(server->sys->context);
}

static struct brink_handover_message introduce(enum brink_handover_kind kind)
{
    struct brink_handover_message message = {.kind = kind, .protocol = BRINK_HANDOVER_PROTOCOL};
    (void)snprintf(message.version, sizeof message.version, "%s", brink_version());
    return message;
}

/* Of who has spoken first, or answered. */
static brink_result check_protocol(const struct brink_handover_message *message,
                                   enum brink_handover_kind kind, struct brink_message *why)
{
    if (message->kind == kind && message->protocol == BRINK_HANDOVER_PROTOCOL)
        return brink_ok();
    if (message->kind == kind)
        (void)brink_message_set(why,
                                "version %s hands over in another way (%u, here it is %u): restart "
                                "instead",
                                message->version, (unsigned)message->protocol,
                                (unsigned)BRINK_HANDOVER_PROTOCOL);
    else
        (void)brink_message_set(why, "the other process speaks otherwise");
    return brink_fail(EPROTO);
}

/* What a failure on the channel means to who waits. */
static brink_result channel_failure(brink_result failed, const char *who, struct brink_message *why)
{
    switch (failed.err) {
    case EPIPE:
        (void)brink_message_set(why, "the %s process has gone", who);
        return brink_fail(ECONNRESET);
    case ETIMEDOUT:
        (void)brink_message_set(why, "the %s process was not ready in time", who);
        return failed;
    case EINVAL:
        (void)brink_message_set(why, "what the %s process says makes no sense", who);
        return brink_fail(EPROTO);
    default:
        return fail(why, failed.err, "the other process cannot be spoken to");
    }
}

/* --- the new process --- */

static brink_result receive(struct brink_server *server, struct brink_handover_message *message,
                            int fds[BRINK_RIGHTS_MAX], size_t *count, uint64_t until_ms,
                            struct brink_message *why)
{
    struct brink_channel channel = {server->sys, server->takeover_fd};
    brink_result received = brink_channel_receive_until(&channel, message, fds, count, until_ms);
    return brink_failed(received) ? channel_failure(received, "old", why) : received;
}

static void add_socket(struct brink_server *server, const struct brink_handover_message *message,
                       const int *fds, size_t count)
{
    struct brink_inherited_origin origin;
    char text[BRINK_LOG_NAME_MAX];
    brink_result added = brink_fail(EBADF);
    (void)snprintf(origin.listener, sizeof origin.listener, "%s", message->listener);
    (void)snprintf(origin.wanted, sizeof origin.wanted, "%s", message->wanted);
    if (count > 0)
        added = brink_inherited_add(&server->inherited, fds[0], &origin);
    for (size_t i = 1; i < count; i++)
        (void)server->sys->ops->close(server->sys->context, fds[i]);
    if (brink_failed(added))
        brink_log_write(&server->plain_log, BRINK_LOG_WARN,
                        "event=takeover-socket address=%s error=\"%s\"",
                        brink_log_quote(message->bound, text, sizeof text), strerror(added.err));
}

static brink_result receive_sockets(struct brink_server *server, uint64_t until_ms,
                                    struct brink_message *why)
{
    struct brink_handover_message message;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    for (;;) {
        brink_result received = receive(server, &message, fds, &count, until_ms, why);
        if (brink_failed(received) || message.kind == BRINK_HANDOVER_SOCKETS_END)
            return received;
        if (message.kind == BRINK_HANDOVER_SOCKET) {
            add_socket(server, &message, fds, count);
            continue;
        }
        struct brink_channel channel = {server->sys, server->takeover_fd};
        brink_channel_close_fds(&channel, fds, count);
    }
}

brink_result brink_handover_inherit(struct brink_server *server,
                                    const struct brink_server_options *options,
                                    struct brink_message *why)
{
    struct brink_handover_message hello;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    server->takeover_fd = -1;
    if (options->takeover_fd == 0)
        return brink_ok();
    int result = server->sys->ops->set_nonblocking(server->sys->context, options->takeover_fd);
    if (result < 0)
        return fail(why, -result, "the descriptor to take over by is none");
    uint64_t until_ms = now_ms(server) + BRINK_HANDOVER_HELLO_MS;
    server->takeover_fd = options->takeover_fd;
    brink_result inherited = receive(server, &hello, fds, &count, until_ms, why);
    if (!brink_failed(inherited))
        inherited = check_protocol(&hello, BRINK_HANDOVER_HELLO, why);
    if (!brink_failed(inherited)) {
        inherited =
            brink_inherited_open(&server->inherited, server->sys, &server->arena, hello.sockets);
        if (brink_failed(inherited))
            return fail(why, inherited.err, "the old process's sockets cannot be taken over");
        inherited = receive_sockets(server, until_ms, why);
    }
    return inherited;
}

/* An upstream that is found by a name has no servers before that was answered, and clients that
 * come with one of them would be taken for those of a server that has left. */
static bool names_are_known(struct brink_server *server)
{
    bool known = true;
    brink_server_lock(server);
    for (size_t i = 0; i < server->groups.count; i++) {
        struct brink_group_figures figures;
        struct brink_task *const *tasks = server->tasks.all[i];
        if (tasks[BRINK_TASK_BY_NAME] == NULL && tasks[BRINK_TASK_BY_SERVICE] == NULL)
            continue;
        brink_group_figures(server->groups.all[i], &figures);
        known &= figures.servers > 0;
    }
    brink_server_unlock(server);
    return known;
}

static void wait_for_names(struct brink_server *server)
{
    uint64_t until_ms = now_ms(server) + NAMES_MS;
    while (!names_are_known(server) && now_ms(server) < until_ms)
        server->sys->ops->sleep_ms(server->sys->context, NAMES_LOOK_MS);
}

brink_result brink_server_take_over(struct brink_server *server, struct brink_message *why)
{
    struct brink_handover_message ready = introduce(BRINK_HANDOVER_READY);
    (void)pthread_mutex_lock(&server->changing);
    int fd = server->takeover_fd;
    server->takeover_fd = -1;
    brink_result started = brink_fail(fd < 0 ? EINVAL : 0);
    if (fd < 0)
        (void)brink_message_set(why, "there is no process to take over from");
    else
        started = brink_taker_start(&server->taker, server, fd);
    (void)pthread_mutex_unlock(&server->changing);
    if (fd < 0)
        return started;
    if (brink_failed(started)) {
        (void)server->sys->ops->close(server->sys->context, fd);
        return fail(why, started.err, "clients cannot be taken over");
    }
    wait_for_names(server);
    struct brink_channel channel = {server->sys, fd};
    brink_result sent = brink_channel_send_until(&channel, &ready, NULL, 0,
                                                 now_ms(server) + BRINK_HANDOVER_HELLO_MS);
    (void)pthread_mutex_lock(&server->changing);
    if (!brink_failed(sent) && !server->ended)
        brink_taker_begin(&server->taker);
    else if (!server->ended) /* else it has been stopped already */
        brink_taker_stop(&server->taker);
    (void)pthread_mutex_unlock(&server->changing);
    return brink_failed(sent) ? channel_failure(sent, "old", why) : sent;
}

/* --- the old process --- */

/* Its fds, once each: those that are duplicates have one queue together. */
static uint32_t sockets_of(const struct brink_opening *opening)
{
    bool one =
        opening->bound.sock.any.sa_family == AF_UNIX || strncmp(opening->text, "fd:", 3) == 0;
    return one ? 1 : opening->count;
}

/* The sockets of one address are told by those who may close them. */
struct asked {
    const struct brink_opening *opening;
    int fds[BRINK_WORKERS_MAX];
};

static void tell_socket(struct brink_worker *worker, void *arg)
{
    struct asked *asked = arg;
    for (uint32_t i = worker->index; i < asked->opening->count; i += worker->peer_count)
        asked->fds[i] = asked->opening->entrances[i]->listener.source.fd;
}

static uint32_t count_sockets(const struct brink_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < server->opening_count; i++)
        count += sockets_of(server->openings[i]);
    return (uint32_t)count;
}

static brink_result send_opening(struct brink_server *server, const struct brink_channel *channel,
                                 const struct brink_opening *opening, uint64_t until_ms)
{
    struct brink_handover_message message = {.kind = BRINK_HANDOVER_SOCKET};
    (void)snprintf(message.listener, sizeof message.listener, "%s", opening->front->name);
    (void)snprintf(message.wanted, sizeof message.wanted, "%s", opening->text);
    (void)brink_address_format(&opening->bound, message.bound, sizeof message.bound);
    struct asked asked = {.opening = opening};
    brink_server_call(server, tell_socket, &asked);
    brink_result sent = brink_ok();
    for (uint32_t i = 0; i < sockets_of(opening) && !brink_failed(sent); i++)
        if (asked.fds[i] >= 0)
            sent = brink_channel_send_until(channel, &message, &asked.fds[i], 1, until_ms);
    return sent;
}

static brink_result offer(struct brink_server *server, const struct brink_channel *channel,
                          uint64_t until_ms, struct brink_message *why)
{
    struct brink_handover_message hello = introduce(BRINK_HANDOVER_HELLO);
    struct brink_handover_message end = {.kind = BRINK_HANDOVER_SOCKETS_END};
    hello.sockets = count_sockets(server);
    brink_result sent = brink_channel_send_until(channel, &hello, NULL, 0, until_ms);
    for (size_t i = 0; i < server->opening_count && !brink_failed(sent); i++)
        sent = send_opening(server, channel, server->openings[i], until_ms);
    if (!brink_failed(sent))
        sent = brink_channel_send_until(channel, &end, NULL, 0, until_ms);
    return brink_failed(sent) ? channel_failure(sent, "new", why) : sent;
}

static brink_result wait_until_ready(const struct brink_channel *channel, uint64_t until_ms,
                                     struct brink_message *why)
{
    struct brink_handover_message message;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    brink_result received = brink_channel_receive_until(channel, &message, fds, &count, until_ms);
    if (brink_failed(received))
        return channel_failure(received, "new", why);
    brink_channel_close_fds(channel, fds, count);
    return check_protocol(&message, BRINK_HANDOVER_READY, why);
}

static bool stops(const struct brink_server *server)
{
    bool stops = server->ended;
    for (uint32_t i = 0; i < server->worker_count; i++)
        stops |= atomic_load(&server->workers[i].stop_by_ms) != BRINK_NEVER;
    return stops;
}

static brink_result fail_busy(struct brink_message *why)
{
    (void)brink_message_set(why, "the server stops, or hands over already");
    return brink_fail(EBUSY);
}

/* The thread is there before the new process is told anything: what comes after its answer cannot
 * fail. */
static brink_result prepare(struct brink_server *server, int channel, struct brink_message *why)
{
    int result = server->sys->ops->set_nonblocking(server->sys->context, channel);
    if (result < 0)
        return fail(why, -result, "the channel is none");
    if (stops(server) || server->asking)
        return fail_busy(why);
    brink_result started = brink_giver_start(&server->giver, server, channel);
    if (started.err == EBUSY)
        return fail_busy(why);
    if (brink_failed(started))
        return fail(why, started.err, "the thread that hands over cannot be started");
    server->asking = true;
    return started;
}

static brink_result go_on(struct brink_server *server, const struct brink_drain_options *drain,
                          struct brink_message *why)
{
    if (stops(server))
        return fail_busy(why);
    struct brink_drain_options defaults;
    brink_drain_options_init(&defaults);
    struct brink_drain_terms terms =
        brink_drain_terms_of(drain != NULL ? drain : &defaults, now_ms(server));
    brink_log_write(&server->plain_log, BRINK_LOG_INFO, "event=handover timeout_ms=%u",
                    (unsigned)(drain != NULL ? drain->timeout_ms : defaults.timeout_ms));
    brink_giver_begin(&server->giver, &terms);
    return brink_ok();
}

brink_result brink_server_hand_over(struct brink_server *server, int channel, uint32_t ready_ms,
                                    const struct brink_drain_options *drain,
                                    struct brink_message *why)
{
    struct brink_channel end = {server->sys, channel};
    uint64_t until_ms = now_ms(server) + ready_ms;
    (void)pthread_mutex_lock(&server->changing);
    brink_result result = prepare(server, channel, why);
    bool prepared = !brink_failed(result);
    if (prepared)
        result = offer(server, &end, until_ms, why);
    (void)pthread_mutex_unlock(&server->changing);
    if (!prepared)
        return result;
    if (!brink_failed(result))
        result = wait_until_ready(&end, until_ms, why);
    (void)pthread_mutex_lock(&server->changing);
    server->asking = false;
    if (!brink_failed(result))
        result = go_on(server, drain, why);
    if (brink_failed(result))
        brink_giver_stop(&server->giver);
    (void)pthread_mutex_unlock(&server->changing);
    return result;
}

/* --- the end --- */

void brink_handover_stop(struct brink_server *server)
{
    brink_giver_stop(&server->giver);
    brink_taker_stop(&server->taker);
    if (server->takeover_fd >= 0)
        (void)server->sys->ops->close(server->sys->context, server->takeover_fd);
    server->takeover_fd = -1;
}
