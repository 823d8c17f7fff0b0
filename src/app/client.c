#include "app/client.h"

#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>

enum { CANCEL = 1, CONNECTION = 2 }; /* what an event is of */

uint64_t brink_client_now_ms(const struct brink_client *client)
{
    return client->sys->ops->now_ms(client->sys->context);
}

static int watch(struct brink_client *client, int fd, uint32_t events, uint32_t what)
{
    const struct brink_sys *sys = client->sys;
    struct epoll_event event = {.events = events, .data.u32 = what};
    return sys->ops->epoll_ctl(sys->context, client->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

brink_result brink_client_open(struct brink_client *client, const struct brink_sys *sys,
                               const struct brink_direction *direction, int cancel_fd)
{
    *client = (struct brink_client){.sys = sys, .direction = direction, .fd = -1};
    client->epoll_fd = sys->ops->epoll_create(sys->context);
    if (client->epoll_fd < 0)
        return brink_fail(-client->epoll_fd);
    int err = cancel_fd < 0 ? 0 : -watch(client, cancel_fd, EPOLLIN, CANCEL);
    if (err != 0)
        brink_client_close(client);
    return brink_fail(err); /* 0 is success */
}

void brink_client_disconnect(struct brink_client *client)
{
    if (client->fd >= 0)
        (void)client->sys->ops->close(client->sys->context, client->fd);
    client->fd = -1;
}

void brink_client_close(struct brink_client *client)
{
    brink_client_disconnect(client);
    (void)client->sys->ops->close(client->sys->context, client->epoll_fd);
    client->epoll_fd = -1;
}

/* Waits for the next edge at the connection, once. Success is also a spurious one. */
static brink_result wait_edge(struct brink_client *client, uint64_t deadline_ms)
{
    const struct brink_sys *sys = client->sys;
    uint64_t now_ms = brink_client_now_ms(client);
    uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    int timeout_ms = left_ms < INT_MAX ? (int)left_ms : INT_MAX;
    struct epoll_event events[2];
    int count = sys->ops->epoll_wait(sys->context, client->epoll_fd, events, 2, timeout_ms);
    if (count < 0)
        return count == -EINTR ? brink_ok() : brink_fail(-count);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == CANCEL)
            return brink_fail(ECANCELED);
    }
    bool over = left_ms == 0 || (count == 0 && timeout_ms < INT_MAX);
    return over ? brink_fail(ETIMEDOUT) : brink_ok();
}

static brink_result finish_connect(struct brink_client *client, uint64_t deadline_ms)
{
    const struct brink_sys *sys = client->sys;
    int returned = watch(client, client->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, CONNECTION);
    if (returned < 0)
        return brink_fail(-returned);
    brink_result result = wait_edge(client, deadline_ms); /* its outcome is the first edge */
    if (brink_failed(result))
        return result;
    int err = 0;
    socklen_t size = sizeof err;
    returned = sys->ops->getsockopt(sys->context, client->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    return brink_fail(returned < 0 ? -returned : err);
}

brink_result brink_client_connect(struct brink_client *client, const struct brink_address *address,
                                  uint64_t deadline_ms)
{
    const struct brink_sys *sys = client->sys;
    const struct sockaddr *to = &address->sock.any;
    if (address->kind != BRINK_ADDRESS_SOCKET)
        return brink_fail(EINVAL); /* fd:N is for listening */
    client->fd = sys->ops->socket(sys->context, to->sa_family, SOCK_STREAM);
    if (client->fd < 0)
        return brink_fail(-client->fd);
    const int on = 1; /* a frame is sent whole: nothing to wait for. Unix sockets refuse: good */
    (void)sys->ops->setsockopt(sys->context, client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int returned = sys->ops->connect(sys->context, client->fd, to, address->length);
    brink_result result = returned == 0 || returned == -EINPROGRESS
                              ? finish_connect(client, deadline_ms)
                              : brink_fail(-returned);
    brink_decoder_init(&client->decoder, client->direction);
    if (brink_failed(result))
        brink_client_disconnect(client);
    return result;
}

/* How far an exchange has come. */
struct exchange {
    const uint8_t *request;
    uint8_t *reply;
    size_t length;
    size_t sent;
    size_t got;
    bool stuck_send; /* the kernel takes no more: an edge will tell */
    bool stuck_receive;
};

static brink_result push(struct brink_client *client, struct exchange *exchange)
{
    const struct brink_sys *sys = client->sys;
    exchange->stuck_send = exchange->sent == exchange->length;
    if (exchange->stuck_send)
        return brink_ok();
    ssize_t sent = sys->ops->send(sys->context, client->fd, exchange->request + exchange->sent,
                                  exchange->length - exchange->sent);
    exchange->stuck_send = sent == -EAGAIN;
    if (sent >= 0)
        exchange->sent += (size_t)sent;
    return sent >= 0 || sent == -EAGAIN || sent == -EINTR ? brink_ok() : brink_fail((int)-sent);
}

/* Takes `fresh` more bytes as received; *whole when they end the frame. */
static brink_result decode(struct brink_client *client, struct exchange *exchange, size_t fresh,
                           bool *whole)
{
    const uint8_t *at = exchange->reply + exchange->got;
    exchange->got += fresh;
    while (fresh > 0) {
        struct brink_decoded decoded =
            brink_decoder_next(&client->decoder, client->direction, at, fresh);
        if (decoded.event == BRINK_DECODE_BAD)
            return brink_fail(EPROTO);
        at += decoded.used;
        fresh -= decoded.used;
        if (decoded.event == BRINK_DECODE_FRAME) {
            *whole = true;
            return brink_fail(fresh > 0 ? EMSGSIZE : 0);
        }
    }
    *whole =
        exchange->got == exchange->length && client->direction->frame.kind == BRINK_LENGTH_NONE;
    return brink_ok();
}

static brink_result pull(struct brink_client *client, struct exchange *exchange, bool *whole)
{
    const struct brink_sys *sys = client->sys;
    size_t room = exchange->length - exchange->got;
    if (room == 0)
        return brink_fail(EMSGSIZE); /* as long as the request and still not at its end */
    ssize_t got = sys->ops->recv(sys->context, client->fd, exchange->reply + exchange->got, room);
    exchange->stuck_receive = got == -EAGAIN;
    if (got == 0)
        return brink_fail(ECONNABORTED);
    if (got < 0)
        return got == -EAGAIN || got == -EINTR ? brink_ok() : brink_fail((int)-got);
    return decode(client, exchange, (size_t)got, whole);
}

brink_result brink_client_exchange(struct brink_client *client, const uint8_t *request,
                                   size_t length, uint8_t *reply, size_t *replied,
                                   uint64_t deadline_ms)
{
    struct exchange exchange = {.request = request, .reply = reply, .length = length};
    brink_result result = brink_ok();
    bool whole = length == 0;
    while (!whole && !brink_failed(result)) {
        result = push(client, &exchange);
        if (!brink_failed(result))
            result = pull(client, &exchange, &whole);
        if (!brink_failed(result) && !whole && exchange.stuck_send && exchange.stuck_receive)
            result = wait_edge(client, deadline_ms);
    }
    *replied = exchange.got;
    return result;
}

brink_result brink_client_rest(struct brink_client *client, uint64_t until_ms)
{
    brink_result result = brink_ok();
    while (!brink_failed(result) && brink_client_now_ms(client) < until_ms)
        result = wait_edge(client, until_ms);
    return result.err == ETIMEDOUT ? brink_ok() : result;
}
