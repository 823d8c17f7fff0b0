/* net/stream.h - one connection's bytes, both ways, with flow control. Frames are not known here.
 *
 * Reading. After an edge the descriptor is read, into the worker's one scratch buffer, until it is
 * dry: EAGAIN, or a read that did not fill the buffer with no hang-up seen. What stops it before:
 * the turn's budget is spent (the loop goes on with it in the next turn, behind the others), the
 * owner paused it (the queue that its bytes go to is full), or the worker's memory is spent and the
 * owner holds some for it already. In all of these the readable bit stays set, and no new edge is
 * waited for.
 *
 * Writing. Straight from the caller's buffer; what the kernel does not take is copied into the
 * queue and sent when there is space.
 *
 * Ending. A hang-up never eats bytes: the stream is read to the end first, also after a write has
 * failed.
 *
 *   OPEN --finish--> OPEN, FIN once the queue is empty; still reading
 *   OPEN --end(FIN)--> ENDING: flush, FIN, discard what comes until the peer's FIN --> closed
 *   OPEN --end(RESET)--> ENDING: flush, wait until the peer has got it all, RST --> closed
 *   any  --reset_now, close_now--> closed
 *
 * struct brink_stream is also the opaque type of the public brink/stream.h: those streams are
 * embedded in a connection of relay/endpoint.h. All functions: the loop's thread. */
#ifndef BRINK_NET_STREAM_H
#define BRINK_NET_STREAM_H

#include "brink/stream.h"
#include "event/loop.h"
#include "net/io.h"
#include "net/queue.h"

struct brink_stream_ops {
    struct brink_source_ops source; /* brink_stream_source_run, and the owner's reclaim */
    /* Bytes have come; valid during the call only. May do anything, also end the stream. Returns
     * what they cost besides their number, in bytes: BRINK_FRAME_CHARGE for each frame. */
    size_t (*on_data)(struct brink_stream *stream, const uint8_t *data, size_t length);
    /* The peer has ended its direction: no more on_data. Once. */
    void (*on_eof)(struct brink_stream *stream);
    /* The queue has fallen to the low watermark; or, while memory is scarce, to so little that more
     * may be read for it. */
    void (*on_low)(struct brink_stream *stream);
    /* The connection broke (an errno value). All that had come was delivered. The owner ends it. */
    void (*on_error)(struct brink_stream *stream, int sys_errno);
    /* finish's FIN has gone out, or, after the peer's end, is to go now, by closing if the stream
     * is closed within this call. Everything queued was taken by the kernel. */
    void (*on_finished)(struct brink_stream *stream);
    /* The worker's memory is spent. How many bytes may be read all the same? As long as they take
     * next to none a stream goes on, so that those who hog memory stop only themselves. 0: none
     * until memory is freed, or the stream resumed. NULL: always 0. */
    size_t (*when_scarce)(struct brink_stream *stream);
};

enum brink_stream_end { BRINK_END_FIN = 0, BRINK_END_RESET };

/* Invariant: the queue is empty once the stream is broken or finished; want says what the flags
 * call for (brink_stream_check). */
struct brink_stream {
    struct brink_source source; /* source.ops is the first member of a brink_stream_ops */
    struct brink_io *io;
    struct brink_queue out;
    uint64_t bytes_in;     /* given to on_data */
    uint64_t bytes_out;    /* taken by the kernel */
    uint32_t active_ms;    /* when a byte last went either way; the low 32 bits of the time */
    int16_t broken_errno;  /* why a write failed; 0 if none did */
    bool paused : 1;       /* by the owner */
    bool waits_memory : 1; /* for the worker's budget */
    bool waits_kernel : 1; /* the kernel had no memory: tried again soon */
    bool eof : 1;          /* the peer has ended its direction */
    bool finish : 1;       /* FIN once the queue is empty */
    bool finished : 1;     /* FIN sent */
    bool ending : 1;       /* what comes is discarded, nobody is told */
    bool reset : 1;        /* ends with a reset */
    bool exact : 1;        /* a unix socket: a short read may stop at a passed descriptor */
    bool second : 1;       /* the owner's, as the next three: which of its streams this is */
    bool last : 1;         /* what comes by it begins nothing new any more */
    bool pressed : 1;      /* paused because its receiver's queue is full */
    uint8_t began : 4;     /* the part of a millisecond at which the present frame began */
};

