#include "server/channel.h"

#include <errno.h>

#include "event/poller.h"

enum { RETRY_MS = 10 }; /* for memory that the kernel lacks */

/* What the caller may do about it. */
static brink_result failure(int err)
{
    switch (err) {
    case EAGAIN:
        return brink_fail(EAGAIN);
    case ENOBUFS:
    case ENOMEM:
    case ETOOMANYREFS: /* too many descriptors are on their way: unix(7) */
        return brink_fail(ENOBUFS);
    default:
        return brink_fail(EPIPE);
    }
}

brink_result brink_channel_send(const struct brink_channel *channel,
                                const struct brink_handover_message *message, const int *fds,
                                size_t count)
{
    uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX];
    const struct brink_sys *sys = channel->sys;
    size_t size = brink_handover_encode(message, bytes);
    if (size == 0)
        return brink_fail(EMSGSIZE);
    ssize_t sent;
    do
        sent = sys->ops->send_rights(sys->context, channel->fd, bytes, size, fds, count);
    while (sent == -EINTR);
    return sent < 0 ? failure((int)-sent) : brink_ok();
}

void brink_channel_close_fds(const struct brink_channel *channel, const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)channel->sys->ops->close(channel->sys->context, fds[i]);
}

static bool carries_fds(enum brink_handover_kind kind)
{
    return kind == BRINK_HANDOVER_SOCKET || kind == BRINK_HANDOVER_PARCEL;
}

/* A peer that closed its end with something unread there leaves us ECONNRESET, once; what it sent
 * before is there still. */
brink_result brink_channel_receive(const struct brink_channel *channel,
                                   struct brink_handover_message *message,
                                   int fds[BRINK_RIGHTS_MAX], size_t *count)
{
    uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX];
    const struct brink_sys *sys = channel->sys;
    for (;;) {
        message->kind = 0;
        *count = 0;
        ssize_t got =
            sys->ops->recv_rights(sys->context, channel->fd, bytes, sizeof bytes, fds, count);
        if (got == -EINTR || got == -ECONNRESET)
            continue;
        if (got == 0)
            return brink_fail(EPIPE);
        if (got < 0)
            return got == -EMSGSIZE ? brink_fail(EINVAL) : failure((int)-got);
        brink_result decoded = brink_handover_decode(message, bytes, (size_t)got);
        if (brink_failed(decoded) || !carries_fds(message->kind)) {
            brink_channel_close_fds(channel, fds, *count);
            *count = 0;
        }
        if (decoded.err != ENOTSUP) /* else a later version's, that we need not know */
            return decoded;
    }
}

/* --- waiting --- */

static brink_result wait_for(const struct brink_channel *channel, uint8_t interest,
                             uint64_t until_ms)
{
    struct brink_poller poller;
    struct brink_event event;
    int told = 0;
    uint64_t now_ms = channel->sys->ops->now_ms(channel->sys->context);
    if (now_ms >= until_ms)
        return brink_fail(ETIMEDOUT);
    uint64_t left_ms = until_ms - now_ms;
    brink_result waited = brink_poller_open(&poller, channel->sys);
    if (brink_failed(waited))
        return waited;
    waited = brink_poller_add(&poller, channel->fd, 0, interest, BRINK_ARM_EDGE);
    if (!brink_failed(waited))
        waited = brink_poller_wait(&poller, &event, 1, &told,
                                   left_ms < INT32_MAX ? (int)left_ms : INT32_MAX);
    brink_poller_close(&poller);
    return waited;
}

/* After a try that failed with `tried`: it may be tried again, or the result is final. */
static brink_result wait_after(const struct brink_channel *channel, brink_result tried,
                               uint8_t interest, uint64_t until_ms)
{
    const struct brink_sys *sys = channel->sys;
    if (tried.err == EAGAIN)
        return wait_for(channel, interest, until_ms);
    if (tried.err != ENOBUFS)
        return tried;
    if (sys->ops->now_ms(sys->context) >= until_ms)
        return brink_fail(ETIMEDOUT);
    sys->ops->sleep_ms(sys->context, RETRY_MS);
    return brink_ok();
}

brink_result brink_channel_send_until(const struct brink_channel *channel,
                                      const struct brink_handover_message *message, const int *fds,
                                      size_t count, uint64_t until_ms)
{
    for (;;) {
        brink_result sent = brink_channel_send(channel, message, fds, count);
        if (!brink_failed(sent))
            return sent;
        brink_result waited = wait_after(channel, sent, BRINK_WRITABLE, until_ms);
        if (brink_failed(waited))
            return waited;
    }
}

brink_result brink_channel_receive_until(const struct brink_channel *channel,
                                         struct brink_handover_message *message,
                                         int fds[BRINK_RIGHTS_MAX], size_t *count,
                                         uint64_t until_ms)
{
    for (;;) {
        brink_result received = brink_channel_receive(channel, message, fds, count);
        if (!brink_failed(received))
            return received;
        brink_result waited = wait_after(channel, received, BRINK_READABLE, until_ms);
        if (brink_failed(waited))
            return waited;
    }
}
