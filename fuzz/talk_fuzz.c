/* Targets: brink_check_begin, brink_check_hurry, brink_check_give_up, and what runs in between.
 *
 * Checks of one server, one after the other, on a kernel whose every answer is taken from the
 * input. Each has one result, in time, unless it is given up; it has passed exactly if the right
 * answer was read whole, or, where connecting is enough, if all was sent; what is sent is what
 * should be, and only all of it ends with a FIN; no descriptor is used once it is closed, and
 * nothing is left in the end. */
#include <errno.h>

#include "fuzz_input.h"
#include "upstream/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EPOLL_FD = 100, WAKEUP_FD = 101, FIRST_FD = 102, TIMEOUT_MS = 200 };

static const uint8_t greeting[] = {'h', 'i'};
static const uint8_t ping[] = {4, 0, 0, 0, 'p', 'i', 'n', 'g'};
static const uint8_t pong[] = {4, 0, 0, 0, 'p', 'o', 'n', 'g'};
static const uint8_t all[] = {'h', 'i', 4, 0, 0, 0, 'p', 'i', 'n', 'g'};

struct world {
    struct input input;
    struct brink_sys sys;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_spec spec;
    struct brink_health_options options;
    struct brink_check_plan plan;
    struct brink_check check;
    uint64_t now_ms;
    uint64_t cookie;
    int fd; /* the one that is open, or was last */
    bool open;
    size_t to_send;
    size_t sent;
    bool write_failed;
    bool fin_sent;
    bool eof_given;
    uint64_t received;
    bool right; /* so far each byte of the answer */
    uint64_t begun_ms;
    bool awaits_result;
    bool awaits_idle;
};

static struct world *world_of(void *kernel)
{
    return kernel;
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

static int fake_wakeup_create(void *kernel)
{
    (void)kernel;
    return WAKEUP_FD;
}

static int fake_socket(void *kernel, int domain, int type)
{
    struct world *world = world_of(kernel);
    (void)domain;
    (void)type;
    FUZZ_ASSERT(!world->open); /* one at a time */
    if (input_byte(&world->input) == 1)
        return -EMFILE;
    world->open = true;
    return ++world->fd;
}

static int fake_connect(void *kernel, int fd, const struct sockaddr *to, socklen_t length)
{
    static const int errors[] = {ECONNREFUSED, EINTR, ENETUNREACH, EADDRNOTAVAIL};
    struct world *world = world_of(kernel);
    (void)to;
    (void)length;
    FUZZ_ASSERT(world->open && fd == world->fd);
    uint8_t choice = input_byte(&world->input);
    if (choice > 0 && choice <= sizeof errors / sizeof errors[0])
        return -errors[choice - 1];
    return choice < 128 ? -EINPROGRESS : 0;
}

static int fake_epoll_ctl(void *kernel, int epoll_fd, int operation, int fd,
                          struct epoll_event *event)
{
    struct world *world = world_of(kernel);
    (void)epoll_fd;
    if (fd < FIRST_FD || operation != EPOLL_CTL_ADD)
        return 0;
    if (input_byte(&world->input) == 1)
        return -ENOSPC;
    world->cookie = event->data.u64;
    return 0;
}

static int fake_epoll_wait(void *kernel, int epoll_fd, struct epoll_event *events, int room,
                           int timeout_ms)
{
    static const uint32_t bits[] = {EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR, EPOLLPRI};
    struct world *world = world_of(kernel);
    (void)epoll_fd;
    (void)room;
    uint8_t chosen = input_byte(&world->input);
    events[0] = (struct epoll_event){.data = {.u64 = world->cookie}};
    for (unsigned i = 0; i < 6; i++)
        if (chosen & (1u << i))
            events[0].events |= bits[i];
    if (events[0].events != 0)
        return 1;
    world->now_ms += timeout_ms > 0 ? (uint64_t)timeout_ms : 0;
    return 0;
}

static int fake_close(void *kernel, int fd)
{
    struct world *world = world_of(kernel);
    if (fd >= FIRST_FD) {
        FUZZ_ASSERT(world->open && fd == world->fd);
        world->open = false;
    }
    return 0;
}

static int fake_setsockopt(void *kernel, int fd, int level, int name, const void *value,
                           socklen_t size)
{
    FUZZ_ASSERT(world_of(kernel)->open && fd == world_of(kernel)->fd);
    (void)level;
    (void)name;
    (void)value;
    (void)size;
    return 0;
}

static int fake_getsockopt(void *kernel, int fd, int level, int name, void *value, socklen_t *size)
{
    FUZZ_ASSERT(world_of(kernel)->open && fd == world_of(kernel)->fd);
    (void)level;
    (void)name;
    (void)size;
    *(int *)value = input_byte(&world_of(kernel)->input) == 1 ? ECONNREFUSED : 0;
    return 0;
}

static ssize_t fake_recv(void *kernel, int fd, void *buffer, size_t size)
{
    static const int errors[] = {EAGAIN, EINTR, ECONNRESET, ETIMEDOUT, ENOMEM};
    struct world *world = world_of(kernel);
    uint8_t *bytes = buffer;
    FUZZ_ASSERT(world->open && fd == world->fd && !world->eof_given);
    uint8_t choice = input_byte(&world->input);
    if (choice == 0)
        return -EAGAIN;
    if (choice < 6) {
        world->eof_given = errors[choice - 1] == ECONNRESET || errors[choice - 1] == ETIMEDOUT;
        return -errors[choice - 1];
    }
    if (choice < 10) {
        world->eof_given = true;
        return 0;
    }
    size_t n = choice > 240 ? size : choice % 16 + 1u;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)world->received + i;
        bytes[i] = at < sizeof pong ? pong[at] : 0;
        if (choice % 32 == 31 && i == choice / 32u)
            bytes[i] ^= input_byte(&world->input);
        world->right &= at >= sizeof pong || bytes[i] == pong[at];
    }
    world->received += n;
    return (ssize_t)n;
}

