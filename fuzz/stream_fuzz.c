/* Targets: brink_stream_open, brink_stream_source_run (read and write turn), brink_stream_write,
 * brink_stream_queue, brink_stream_hold, brink_stream_pause, brink_stream_resume,
 * brink_stream_finish, brink_stream_end, brink_stream_reset_now, brink_stream_close_now,
 * brink_loop_turn.
 *
 * One stream on a kernel whose every answer is taken from the input, driven by operations taken
 * from it as well. What goes out is numbered, so that a byte lost, doubled or out of order is
 * seen; a FIN must find nothing queued; nothing is sent after a failure, nothing told after an end;
 * the checks hold after every turn, and nothing is left in the end. */
#include <errno.h>

#include "fuzz_input.h"
#include "net/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EPOLL_FD = 100, WAKEUP_FD = 101, STREAM_FD = 102, PIECE_MAX = 9000 };

struct world {
    struct input input;
    struct brink_sys sys;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_buffers buffers;
    struct brink_io io;
    struct brink_stream stream;
    uint64_t now_ms;
    uint64_t cookie;
    uint64_t sent;    /* bytes that the kernel took */
    uint64_t written; /* bytes that were given to the stream, those held included */
    uint64_t held;    /* the last of these */
    uint64_t received;
    uint64_t told;
    bool eof_given; /* by the kernel */
    bool write_failed;
    bool fin_sent;
    bool ended;
    bool eof_told;
    bool error_told;
    bool closed;
    bool reclaimed;
};

static struct world *world_of(void *kernel)
{
    return kernel;
}

static uint8_t numbered(uint64_t position)
{
    return (uint8_t)(position * 167 + position / 251);
}

/* --- the kernel --- */

static uint64_t fake_now_ms(void *kernel)
{
    return world_of(kernel)->now_ms;
}

static uint64_t fake_now_us(void *kernel)
{
    return 1000 * fake_now_ms(kernel);
}

static int fake_epoll_create(void *kernel)
{
    (void)kernel;
    return EPOLL_FD;
}

static int fake_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    (void)epoll_fd;
    if (fd == STREAM_FD && operation != EPOLL_CTL_DEL)
        world_of(kernel)->cookie = event->data.u64;
    return 0;
}

static int fake_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                           int timeout_ms)
{
    static const uint32_t bits[] = {EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR, EPOLLPRI};
    struct world *world = world_of(kernel);
    (void)epoll_fd;
    (void)room;
    world->now_ms += timeout_ms > 0 ? (uint64_t)timeout_ms : 0;
    uint8_t chosen = input_byte(&world->input);
    if (chosen == 0xff)
        return -EINTR;
    events[0] = (struct epoll_event){.data = {.u64 = world->cookie}};
    for (unsigned i = 0; i < 6; i++)
        if (chosen & (1u << i))
            events[0].events |= bits[i];
    return events[0].events != 0 ? 1 : 0;
}

static int fake_wakeup_create(void *kernel)
{
    (void)kernel;
    return WAKEUP_FD;
}

static int fake_close(void *kernel, int fd)
{
    if (fd == STREAM_FD) {
        FUZZ_ASSERT(!world_of(kernel)->closed);
        world_of(kernel)->closed = true;
    }
    return 0;
}

static int fake_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                           socklen_t size)
{
    (void)kernel;
    (void)fd;
    (void)level;
    (void)name;
    (void)value;
    (void)size;
    return 0;
}

static int fake_getsockopt(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    (void)fd;
    (void)level;
    (void)name;
    (void)size;
    *(int *)value = input_byte(&world_of(kernel)->input) == 1 ? ECONNRESET : 0;
    return 0;
}

static ssize_t fake_recv(void *kernel, int fd, void *buffer, size_t size)
{
    static const int errors[] = {EAGAIN, EINTR, ECONNRESET, ETIMEDOUT, ENOMEM, ENOBUFS};
    struct world *world = world_of(kernel);
    FUZZ_ASSERT(fd == STREAM_FD && !world->closed && !world->eof_given);
    uint8_t choice = input_byte(&world->input);
    if (choice == 0) /* the script has ended, perhaps: nothing more comes */
        return -EAGAIN;
    if (choice < 7) {
        int error = errors[choice - 1];
        world->eof_given = error == ECONNRESET || error == ETIMEDOUT;
        return -error;
    }
    if (choice < 16) {
        world->eof_given = true;
        return 0;
    }
    size_t n = choice > 240 ? size : choice;
    uint8_t *bytes = buffer;
    n = n < size ? n : size;
    for (size_t i = 0; i < n; i++)
        bytes[i] = numbered(world->received + i);
    world->received += n;
    return (ssize_t)n;
}

