/* Writing to a stream; stream.c has the rest. */
#include <errno.h>

#include "net/stream_turn.h"

/* Nothing more can be sent. What has come is still read before the owner is told; that there may be
 * nothing is no reason to wait for an edge, which a failure other than the connection's makes none
 * of. */
static void fail_write(struct brink_stream *stream, int sys_errno)
{
    stream->broken_errno = (int16_t)sys_errno;
    stream->source.ready |= BRINK_READABLE;
    brink_queue_clear(&stream->out, &stream->io->buffers->segments);
    brink_buffers_freed(stream->io->buffers);
}

/* Sends queued bytes and, if all of these fit into one call, `data` behind them. Tells how much of
 * `data` was taken. False when the kernel takes no more, or the stream is broken. */
static bool send_once(struct brink_stream *stream, const void *data, size_t length, size_t *taken)
{
    struct iovec parts[BRINK_QUEUE_PARTS + 1];
    size_t count = brink_queue_peek(&stream->out, parts);
    size_t queued = 0;
    for (size_t i = 0; i < count; i++)
        queued += parts[i].iov_len;
    size_t asked = queued;
    if (length > 0 && queued == brink_queue_sendable(&stream->out)) {
        parts[count].iov_base = (void *)(uintptr_t)data;
        parts[count].iov_len = length;
        count++;
        asked += length;
    }
    const struct brink_sys *sys = stream->io->loop->sys;
    ssize_t n = count == 1 ? sys->ops->send(sys->context, stream->source.fd, parts[0].iov_base,
                                            parts[0].iov_len)
                           : sys->ops->sendv(sys->context, stream->source.fd, parts, count);
    *taken = 0;
    if (n < 0) {
        if (n == -EAGAIN)
            stream->source.ready &= (uint8_t)~BRINK_WRITABLE;
        else if (n == -ENOBUFS || n == -ENOMEM)
            brink_stream_rest(stream);
        else if (n != -EINTR)
            fail_write(stream, (int)-n);
        return false;
    }
    size_t sent = (size_t)n;
    if (sent > 0)
        brink_stream_touch(stream);
    stream->bytes_out += sent;
    size_t from_queue = sent < queued ? sent : queued;
    if (from_queue > 0) {
        brink_queue_consume(&stream->out, &stream->io->buffers->segments, from_queue);
        brink_buffers_freed(stream->io->buffers);
    }
    *taken = sent - from_queue;
    if (sent < asked)
        stream->source.ready &= (uint8_t)~BRINK_WRITABLE;
    return sent == asked;
}

static brink_result may_write(const struct brink_stream *stream)
{
    if (stream->broken_errno != 0)
        return brink_fail(stream->broken_errno);
    if (!brink_stream_is_open(stream) || stream->finish || stream->ending)
        return brink_fail(EPIPE);
    return brink_ok();
}

brink_result brink_stream_write(struct brink_stream *stream, const void *data, size_t length)
{
    brink_result may = may_write(stream);
    if (brink_failed(may))
        return may;
    brink_queue_release(&stream->out);
    const uint8_t *bytes = data;
    while ((stream->source.ready & BRINK_WRITABLE) && length > 0) {
        size_t taken;
        bool more = send_once(stream, bytes, length, &taken);
        bytes += taken;
        length -= taken;
        if (!more)
            break;
    }
    if (stream->broken_errno != 0) {
        brink_stream_settle(stream);
        return brink_fail(stream->broken_errno);
    }
    brink_result queued =
        brink_queue_append(&stream->out, &stream->io->buffers->segments, bytes, length);
    brink_stream_settle(stream);
    return queued;
}

brink_result brink_stream_queue(struct brink_stream *stream, const void *head, size_t head_length,
                                const void *data, size_t length)
{
    brink_result may = may_write(stream);
    if (brink_failed(may))
        return may;
    uint32_t before = brink_queue_bytes(&stream->out);
    brink_result queued =
        brink_queue_append(&stream->out, &stream->io->buffers->segments, head, head_length);
    if (!brink_failed(queued))
        queued = brink_queue_append(&stream->out, &stream->io->buffers->segments, data, length);
    if (brink_failed(queued))
        brink_queue_truncate(&stream->out, &stream->io->buffers->segments, before);
    brink_stream_settle(stream);
    return queued;
}

brink_result brink_stream_hold(struct brink_stream *stream, const void *data, size_t length)
{
    brink_result may = may_write(stream);
    if (brink_failed(may))
        return may;
    return brink_queue_hold(&stream->out, &stream->io->buffers->segments, data, length);
}

void brink_stream_drop_held(struct brink_stream *stream)
{
    if (brink_queue_held(&stream->out) == 0)
        return;
    brink_queue_truncate(&stream->out, &stream->io->buffers->segments,
                         brink_queue_sendable(&stream->out));
    brink_buffers_freed(stream->io->buffers);
}

/* After the peer's end ours may be all that is missing: then the owner closes the stream, and the
 * close sends the FIN, which saves a call. */
static bool ends_by_closing(struct brink_stream *stream)
{
    if (!stream->eof || stream->ending)
        return false;
    stream->finished = true;
    brink_stream_ops_of(stream)->on_finished(stream);
    return !brink_stream_is_open(stream);
}

void brink_stream_send_fin(struct brink_stream *stream)
{
    if (ends_by_closing(stream))
        return;
    bool told = stream->finished;
    const struct brink_sys *sys = stream->io->loop->sys;
    int result = sys->ops->shutdown_write(sys->context, stream->source.fd);
    if (result < 0) {
        stream->finished = false;
        fail_write(stream, -result);
        return;
    }
    stream->finished = true;
    if (!stream->ending && !told)
        brink_stream_ops_of(stream)->on_finished(stream);
}

/* True if the queue has fallen so far that the owner should know; also when it was dropped because
 * the connection broke: who paused for it must go on, and be it to hear of that. */
static bool is_low(const struct brink_stream *stream, size_t before, size_t after)
{
    size_t low = stream->io->low_bytes;
    if (before > low && after <= low)
        return true;
    return stream->io->buffers->starved && brink_stream_scarce_room(stream) > 0;
}

void brink_stream_write_turn(struct brink_stream *stream)
{
    if (stream->broken_errno != 0)
        return;
    size_t before = brink_queue_sendable(&stream->out);
    while (brink_queue_sendable(&stream->out) > 0) {
        size_t taken;
        if (!send_once(stream, NULL, 0, &taken))
            break;
    }
    size_t after = brink_queue_sendable(&stream->out);
    bool fin_due = stream->finish && !stream->finished && brink_queue_bytes(&stream->out) == 0;
    if (fin_due && stream->broken_errno == 0)
        brink_stream_send_fin(stream);
    else if (!stream->ending && after < before && is_low(stream, before, after))
        brink_stream_ops_of(stream)->on_low(stream);
}