static ssize_t fake_sendv(void *kernel, int fd, const struct iovec *parts, size_t count)
{
    static const int errors[] = {EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS};
    struct world *world = world_of(kernel);
    FUZZ_ASSERT(world->open && fd == world->fd && count > 0);
    FUZZ_ASSERT(!world->write_failed && !world->fin_sent);
    uint8_t choice = input_byte(&world->input);
    if (choice > 0 && choice < 6) {
        world->write_failed = errors[choice - 1] == EPIPE || errors[choice - 1] == ECONNRESET;
        return -errors[choice - 1];
    }
    size_t room = choice == 0 || choice > 64 ? SIZE_MAX : choice % 4 + 1u;
    size_t taken = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < parts[i].iov_len && taken < room; j++, taken++) {
            FUZZ_ASSERT(world->sent + taken < world->to_send);
            FUZZ_ASSERT(((const uint8_t *)parts[i].iov_base)[j] == all[world->sent + taken]);
        }
    world->sent += taken;
    return (ssize_t)taken;
}

static int fake_shutdown(void *kernel, int fd)
{
    struct world *world = world_of(kernel);
    FUZZ_ASSERT(world->open && fd == world->fd && !world->fin_sent);
    FUZZ_ASSERT(world->sent == world->to_send); /* a part does not look like all */
    FUZZ_ASSERT(!world->awaits_result || world->check.state == BRINK_CHECK_TALKING);
    if (input_byte(&world->input) == 1)
        return -ENOTCONN;
    world->fin_sent = true;
    return 0;
}

static const struct brink_sys_ops fake_ops = {
    .now_ms = fake_now_ms,
    .now_us = fake_now_us,
    .epoll_create = fake_epoll_create,
    .epoll_ctl = fake_epoll_ctl,
    .epoll_wait = fake_epoll_wait,
    .wakeup_create = fake_wakeup_create,
    .socket = fake_socket,
    .connect = fake_connect,
    .close = fake_close,
    .setsockopt = fake_setsockopt,
    .getsockopt = fake_getsockopt,
    .recv = fake_recv,
    .sendv = fake_sendv,
    .shutdown_write = fake_shutdown,
};

/* --- the owner --- */

static struct world *owner(struct brink_check *check)
{
    return BRINK_CONTAINER_OF(check, struct world, check);
}

