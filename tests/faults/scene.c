#include "faults/scene.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brink/brink.h"
#include "net/bind.h"
#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"
#include "upstream/group.h"

enum {
    ROUNDS_MAX = 4000, /* more than any script takes */
    PATIENT_ROUNDS = 200,
    STEP_MS = 5,         /* the clock goes on by that when nothing happens */
    SMALL_BUFFER = 8192, /* so that large frames have to be queued */
    LARGE_FRAME = 100000,
    SCRIPT_SIZE = LARGE_FRAME + 100,
};

static int count_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static void on_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    struct scene *scene = context;
    (void)level;
    (void)length;
    scene->closes += strncmp(line, "event=close ", 12) == 0;
    scene->refusals += strncmp(line, "event=refused ", 14) == 0;
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)context;
    if (brink_failed(brink_stream_send_raw(stream, frame->bytes, frame->size)))
        brink_stream_abort(stream);
}

static const struct brink_stream_handler handler = {.on_frame = on_frame};

struct seat {
    struct brink_worker *worker;
    struct brink_service_options *options;
    struct brink_clients *clients;
    struct failing_sys *sys;
    struct counting_source *memory;
    struct brink_address *bound;
};

static void shrink_buffers(int fd)
{
    int small = SMALL_BUFFER;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
}

static bool listen_here(const struct seat *seat)
{
    struct brink_address address;
    struct brink_message why;
    int fd;
    assert_false(
        brink_failed(brink_address_parse(&address, "127.0.0.1:0", BRINK_ADDRESS_TO_LISTEN, &why)));
    if (brink_failed(brink_bind(&seat->sys->sys, &address, &fd, 1, seat->bound, &why)))
        return false;
    shrink_buffers(fd);
    brink_result opened;
    struct brink_entrance *entrance =
        brink_entrance_open(seat->worker, fd, brink_worker_first_branch(seat->worker), &opened);
    if (entrance == NULL) {
        assert_true(brink_failed(opened));
        assert_int_equal(close(fd), 0);
        return false;
    }
    brink_entrance_begin(entrance);
    return true;
}

static bool open_worker(const struct seat *seat, const struct brink_service_kind *kind)
{
    static const struct brink_memory_source source = {counting_alloc, counting_release};
    static struct brink_member member; /* no thread: the scene turns the loop itself */
    seat->options->kind = kind;
    seat->options->high_bytes = kind == &brink_endpoint_kind ? 4 * LARGE_FRAME : 8192;
    seat->options->low_bytes = 2048;
    struct brink_worker_settings settings = {
        .sys = &seat->sys->sys,
        .log = &seat->options->log,
        .clients = seat->clients,
        .peers = seat->worker,
        .peer_count = 1,
        .members = &member,
        .member_count = 1,
        .budget = 1 << 20,
        .memory = &source,
        .memory_context = seat->memory,
    };
    if (brink_failed(brink_worker_init(seat->worker, 0, &settings)))
        return false;
    if (brink_branch_open(seat->worker, seat->options, NULL) != NULL && listen_here(seat))
        return true;
    brink_worker_destroy(seat->worker);
    return false;
}

static bool needs_upstream(const struct scene *scene)
{
    return scene->kind->legs == 2;
}

/* A group of one that refuses, if there is one, and one that answers. */
static struct brink_group *make_group(struct scene *scene, const struct brink_address *address)
{
    struct brink_target_entry entries[2] = {{.weight = 1}, {.weight = 1}};
    struct brink_upstream_options upstream;
    struct brink_group *group;
    size_t count = 0;
    brink_upstream_options_init(&upstream);
    upstream.name = "upstream";
    upstream.connect_ms = 2000;
    upstream.eject.connect_failures = 0; /* so that each client has it to do with */
    if (scene->refusing >= 0) {
        struct brink_address *refusing = &entries[count++].address;
        refusing->kind = BRINK_ADDRESS_SOCKET;
        refusing->length = sizeof refusing->sock.v4;
        assert_int_equal(getsockname(scene->refusing, &refusing->sock.any, &refusing->length), 0);
    }
    entries[count++].address = *address;
    assert_int_equal(brink_group_open(&group, &upstream, &scene->options.log, 0).err, 0);
    assert_int_equal(brink_group_update(group, 0, entries, count, 0).err, 0);
    return group;
}

