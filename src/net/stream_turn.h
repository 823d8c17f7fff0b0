/* net/stream_turn.h - what stream.c and stream_write.c share; nobody else's. */
#ifndef BRINK_NET_STREAM_TURN_H
#define BRINK_NET_STREAM_TURN_H

#include "net/stream.h"

/* Works out, from the flags and the queue, what the stream wants to be run for. */
void brink_stream_settle(struct brink_stream *stream);

/* Sends what is queued until the queue is empty or the kernel takes no more; then the FIN, if one
 * is due. Tells the owner, who may end the stream. */
void brink_stream_write_turn(struct brink_stream *stream);

/* Sends the FIN, for a stream whose queue is empty, and tells the owner, who may end it. */
void brink_stream_send_fin(struct brink_stream *stream);

/* The kernel has no memory just now (ENOBUFS, ENOMEM): no edge will tell when it has, so the stream
 * rests for some milliseconds. */
void brink_stream_rest(struct brink_stream *stream);

static inline void brink_stream_touch(struct brink_stream *stream)
{
    stream->active_ms = (uint32_t)stream->io->loop->now_ms;
}

static inline const struct brink_stream_ops *brink_stream_ops_of(const struct brink_stream *stream)
{
    return (const struct brink_stream_ops *)(const void *)stream->source.ops;
}

#endif