static bool should_pass(const struct world *world)
{
    if (world->options.send == NULL)
        return world->sent == world->to_send;
    return world->right && world->received >= sizeof pong;
}

static void on_result(struct brink_check *check, enum brink_check_outcome outcome, const char *why)
{
    struct world *world = owner(check);
    FUZZ_ASSERT(world->awaits_result);
    FUZZ_ASSERT((why == NULL) == (outcome == BRINK_CHECK_PASSED));
    FUZZ_ASSERT((outcome == BRINK_CHECK_PASSED) == should_pass(world));
    world->awaits_result = false;
    if (input_byte(&world->input) == 1)
        brink_check_give_up(check);
}

static void on_idle(struct brink_check *check)
{
    FUZZ_ASSERT(owner(check)->awaits_idle && !owner(check)->open);
    owner(check)->awaits_idle = false;
}

static void begin(struct world *world)
{
    static const struct brink_address address = {
        .kind = BRINK_ADDRESS_SOCKET, .length = 16, .sock = {.any = {.sa_family = AF_INET}}};
    if (!brink_check_is_idle(&world->check))
        return;
    FUZZ_ASSERT(!world->awaits_result && !world->awaits_idle && !world->open);
    world->sent = 0;
    world->received = 0;
    world->right = true;
    world->write_failed = world->fin_sent = world->eof_given = false;
    world->begun_ms = world->loop.now_ms;
    world->awaits_result = true;
    brink_check_begin(&world->check, &address);
    world->awaits_idle = world->open;
    FUZZ_ASSERT(world->awaits_result == world->open);
}

static void give_up(struct world *world)
{
    world->awaits_result = false;
    brink_check_give_up(&world->check);
    FUZZ_ASSERT(!world->open);
}

static void turn(struct world *world)
{
    FUZZ_ASSERT(!brink_failed(brink_loop_turn(&world->loop, -1)));
    FUZZ_ASSERT(brink_loop_check(&world->loop));
    FUZZ_ASSERT(world->awaits_idle == !brink_check_is_idle(&world->check));
    FUZZ_ASSERT(world->open == (world->check.source.fd >= 0));
    FUZZ_ASSERT(!world->awaits_result || world->loop.now_ms < world->begun_ms + TIMEOUT_MS);
}

static void operate(struct world *world)
{
    switch (input_byte(&world->input) % 16) {
    case 0:
    case 1:
    case 2:
        begin(world);
        break;
    case 3:
        brink_check_hurry(&world->check);
        break;
    case 4:
        give_up(world);
        break;
    case 5:
        world->now_ms += input_byte(&world->input);
        break;
    default:
        turn(world);
        break;
    }
}

static void prepare(struct world *world)
{
    uint8_t flags = input_byte(&world->input);
    brink_spec_default(&world->spec);
    world->options = (struct brink_health_options){.interval_ms = 1000, .timeout_ms = TIMEOUT_MS};
    world->plan = (struct brink_check_plan){.options = &world->options,
                                            .spec = &world->spec,
                                            .greeting = greeting,
                                            .greeting_size = sizeof greeting,
                                            .on_result = on_result,
                                            .on_idle = on_idle};
    world->to_send = sizeof greeting;
    if (flags & 1)
        return;
    world->options.send = ping;
    world->options.send_size = sizeof ping;
    world->options.expect = pong;
    world->options.expect_size = sizeof pong;
    world->to_send = sizeof all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.input = (struct input){data, size};
    world.fd = FIRST_FD;
    world.sys = (struct brink_sys){&fake_ops, &world};
    prepare(&world);
    FUZZ_ASSERT(!brink_failed(brink_arena_open(&world.arena)));
    FUZZ_ASSERT(!brink_failed(brink_loop_open(&world.loop, &world.sys, &world.arena)));
    FUZZ_ASSERT(!brink_failed(brink_check_init(&world.check, &world.loop, &world.plan)));
    while (world.input.size > 0)
        operate(&world);
    give_up(&world);
    turn(&world);
    FUZZ_ASSERT(brink_check_is_idle(&world.check));
    brink_check_destroy(&world.check);
    brink_loop_close(&world.loop);
    FUZZ_ASSERT(world.arena.live_bytes == 0);
    brink_arena_close(&world.arena);
    return 0;
}
