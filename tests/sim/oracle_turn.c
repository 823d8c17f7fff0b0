/* What must hold after every turn. */
#include <inttypes.h>

#include "sim/oracle.h"

enum {
    IN_VAIN_MAX = 60,
    SLABS_EVERY = 32,
    /* Turns on end that a ready stream may be left out. None is, except for want of memory: it then
     * waits, is woken, and finds that others were faster. */
    UNSERVED_MAX = 16,
    /* And one that is ready by the kernel's account, whose event may have been told late. */
    HUNGRY_MAX = 32,
};

struct sim_socket *sim_socket_of(struct sim_world *world, const struct brink_stream *stream)
{
    return stream->source.fd < 0 ? NULL : world->kernel.files[stream->source.fd].socket;
}

void sim_for_each_leg(struct sim_world *world, struct brink_worker *worker,
                      void (*fn)(struct sim_world *world, struct brink_worker *worker,
                                 struct brink_stream *stream))
{
    for (uint32_t i = 0; i < worker->loop.slots.room; i++) {
        struct brink_source *source = brink_slots_get(&worker->loop.slots, i);
        if (source != NULL && source->ops->reclaim == brink_leg_reclaim)
            fn(world, worker, brink_stream_of_source(source));
    }
}

/* Who belongs to whom, as soon as it can be seen. */
void sim_oracle_link(struct sim_world *world, struct brink_worker *worker,
                     struct brink_stream *stream)
{
    (void)worker;
    struct sim_socket *socket = sim_socket_of(world, stream);
    if (socket == NULL || socket->owner == NULL)
        return;
    struct sim_peer *peer = socket->owner;
    struct brink_session *session = brink_session_of(stream);
    const struct brink_leg *other = brink_session_other(session, brink_leg_of(stream));
    struct sim_socket *far = sim_socket_of(world, &other->stream);
    peer->stream = stream;
    if (!peer->stands && stream->source.ops->run == brink_stream_source_run) {
        peer->stands = true;
        socket->active_ms = sim_now_ms(&world->kernel); /* quiet is counted from here */
    }
    bool stands = session->state != BRINK_SESSION_CONNECTING;
    if (far == NULL || far->owner == NULL || !stands)
        return;
    struct sim_peer *upstream = peer->upstream ? peer : far->owner;
    struct sim_peer *client = peer->upstream ? far->owner : peer;
    if (client->partner != NULL && client->partner != upstream)
        sim_oracle_rehomed(world, client, upstream);
    if (upstream->partner != NULL && upstream->partner != client)
        sim_fail(&world->kernel, "connection %u is coupled anew", upstream->id);
    client->partner = upstream;
    upstream->partner = client;
}

/* By how much a queue may pass its watermark: a read, or an application's frame. */
static uint64_t largest_piece(const struct sim_world *world)
{
    bool whole = sim_is_endpoint(world);
    return whole ? world->options.spec.request.frame.max : BRINK_SCRATCH_SIZE;
}

/* Whether the program knows of it or not. */
static void check_hungry(struct sim_world *world, struct brink_stream *stream)
{
    struct sim_file *file = &world->kernel.files[stream->source.fd];
    bool armed = stream->source.place != BRINK_PLACE_UNARMED;
    bool could = armed && !file->called &&
                 (sim_oracle_could_read(world, stream) || sim_oracle_could_write(world, stream));
    file->hungry = could ? file->hungry + 1 : 0;
    if (file->hungry > HUNGRY_MAX)
        sim_fail(&world->kernel, "descriptor %d could do something, and was not served in %d turns",
                 stream->source.fd, HUNGRY_MAX);
}