static void take(struct world *world, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        FUZZ_ASSERT(bytes[i] == numbered(world->sent + i));
    world->sent += length;
    FUZZ_ASSERT(world->sent <= world->written - world->held);
}

static ssize_t fake_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    static const int errors[] = {EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM};
    struct world *world = world_of(kernel);
    FUZZ_ASSERT(fd == STREAM_FD && !world->closed);
    FUZZ_ASSERT(!world->write_failed && !world->fin_sent && count > 0);
    uint8_t choice = input_byte(&world->input);
    if (choice > 0 && choice < 7) {
        int error = errors[choice - 1];
        world->write_failed = error == EPIPE || error == ECONNRESET;
        return -error;
    }
    size_t room = choice == 0 || choice > 200 ? SIZE_MAX : choice;
    size_t taken = 0;
    for (size_t i = 0; i < count && room > 0; i++) {
        size_t n = parts[i].iov_len < room ? parts[i].iov_len : room;
        take(world, parts[i].iov_base, n);
        taken += n;
        room -= n;
    }
    return (ssize_t)taken;
}

static ssize_t fake_send(void *kernel, int fd, const void *data, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    return fake_sendv(kernel, fd, &part, 1);
}

static int fake_shutdown(void *kernel, int fd)
{
    struct world *world = world_of(kernel);
    FUZZ_ASSERT(fd == STREAM_FD && !world->closed && !world->fin_sent);
    FUZZ_ASSERT(world->sent == world->written); /* nothing is left behind a FIN */
    world->fin_sent = true;
    return 0;
}

static int fake_undelivered(void *kernel, int fd)
{
    FUZZ_ASSERT(fd == STREAM_FD && !world_of(kernel)->closed);
    return input_byte(&world_of(kernel)->input) % 2;
}

static const struct brink_sys_ops fake_ops = {
    .now_ms = fake_now_ms,
    .now_us = fake_now_us,
    .epoll_create = fake_epoll_create,
    .epoll_ctl = fake_epoll_ctl,
    .epoll_wait = fake_epoll_wait,
    .wakeup_create = fake_wakeup_create,
    .close = fake_close,
    .setsockopt = fake_setsockopt,
    .getsockopt = fake_getsockopt,
    .recv = fake_recv,
    .send = fake_send,
    .sendv = fake_sendv,
    .shutdown_write = fake_shutdown,
    .undelivered = fake_undelivered,
};

/* --- the owner --- */

static struct world *owner(struct brink_stream *stream)
{
    return BRINK_CONTAINER_OF(stream, struct world, stream);
}

static size_t on_data(struct brink_stream *stream, const uint8_t *data, size_t length)
{
    struct world *world = owner(stream);
    FUZZ_ASSERT(!world->ended && !world->eof_told && !world->error_told);
    for (size_t i = 0; i < length; i++)
        FUZZ_ASSERT(data[i] == numbered(world->told + i));
    world->told += length;
    return 0;
}

static void on_eof(struct brink_stream *stream)
{
    struct world *world = owner(stream);
    FUZZ_ASSERT(!world->ended && !world->eof_told && world->eof_given);
    FUZZ_ASSERT(world->told == world->received); /* all that came was delivered first */
    world->eof_told = true;
}

static void on_low(struct brink_stream *stream)
{
    FUZZ_ASSERT(!owner(stream)->ended);
    FUZZ_ASSERT(brink_queue_sendable(&stream->out) <= stream->io->low_bytes);
}

static void on_error(struct brink_stream *stream, int sys_errno)
{
    struct world *world = owner(stream);
    FUZZ_ASSERT(!world->ended && !world->error_told && sys_errno > 0);
    FUZZ_ASSERT(world->told == world->received);
    world->error_told = true;
    world->ended = true;
    brink_stream_close_now(stream);
}

static void on_finished(struct brink_stream *stream)
{
    FUZZ_ASSERT(owner(stream)->fin_sent && !owner(stream)->ended);
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    owner(brink_stream_of_source(source))->reclaimed = true;
}

