/* Opening, reading and ending of a stream; stream_write.c writes.
 *
 * When does a stream want what?
 *
 *   READABLE   until the peer's FIN, unless paused or short of memory; when ending in any case, as
 *              a peer that cannot send may not receive either; and, when a write has failed after
 *              the peer's FIN, once more, to tell of it
 *   WRITABLE   while bytes, a FIN or a reset are to be sent
 *   nothing    while it rests, because the kernel had no memory
 *
 * The readable bit is cleared by EAGAIN, or by a read that came short without a hang-up or a failed
 * write having been seen, and by nothing else. */
#include "net/stream.h"

#include <errno.h>
#include <sys/socket.h>

#include "net/stream_turn.h"

void brink_stream_rest(struct brink_stream *stream)
{
    stream->waits_kernel = true;
    brink_buffers_retry(stream->io->buffers);
}

void brink_stream_init(struct brink_stream *stream, struct brink_io *io,
                       const struct brink_stream_ops *ops)
{
    *stream = (struct brink_stream){.io = io, .source = {.ops = &ops->source, .fd = -1}};
    brink_stream_touch(stream);
}

/* A connection that is just open can be written to, so that need not be asked of the kernel. */
static void start(struct brink_stream *stream)
{
    stream->source.ready |= BRINK_WRITABLE;
    brink_stream_touch(stream);
    brink_stream_settle(stream);
}

brink_result brink_stream_open(struct brink_stream *stream, int fd, enum brink_arming arming)
{
    stream->source.fd = fd;
    stream->source.want = BRINK_READABLE;
    brink_result added = brink_loop_add(stream->io->loop, &stream->source, arming);
    if (brink_failed(added)) {
        stream->source.fd = -1;
        return added;
    }
    start(stream);
    return brink_ok();
}

void brink_stream_adopt(struct brink_stream *stream, const struct brink_stream_ops *ops)
{
    stream->source.ops = &ops->source;
    start(stream);
}

static bool reads(const struct brink_stream *stream)
{
    if (stream->eof || stream->waits_memory)
        return false;
    return stream->ending || !stream->paused;
}

static bool failure_to_tell(const struct brink_stream *stream)
{
    return stream->broken_errno != 0 && stream->eof;
}

static uint8_t wants(const struct brink_stream *stream)
{
    uint8_t want = 0;
    if (stream->waits_kernel)
        return 0;
    if (reads(stream) || failure_to_tell(stream))
        want |= BRINK_READABLE;
    bool to_send = brink_queue_sendable(&stream->out) > 0 || stream->reset ||
                   (stream->finish && !stream->finished);
    if (stream->broken_errno == 0 && to_send)
        want |= BRINK_WRITABLE;
    return want;
}

void brink_stream_settle(struct brink_stream *stream)
{
    if (!brink_stream_is_open(stream))
        return;
    if (failure_to_tell(stream))
        stream->source.ready |= BRINK_READABLE;
    brink_loop_want(stream->io->loop, &stream->source, wants(stream));
}

/* True if the peer may yet get something that the kernel has taken. */
static bool delivers(const struct brink_stream *stream)
{
    const struct brink_sys *sys = stream->io->loop->sys;
    int fd = stream->source.fd;
    int err = 0;
    socklen_t size = sizeof err;
    if (sys->ops->undelivered(sys->context, fd) <= 0)
        return false;
    int asked = sys->ops->getsockopt(sys->context, fd, SOL_SOCKET, SO_ERROR, &err, &size);
    return asked == 0 && err == 0;
}

/* A reset throws away what the kernel has taken and the peer has not got yet; so it waits for that,
 * which no edge tells of. How long at most is the owner's affair. */
static bool resets(struct brink_stream *stream)
{
    bool broken = stream->broken_errno != 0;
    if (brink_queue_bytes(&stream->out) > 0 && !broken)
        return false;
    if (!broken && delivers(stream)) {
        brink_stream_rest(stream);
        return false;
    }
    brink_stream_reset_now(stream);
    return true;
}