static int bind_only(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void scene_prepare(struct scene *scene, const struct brink_service_kind *kind,
                   enum brink_arming arming, bool with_refusing)
{
    memset(scene, 0, sizeof *scene);
    scene->kind = kind;
    scene->arming = arming;
    scene->files = count_files();
    scene->refusing = with_refusing ? bind_only() : -1;
    failing_sys_init(&scene->sys);
    failing_sys_init(&scene->healthy);
    scene->clients.max = scene->upstream_clients.max = 16;
    brink_spec_default(&scene->options.spec);
    scene->options.handler = &handler;
    scene->options.arming = arming;
    scene->upstream_options = scene->options;
    scene->options.log = (struct brink_log){on_log, scene, BRINK_LOG_INFO, NULL};
    if (!needs_upstream(scene))
        return;
    struct brink_address address;
    struct seat seat = {&scene->upstream, &scene->upstream_options, &scene->upstream_clients,
                        &scene->healthy,  &scene->upstream_memory,  &address};
    assert_true(open_worker(&seat, &brink_echo_kind));
    scene->options.group = make_group(scene, &address);
}

bool scene_open(struct scene *scene)
{
    struct seat seat = {&scene->worker, &scene->options, &scene->clients,
                        &scene->sys,    &scene->memory,  &scene->bound};
    scene->open = open_worker(&seat, scene->kind);
    return scene->open;
}

static void turn_worker(struct brink_worker *worker)
{
    brink_result turned = brink_loop_turn(&worker->loop, 0);
    (void)turned.err; /* a failed poll is tried again; the worker's thread logs it */
    assert_true(brink_loop_check(&worker->loop));
}

static void turn(struct scene *scene)
{
    turn_worker(&scene->worker);
    if (needs_upstream(scene))
        turn_worker(&scene->upstream);
}

static void put_forward(struct scene *scene)
{
    scene->sys.forward_ms += STEP_MS;
    scene->healthy.forward_ms += STEP_MS;
}

int scene_connect(struct scene *scene)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    shrink_buffers(fd);
    assert_int_equal(connect(fd, &scene->bound.sock.any, scene->bound.length), 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static size_t put_frame(uint8_t *to, uint32_t length)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(length >> 8 * i);
    for (uint32_t i = 0; i < length; i++)
        to[4 + i] = (uint8_t)(i * 7 + length);
    return 4 + length;
}

static size_t write_script(uint8_t *script)
{
    size_t size = put_frame(script, 3);
    size += put_frame(script + size, 0);
    size += put_frame(script + size, LARGE_FRAME);
    return size + put_frame(script + size, 5);
}

/* A client's side of a script. */
struct visit {
    int fd;
    const uint8_t *script;
    size_t size;
    size_t sent;
    size_t received;
    bool shut;
    bool ended;
};

static bool push(struct visit *visit, size_t until)
{
    if (visit->sent >= until)
        return false;
    ssize_t n = send(visit->fd, visit->script + visit->sent, until - visit->sent,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        visit->sent += (size_t)n;
    return n > 0;
}

static bool pull(struct visit *visit)
{
    uint8_t got[4096];
    ssize_t n = recv(visit->fd, got, sizeof got, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        visit->ended = true;
        return true;
    }
    assert_true((size_t)n <= visit->sent - visit->received);
    assert_memory_equal(got, visit->script + visit->received, (size_t)n);
    visit->received += (size_t)n;
    return true;
}

/* In two pieces, cut within the large frame; nothing is read until no more can be sent. */
static bool go_on(struct visit *visit, unsigned round)
{
    bool moved = push(visit, round < 2 ? visit->size / 2 : visit->size);
    if (!moved && round > 2)
        moved = pull(visit);
    if (visit->received == visit->size && !visit->shut) {
        visit->shut = moved = true;
        (void)shutdown(visit->fd, SHUT_WR);
    }
    return moved;
}

/* The clock of the scene runs ahead, the kernel's does not: it may hold back a window's update for
 * some milliseconds. */
static void wait_for_kernel(int fd, unsigned round)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (round > PATIENT_ROUNDS)
        (void)poll(&ready, 1, 1);
}

enum scene_outcome scene_visit(struct scene *scene, int fd)
{
    static uint8_t script[SCRIPT_SIZE];
    struct visit visit = {.fd = fd, .script = script, .size = write_script(script)};
    for (unsigned round = 0; !visit.ended; round++) {
        if (round == ROUNDS_MAX)
            fail_msg("stuck after %zu bytes sent and %zu received", visit.sent, visit.received);
        if (!go_on(&visit, round)) {
            put_forward(scene);
            wait_for_kernel(fd, round);
        }
        turn(scene);
    }
    (void)close(fd);
    return visit.received == visit.size ? SCENE_SERVED : SCENE_ENDED;
}

void scene_echo(struct scene *scene, int fd)
{
    uint8_t bytes[16];
    struct visit visit = {.fd = fd, .script = bytes, .size = put_frame(bytes, 9)};
    for (unsigned round = 0; visit.received < visit.size; round++) {
        if (round == ROUNDS_MAX || visit.ended)
            fail_msg("%s, %zu bytes came back", visit.ended ? "ended" : "stuck", visit.received);
        if (!push(&visit, visit.size) && !pull(&visit))
            put_forward(scene);
        turn(scene);
    }
}

static bool has_ended(const struct brink_worker *worker)
{
    return worker->draining && brink_worker_sessions(worker) == 0;
}

static void stop(struct scene *scene, struct brink_worker *worker, const struct failing_sys *sys)
{
    brink_worker_stop(worker, sys->sys.ops->now_ms(sys->sys.context) + 1000);
    for (unsigned round = 0; !has_ended(worker); round++) {
        assert_true(round < ROUNDS_MAX);
        put_forward(scene);
        turn(scene);
    }
}

static void close_worker(struct scene *scene)
{
    const struct brink_service_stats *stats =
        &brink_worker_first_branch(&scene->worker)->service.stats;
    stop(scene, &scene->worker, &scene->sys);
    assert_int_equal(brink_counter_read(&stats->accepted), scene->closes + scene->refusals);
    assert_int_equal(brink_counter_read(&stats->refused), scene->refusals);
    brink_loop_seal(&scene->worker.loop);
    brink_worker_destroy(&scene->worker);
    assert_int_equal(atomic_load(&scene->clients.count), 0);
}

void scene_calm(struct scene *scene)
{
    scene->sys.k = 0;
    scene->memory.fail_at = 0;
}

void scene_close(struct scene *scene)
{
    scene_calm(scene);
    if (scene->open)
        close_worker(scene);
    scene->open = false;
    assert_int_equal(scene->memory.blocks, 0);
    if (needs_upstream(scene)) {
        memset(&scene->worker, 0, sizeof scene->worker);
        brink_worker_stop(&scene->upstream, 0);
        for (unsigned round = 0; !has_ended(&scene->upstream); round++) {
            assert_true(round < ROUNDS_MAX);
            turn_worker(&scene->upstream);
        }
        brink_loop_seal(&scene->upstream.loop);
        brink_worker_destroy(&scene->upstream);
        brink_group_close(scene->options.group);
        assert_int_equal(scene->upstream_memory.blocks, 0);
    }
    if (scene->refusing >= 0)
        (void)close(scene->refusing);
    assert_int_equal(count_files(), scene->files);
}