static const struct brink_stream_ops ops = {
    {brink_stream_source_run, reclaim, NULL}, on_data, on_eof, on_low, on_error, on_finished, NULL};

/* Bytes that go on where the last ones ended. */
static size_t next_bytes(struct world *world, uint8_t *bytes)
{
    size_t length = 1 + input_number(&world->input, 2) % PIECE_MAX;
    for (size_t i = 0; i < length; i++)
        bytes[i] = numbered(world->written + i);
    return length;
}

static void write_some(struct world *world, uint8_t kind)
{
    static uint8_t bytes[PIECE_MAX];
    struct brink_stream *stream = &world->stream;
    size_t length = next_bytes(world, bytes);
    if (kind == 1 && world->held > 0)
        kind = 0; /* what is held goes out with a write only */
    uint64_t before = world->written;
    uint64_t held = world->held;
    bool may = brink_stream_is_open(stream) && !stream->finish && !stream->ending &&
               stream->broken_errno == 0;
    world->written += length; /* the kernel may take them before the call returns */
    world->held = kind == 2 ? held + length : 0;
    brink_result result = kind == 0   ? brink_stream_write(stream, bytes, length)
                          : kind == 1 ? brink_stream_queue(stream, bytes, length / 2,
                                                           bytes + length / 2, length - length / 2)
                                      : brink_stream_hold(stream, bytes, length);
    FUZZ_ASSERT(may || brink_failed(result));
    FUZZ_ASSERT(!brink_failed(result) || !may || world->write_failed);
    if (brink_failed(result) && !may) {
        world->written = before;
        world->held = held;
    }
}

static void drop_held(struct world *world)
{
    world->written -= world->held;
    world->held = 0;
}

static void operate(struct world *world, uint8_t operation)
{
    struct brink_stream *stream = &world->stream;
    switch (operation % 16) {
    case 0:
    case 1:
    case 2:
        write_some(world, operation % 16);
        break;
    case 3:
        brink_stream_pause(stream);
        break;
    case 4:
        brink_stream_resume(stream);
        break;
    case 5:
        drop_held(world);
        brink_stream_finish(stream);
        break;
    case 6:
    case 7:
        if (brink_stream_is_open(stream))
            drop_held(world);
        world->ended = true;
        brink_stream_end(stream, operation % 16 == 6 ? BRINK_END_FIN : BRINK_END_RESET);
        break;
    case 8:
        world->ended = true;
        brink_stream_reset_now(stream);
        break;
    case 9:
        world->now_ms += input_byte(&world->input);
        break;
    default:
        FUZZ_ASSERT(!brink_failed(brink_loop_turn(&world->loop, -1)));
        break;
    }
    FUZZ_ASSERT(brink_stream_check(stream));
    FUZZ_ASSERT(brink_loop_check(&world->loop));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.input = (struct input){data, size};
    world.sys = (struct brink_sys){&fake_ops, &world};
    FUZZ_ASSERT(!brink_failed(brink_arena_open(&world.arena)));
    FUZZ_ASSERT(!brink_failed(brink_loop_open(&world.loop, &world.sys, &world.arena)));
    uint64_t budget = 4096u << (input_byte(&world.input) % 8);
    FUZZ_ASSERT(!brink_failed(brink_buffers_init(&world.buffers, &world.loop, 1, budget)));
    brink_io_init(&world.io, &world.buffers, 16384, 4096);
    brink_stream_init(&world.stream, &world.io, &ops);
    FUZZ_ASSERT(!brink_failed(brink_stream_open(&world.stream, STREAM_FD, BRINK_ARM_EDGE)));
    while (world.input.size > 0 && !world.reclaimed)
        operate(&world, input_byte(&world.input));
    world.ended = true;
    brink_stream_close_now(&world.stream);
    FUZZ_ASSERT(!brink_failed(brink_loop_turn(&world.loop, 0)));
    FUZZ_ASSERT(world.reclaimed && world.closed);
    FUZZ_ASSERT(brink_counter_read(&world.io.buffers->segments.in_use) == 0);
    brink_buffers_destroy(&world.buffers);
    brink_loop_close(&world.loop);
    FUZZ_ASSERT(world.arena.live_bytes == 0);
    brink_arena_close(&world.arena);
    return 0;
}