/* A stream that is in no loop yet: fd is -1. */
void brink_stream_init(struct brink_stream *stream, struct brink_io *io,
                       const struct brink_stream_ops *ops);

/* Takes `fd` into the loop. On failure the descriptor is still the caller's. */
BRINK_MUST_CHECK brink_result brink_stream_open(struct brink_stream *stream, int fd,
                                                enum brink_arming arming);

/* Goes on as a stream with a source that a dialer has connected (see net/dialer.h). */
void brink_stream_adopt(struct brink_stream *stream, const struct brink_stream_ops *ops);

/* For brink_stream_ops.source.run. */
void brink_stream_source_run(struct brink_loop *loop, struct brink_source *source);

/* Sends what is held and `data`, or queues what the kernel does not take. Fails with ENOMEM (the
 * stream is then to be ended: a part may have been sent), with EPIPE after finish or end, or with
 * the kernel's reason when the connection is broken: nothing more can be sent then, but reading
 * goes on to the end and on_error follows. */
BRINK_MUST_CHECK brink_result brink_stream_write(struct brink_stream *stream, const void *data,
                                                 size_t length);

/* Copies two parts (either may be empty) into the queue, to be sent at the end of this run or in
 * the next: so what several calls queue leaves together. All or nothing; fails as above. */
BRINK_MUST_CHECK brink_result brink_stream_queue(struct brink_stream *stream, const void *head,
                                                 size_t head_length, const void *data,
                                                 size_t length);

/* Queues bytes that must not be sent before brink_stream_write is called again. */
BRINK_MUST_CHECK brink_result brink_stream_hold(struct brink_stream *stream, const void *data,
                                                size_t length);

/* Drops what is held. */
void brink_stream_drop_held(struct brink_stream *stream);

/* True if whoever sends to it should pause. */
static inline bool brink_stream_full(const struct brink_stream *stream)
{
    return brink_queue_sendable(&stream->out) >= stream->io->high_bytes;
}

/* What brink_stream_ops.when_scarce allows where the bytes go to a queue: two segments of it. */
static inline size_t brink_stream_scarce_room(const struct brink_stream *to)
{
    uint32_t queued = brink_queue_bytes(&to->out);
    return queued < 2 * BRINK_SEGMENT_ROOM ? 2 * BRINK_SEGMENT_ROOM - queued : 0;
}

/* Stops and resumes reading. Resuming goes through the ready list; memory is looked at anew. */
void brink_stream_pause(struct brink_stream *stream);
void brink_stream_resume(struct brink_stream *stream);

/* Ends our direction once the queue is empty (a half-close), at once if it is: then on_finished
 * comes within this call, and the stream may be closed when it returns. What is held is dropped. */
void brink_stream_finish(struct brink_stream *stream);

/* Ends the connection as drawn above; no callback but the source's reclaim follows. What is held
 * is dropped. Harmless when closed. A second call can only turn FIN into RESET. */
void brink_stream_end(struct brink_stream *stream, enum brink_stream_end how);

/* Closes at once: by a reset (tcp(7), SO_LINGER 0; a unix socket knows none), or plainly. */
void brink_stream_reset_now(struct brink_stream *stream);
void brink_stream_close_now(struct brink_stream *stream);

/* True if the connection is two directions that are both open, and nothing of it is here: it could
 * go on elsewhere. Whatever has come and was not read stays in its socket. */
bool brink_stream_is_at_rest(const struct brink_stream *stream);

/* Takes a connection that is at rest out of the loop. Its descriptor, which is returned, stays open
 * and is the caller's; the source is reclaimed as if closed. */
BRINK_MUST_CHECK int brink_stream_detach(struct brink_stream *stream);

static inline bool brink_stream_is_open(const struct brink_stream *stream)
{
    return stream->source.fd >= 0;
}

static inline struct brink_stream *brink_stream_of_source(struct brink_source *source)
{
    return BRINK_CONTAINER_OF(source, struct brink_stream, source);
}

/* True if flags, wants and queue agree. */
bool brink_stream_check(const struct brink_stream *stream);

#endif
