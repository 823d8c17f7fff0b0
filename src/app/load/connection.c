#include "app/load/connection.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "app/load/reply.h"

enum { READS_AT_ONCE = 8 }; /* then others have their turn */

void brink_load_connection_init(struct brink_load_connection *connection,
                                const struct brink_load_plan *plan, uint32_t number, bool silent,
                                struct brink_load_batch *batches)
{
    *connection = (struct brink_load_connection){
        .fd = -1, .silent = silent, .number = number, .batches = batches};
    /* Apart from each other, so that frames of one are not taken for another's, nor are the large
     * ones of all sent at the same time. */
    connection->out_index = (uint32_t)(number * UINT64_C(2654435761) % plan->tape.count);
    connection->reply_index = connection->out_index;
    brink_list_init(&connection->timed);
    brink_list_init(&connection->more);
}

enum brink_load_stage brink_load_connection_stage(const struct brink_load_connection *connection)
{
    if (connection->state == BRINK_LOAD_IS_OPENING)
        return BRINK_LOAD_OPENING;
    if (connection->state != BRINK_LOAD_IS_OPEN)
        return BRINK_LOAD_CONNECTING;
    return connection->silent ? BRINK_LOAD_SILENT : BRINK_LOAD_AT_WORK;
}

brink_result brink_load_connection_open(struct brink_load_connection *connection,
                                        struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    const struct brink_address *address = &lane->plan->address;
    const struct sockaddr *to = &address->sock.any;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = connection};
    connection->state = BRINK_LOAD_IS_CONNECTING;
    connection->since_ns = lane->now_ns;
    connection->fd = sys->ops->socket(sys->context, to->sa_family, SOCK_STREAM);
    if (connection->fd < 0)
        return brink_fail(-connection->fd);
    const int on = 1; /* frames are sent whole: nothing to wait for. Unix sockets refuse: good */
    (void)sys->ops->setsockopt(sys->context, connection->fd, IPPROTO_TCP, TCP_NODELAY, &on,
                               sizeof on);
    int returned = sys->ops->connect(sys->context, connection->fd, to, address->length);
    if (returned < 0 && returned != -EINPROGRESS)
        return brink_fail(-returned);
    returned =
        sys->ops->epoll_ctl(sys->context, lane->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
    return brink_fail(returned < 0 ? -returned : 0); /* 0 is success; the outcome is an edge */
}

void brink_load_connection_close(struct brink_load_connection *connection,
                                 struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    if (connection->fd >= 0)
        (void)sys->ops->close(sys->context, connection->fd);
    connection->fd = -1;
    connection->state = BRINK_LOAD_IS_CLOSED;
    lane->unanswered += connection->in_flight;
    lane->in_flight -= connection->in_flight;
    connection->in_flight = 0;
    connection->out_queued = 0;
    connection->unread = false;
    brink_list_remove(&connection->timed);
    brink_list_remove(&connection->more);
}

/* --- out --- */

/* So many frames have been sent to their end. */
static void count_sent(struct brink_load_connection *connection, struct brink_load_lane *lane,
                       uint32_t frames)
{
    uint32_t index = connection->out_index + frames;
    connection->out_index = index < lane->plan->tape.count ? index : index - lane->plan->tape.count;
    connection->out_queued -= frames;
    connection->out_done = 0;
    if (!lane->plan->one_way || frames == 0)
        return;
    connection->in_flight -= frames;
    lane->in_flight -= frames;
    lane->last_ns = lane->now_ns;
    brink_counter_add(&lane->frames, frames);
}

/* The kernel took `sent` bytes, less than all that was given. */
static void count_part(struct brink_load_connection *connection, struct brink_load_lane *lane,
                       size_t sent)
{
    const struct brink_load_tape *tape = &lane->plan->tape;
    size_t done = connection->out_done + sent;
    uint32_t frames = 0;
    while (done >= brink_load_tape_size(tape, connection->out_index + frames))
        done -= brink_load_tape_size(tape, connection->out_index + frames++);
    count_sent(connection, lane, frames);
    connection->out_done = done;
}

/* What a send has come to: the kernel may have room for more, has none, or refuses. */
static brink_result judge_send(struct brink_load_connection *connection, ssize_t sent)
{
    connection->blocked = sent == -EAGAIN;
    return sent >= 0 || sent == -EAGAIN || sent == -EINTR ? brink_ok() : brink_fail((int)-sent);
}