static void check_leg(struct sim_world *world, struct brink_worker *worker,
                      struct brink_stream *stream)
{
    struct sim_kernel *kernel = &world->kernel;
    struct brink_session *session = brink_session_of(stream);
    struct sim_socket *socket = sim_socket_of(world, stream);
    bool dialing = stream->source.ops->run != brink_stream_source_run;
    if (!dialing && !brink_stream_check(stream))
        sim_fail(kernel, "brink_stream_check fails");
    if (brink_queue_bytes(&stream->out) > world->high_bytes + largest_piece(world))
        sim_fail(kernel, "%u bytes are queued, beyond the watermark",
                 (unsigned)brink_queue_bytes(&stream->out));
    uint64_t due = brink_timer_deadline(session->timer);
    if (due <= worker->loop.now_ms && due < worker->loop.wheel.now_ms)
        sim_fail(kernel, "a timer for %" PRIu64 " has not fired by %" PRIu64, due,
                 worker->loop.now_ms);
    if (socket == NULL || socket->owner == NULL || dialing)
        return;
    check_hungry(world, stream);
    struct sim_peer *peer = socket->owner;
    sim_oracle_frames(world, peer);
    struct sim_peer *client = stream->second ? peer->partner : peer;
    if (session->state == BRINK_SESSION_CLOSING && client != NULL)
        sim_oracle_closing(world, client);
    sim_oracle_times(world, peer);
}

static void check_slabs(struct sim_world *world, struct brink_worker *worker)
{
    if (!brink_slab_check(&brink_worker_first_branch(worker)->service.sessions) ||
        !brink_slab_check(&worker->loop.timers) ||
        !brink_slab_check(&worker->buffers.segments.pool))
        sim_fail(&world->kernel, "brink_slab_check fails");
    if (world->threads.count == 0)
        sim_oracle_leases(world);
}

void sim_oracle_before_turn(struct sim_world *world, unsigned index)
{
    struct brink_loop *loop = &world->workers[index].loop;
    struct sim_seat *seat = &world->seats[index];
    seat->turn++;
    seat->ready_count = 0;
    seat->in_use = brink_counter_read(&world->workers[index].buffers.segments.in_use);
    world->kernel.calls_this_turn = 0;
    for (int fd = 0; fd < SIM_FDS; fd++)
        world->kernel.files[fd].called = false;
    sim_servers_before_turn(world);
    for (struct brink_link *link = loop->ready.next; link != &loop->ready; link = link->next) {
        struct brink_source *source = BRINK_CONTAINER_OF(link, struct brink_source, link);
        if (source->ops->reclaim == brink_leg_reclaim)
            seat->ready[seat->ready_count++] = source->fd;
    }
}

static bool is_ready(const struct brink_worker *worker, int fd)
{
    const struct brink_link *head = &worker->loop.ready;
    for (const struct brink_link *link = head->next; link != head; link = link->next)
        if (BRINK_CONTAINER_OF_CONST(link, struct brink_source, link)->fd == fd)
            return true;
    return false;
}

/* Who was ready when the turn began has been served in it. */
static void check_served(struct sim_world *world, const struct brink_worker *worker,
                         const struct sim_seat *seat)
{
    unsigned allowed = sim_scarce(world, seat) ? UNSERVED_MAX : 0;
    for (unsigned i = 0; i < seat->ready_count; i++) {
        int fd = seat->ready[i];
        struct sim_file *file = &world->kernel.files[fd];
        bool left_out = file->kind == SIM_SOCKET_FILE && !file->called &&
                        file->watch.epoll_fd >= 0 && is_ready(worker, fd);
        file->unserved = left_out ? file->unserved + 1 : 0;
        if (file->unserved > allowed)
            sim_fail(&world->kernel, "descriptor %d was ready for a turn and not served", fd);
    }
}

void sim_oracle_after_turn(struct sim_world *world, unsigned index)
{
    struct brink_worker *worker = &world->workers[index];
    struct sim_seat *seat = &world->seats[index];
    seat->turned_us = world->kernel.now_us;
    if (!brink_loop_check(&worker->loop))
        sim_fail(&world->kernel, "brink_loop_check fails");
    sim_servers_look(world);
    sim_for_each_leg(world, worker, sim_oracle_link);
    sim_for_each_leg(world, worker, sim_oracle_dial);
    sim_for_each_leg(world, worker, check_leg);
    check_served(world, worker, seat);
    sim_oracle_memory(world, worker);
    if (seat->turn % SLABS_EVERY == 0)
        check_slabs(world, worker);
    if (++seat->in_vain > IN_VAIN_MAX)
        sim_fail(&world->kernel, "spins: %u turns on end changed nothing", seat->in_vain);
}