/* An ending stream has nothing more to do: nobody is told. */
static bool closes(struct brink_stream *stream)
{
    if (!stream->ending)
        return false;
    if (stream->reset)
        return resets(stream);
    if (stream->broken_errno != 0 || (stream->finished && stream->eof)) {
        brink_stream_close_now(stream);
        return true;
    }
    return false;
}

static void take_error(struct brink_stream *stream, int sys_errno)
{
    stream->eof = true; /* nothing more will come */
    if (stream->broken_errno == 0)
        stream->broken_errno = (int16_t)sys_errno;
    brink_queue_clear(&stream->out, &stream->io->buffers->segments);
    brink_buffers_freed(stream->io->buffers);
    if (stream->ending) {
        (void)closes(stream);
        return;
    }
    int reason = stream->broken_errno;
    brink_stream_ops_of(stream)->on_error(stream, reason);
}

/* An end that follows a write that failed is that failure's, not the peer's. */
static void take_eof(struct brink_stream *stream)
{
    if (stream->broken_errno != 0) {
        take_error(stream, stream->broken_errno);
        return;
    }
    stream->eof = true;
    if (!stream->ending)
        brink_stream_ops_of(stream)->on_eof(stream);
}

/* One read and what follows from it; returns what it cost, 0 if reading is over for now. */
static size_t read_once(struct brink_stream *stream, uint8_t *scratch, size_t size)
{
    const struct brink_sys *sys = stream->io->loop->sys;
    ssize_t n = sys->ops->recv(sys->context, stream->source.fd, scratch, size);
    if (n > 0) {
        size_t length = (size_t)n;
        bool dry = length < size && !(stream->source.ready & BRINK_HANGUP) && !stream->exact;
        if (dry && stream->broken_errno == 0)
            stream->source.ready &= (uint8_t)~BRINK_READABLE;
        if (stream->ending)
            return length;
        stream->bytes_in += length;
        brink_stream_touch(stream);
        return length + brink_stream_ops_of(stream)->on_data(stream, scratch, length);
    }
    if (n == 0)
        take_eof(stream);
    else if (n == -EAGAIN && stream->broken_errno != 0)
        take_error(stream, stream->broken_errno);
    else if (n == -EAGAIN)
        stream->source.ready &= (uint8_t)~BRINK_READABLE;
    else if (n == -ENOBUFS || n == -ENOMEM)
        brink_stream_rest(stream);
    else if (n != -EINTR) /* interrupted: the bit stays, the next turn tries again */
        take_error(stream, (int)-n);
    return 0;
}

/* How much may be read of a stream while memory is scarce. */
static size_t scarce_size(struct brink_stream *stream)
{
    const struct brink_stream_ops *ops = brink_stream_ops_of(stream);
    size_t size = ops->when_scarce != NULL ? ops->when_scarce(stream) : 0;
    if (size == 0) {
        stream->waits_memory = true;
        brink_buffers_starve(stream->io->buffers);
    }
    return size;
}

/* How much may be read at once; 0: nothing, for want of memory. */
static size_t read_size(struct brink_stream *stream)
{
    size_t size = BRINK_SCRATCH_SIZE;
    if (stream->ending)
        return size;
    if (BRINK_UNLIKELY(brink_segments_spent(&stream->io->buffers->segments))) {
        size_t some = scarce_size(stream);
        size = some < size ? some : size;
    }
    if (BRINK_UNLIKELY(stream->io->read_limit != NULL)) {
        size_t limit = stream->io->read_limit(stream);
        size = limit < size ? limit : size;
    }
    return size;
}

static size_t turn_budget(const struct brink_loop *loop)
{
    size_t share = BRINK_TURN_BUDGET / (loop->served + 1);
    return share < BRINK_STREAM_BUDGET ? share : BRINK_STREAM_BUDGET;
}