static brink_result send_opening(struct brink_load_connection *connection,
                                 struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    const struct brink_load_tape *tape = &lane->plan->tape;
    const uint8_t *from = tape->opening + (tape->opening_size - connection->opening_left);
    ssize_t sent = sys->ops->send(sys->context, connection->fd, from, connection->opening_left);
    if (sent > 0)
        connection->opening_left -= (size_t)sent;
    return judge_send(connection, sent);
}

/* As many of the queued frames as follow each other on the tape, in one call. */
static brink_result send_frames(struct brink_load_connection *connection,
                                struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    const struct brink_load_tape *tape = &lane->plan->tape;
    uint32_t frames = tape->count - connection->out_index;
    if (frames > connection->out_queued)
        frames = connection->out_queued;
    size_t from = tape->offsets[connection->out_index] + connection->out_done;
    size_t size = tape->offsets[connection->out_index + frames] - from;
    ssize_t sent = sys->ops->send(sys->context, connection->fd, tape->bytes + from, size);
    if (sent > 0) {
        brink_counter_add(&lane->bytes, (uint64_t)sent);
        if ((size_t)sent == size)
            count_sent(connection, lane, frames);
        else
            count_part(connection, lane, (size_t)sent);
    }
    return judge_send(connection, sent);
}

static brink_result flush(struct brink_load_connection *connection, struct brink_load_lane *lane)
{
    brink_result result = brink_ok();
    while (connection->opening_left > 0 && !connection->blocked && !brink_failed(result))
        result = send_opening(connection, lane);
    while (connection->out_queued > 0 && !connection->blocked && !brink_failed(result))
        result = send_frames(connection, lane);
    return result;
}

brink_result brink_load_connection_send(struct brink_load_connection *connection,
                                        struct brink_load_lane *lane, uint32_t frames)
{
    const struct brink_load_plan *plan = lane->plan;
    if (plan->tape.uniform && connection->out_queued == 0)
        connection->out_index = 0; /* so that a run never goes beyond the tape's end */
    if (connection->batches != NULL) {
        uint32_t slot = (connection->batch_first + connection->batch_count++) % plan->in_flight;
        connection->batches[slot] = (struct brink_load_batch){lane->now_ns, frames};
    }
    connection->begun += frames;
    connection->life += frames;
    connection->in_flight += frames;
    connection->out_queued += frames;
    lane->in_flight += frames;
    return flush(connection, lane);
}

/* --- in --- */

static brink_result receive(struct brink_load_connection *connection, struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    connection->unread = false;
    for (unsigned i = 0; i < READS_AT_ONCE; i++) {
        ssize_t got = sys->ops->recv(sys->context, connection->fd, lane->buffer, lane->buffer_size);
        if (got == -EAGAIN)
            return brink_ok();
        if (got == -EINTR)
            continue;
        if (got <= 0)
            return brink_fail(got == 0 ? ECONNABORTED : (int)-got);
        brink_result result = brink_load_reply_take(connection, lane, (size_t)got);
        if (brink_failed(result))
            return result;
        if ((size_t)got < lane->buffer_size && !connection->ending)
            return brink_ok(); /* that was all: what comes now is another edge */
    }
    connection->unread = true;
    return brink_ok();
}

/* Connected, or not. */
static brink_result finish_connect(struct brink_load_connection *connection,
                                   struct brink_load_lane *lane)
{
    const struct brink_sys *sys = lane->plan->sys;
    int err = 0;
    socklen_t size = sizeof err;
    int returned =
        sys->ops->getsockopt(sys->context, connection->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    if (returned < 0 || err != 0)
        return brink_fail(returned < 0 ? -returned : err);
    bool due = lane->plan->tape.opening_differs || !(connection->greeted || lane->plan->one_way);
    brink_load_reply_begin(connection, lane);
    connection->opening_left = due ? lane->plan->tape.opening_size : 0;
    connection->blocked = false;
    connection->ending = false;
    connection->out_done = 0;
    connection->life = 0;
    connection->state = due && !lane->plan->one_way ? BRINK_LOAD_IS_OPENING : BRINK_LOAD_IS_OPEN;
    lane->opened++;
    return brink_ok();
}

brink_result brink_load_connection_event(struct brink_load_connection *connection,
                                         struct brink_load_lane *lane, uint32_t events)
{
    brink_result result = brink_ok();
    if (connection->state == BRINK_LOAD_IS_CLOSED)
        return result;
    if (connection->state == BRINK_LOAD_IS_CONNECTING)
        result = finish_connect(connection, lane);
    if (events & EPOLLOUT)
        connection->blocked = false;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->ending = true;
    if (!brink_failed(result))
        result = flush(connection, lane);
    if (!brink_failed(result) &&
        (connection->unread || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))))
        result = receive(connection, lane);
    return result;
}