/* At least one read, whatever the budget. */
static void read_turn(struct brink_stream *stream)
{
    struct brink_io *io = stream->io;
    struct brink_scratch *scratch = brink_buffers_lease(io->buffers);
    size_t budget = turn_budget(io->loop);
    size_t taken = 0;
    while (brink_stream_is_open(stream) && (stream->source.ready & BRINK_READABLE) &&
           reads(stream) && (taken == 0 || taken < budget)) {
        size_t size = read_size(stream);
        size_t cost = size > 0 ? read_once(stream, scratch->bytes, size) : 0;
        if (cost == 0)
            break;
        taken += cost;
    }
    if (taken >= budget && brink_stream_is_open(stream) && stream->source.ready & BRINK_READABLE)
        brink_counter_add(&io->loop->stats.budget_hits, 1);
    brink_buffers_give_back(io->buffers, scratch);
}

void brink_stream_source_run(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    struct brink_stream *stream = brink_stream_of_source(source);
    if (failure_to_tell(stream)) {
        take_error(stream, stream->broken_errno);
    } else if (source->ready & BRINK_READABLE) {
        read_turn(stream);
    }
    if (brink_stream_is_open(stream) && (source->ready & BRINK_WRITABLE))
        brink_stream_write_turn(stream);
    if (brink_stream_is_open(stream) && !closes(stream))
        brink_stream_settle(stream);
}

void brink_stream_pause(struct brink_stream *stream)
{
    stream->paused = true;
    brink_stream_settle(stream);
}

void brink_stream_resume(struct brink_stream *stream)
{
    stream->paused = false;
    stream->waits_memory = false;
    brink_stream_settle(stream);
}

void brink_stream_finish(struct brink_stream *stream)
{
    brink_stream_drop_held(stream);
    stream->finish = true;
    bool due = brink_stream_is_open(stream) && !stream->finished &&
               brink_queue_bytes(&stream->out) == 0 && stream->broken_errno == 0;
    if (due) /* now and not in a turn of its own: most have nothing queued */
        brink_stream_send_fin(stream);
    brink_stream_settle(stream);
}

void brink_stream_end(struct brink_stream *stream, enum brink_stream_end how)
{
    if (!brink_stream_is_open(stream))
        return;
    brink_stream_drop_held(stream);
    stream->ending = true;
    stream->waits_memory = false; /* what comes takes none any more */
    if (how == BRINK_END_RESET)
        stream->reset = true;
    else
        stream->finish = true;
    if (!closes(stream))
        brink_stream_settle(stream);
}

void brink_stream_close_now(struct brink_stream *stream)
{
    if (!brink_stream_is_open(stream))
        return;
    brink_queue_clear(&stream->out, &stream->io->buffers->segments);
    brink_loop_close_source(stream->io->loop, &stream->source);
    brink_buffers_freed(stream->io->buffers);
}

void brink_stream_reset_now(struct brink_stream *stream)
{
    if (!brink_stream_is_open(stream))
        return;
    const struct brink_sys *sys = stream->io->loop->sys;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    /* Fails on a unix socket only, which cannot be reset. */
    (void)sys->ops->setsockopt(sys->context, stream->source.fd, SOL_SOCKET, SO_LINGER, &at_once,
                               sizeof at_once);
    brink_stream_close_now(stream);
}

bool brink_stream_is_at_rest(const struct brink_stream *stream)
{
    return brink_stream_is_open(stream) && brink_queue_bytes(&stream->out) == 0 && !stream->eof &&
           stream->broken_errno == 0 && !stream->finish && !stream->ending && !stream->waits_kernel;
}

int brink_stream_detach(struct brink_stream *stream)
{
    return brink_loop_remove_source(stream->io->loop, &stream->source);
}

bool brink_stream_check(const struct brink_stream *stream)
{
    if (!brink_queue_check(&stream->out))
        return false;
    if (!brink_stream_is_open(stream))
        return brink_queue_bytes(&stream->out) == 0;
    if (stream->broken_errno != 0 && brink_queue_bytes(&stream->out) != 0)
        return false;
    if (stream->finished && (brink_queue_bytes(&stream->out) != 0 || !stream->finish))
        return false;
    return stream->source.place == BRINK_PLACE_RUNNING || stream->source.want == wants(stream);
}
