/* No wakeup is lost. Called when a worker would wait, no event being there for it: then nobody may
 * have anything to do. What the program believes is not asked but where it may wait for reasons of
 * its own: backpressure, memory, a drain. */
#include <inttypes.h>

#include "relay/couple.h"
#include "relay/endpoint.h"
#include "relay/meter.h"
#include "sim/oracle.h"

enum { TICK_US = 1000, PAUSED_US = 20000, RATE_WAIT_MS_MAX = 10000 };

/* Memory is scarce, and what the stream would bring is for one that holds some of it already. */
static bool starved(struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    const struct brink_io *io = stream->io;
    uint64_t in_use = brink_counter_read(&io->buffers->segments.in_use);
    if (!stream->waits_memory || !io->buffers->starved ||
        in_use <= io->buffers->segments.budget / 8 * 7)
        return false;
    if (brink_session_service(session)->kind->open == brink_endpoint_kind.open)
        return brink_endpoint_of(stream)->partial != NULL && io->buffers->favoured != NULL &&
               io->buffers->favoured != stream;
    const struct brink_leg *other = brink_session_other(session, brink_leg_of(stream));
    return brink_stream_scarce_room(&other->stream) == 0;
}

static bool rests(const struct sim_world *world, const struct brink_stream *stream)
{
    uint64_t until = brink_timer_deadline(stream->io->buffers->retry);
    return stream->waits_kernel && until <= sim_now_ms(&world->kernel) + 11;
}

/* A draining session, and one that leaves, begins no frame. */
static bool holds_for_drain(struct brink_session *session, struct brink_leg *leg)
{
    return session->leaving != BRINK_LEAVING_NOT && leg->stream.last &&
           brink_flow_at_boundary(&leg->flow) &&
           !brink_spec_raw(&brink_session_service(session)->options->spec);
}

/* Its client has sent as much as it may. That it is read again when its time has come is the
 * timer's: see check_timer. */
static bool holds_for_rate(const struct sim_world *world, struct brink_session *session,
                           const struct brink_leg *leg)
{
    return brink_leg_side(leg) == BRINK_SIDE_CLIENT && brink_meter_holds(session) &&
           brink_timer_deadline(session->timer) <= sim_now_ms(&world->kernel) + RATE_WAIT_MS_MAX;
}

static bool should_read(struct sim_world *world, struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_leg *leg = brink_leg_of(stream);
    if (stream->eof || rests(world, stream) || starved(stream))
        return false;
    if (stream->ending)
        return !stream->reset;
    if (session->state == BRINK_SESSION_CONNECTING || holds_for_drain(session, leg))
        return false;
    if (holds_for_rate(world, session, leg))
        return false;
    const struct brink_stream *to = &brink_session_other(session, leg)->stream;
    return !stream->paused || brink_queue_sendable(&to->out) <= world->low_bytes;
}

static bool should_write(struct sim_world *world, const struct brink_stream *stream)
{
    if (stream->broken_errno != 0 || rests(world, stream))
        return false;
    return brink_queue_sendable(&stream->out) > 0 || (stream->finish && !stream->finished);
}

bool sim_oracle_could_read(struct sim_world *world, struct brink_stream *stream)
{
    const struct sim_socket *socket = sim_socket_of(world, stream);
    return sim_socket_has_news(socket) && !socket->late_data && should_read(world, stream);
}

bool sim_oracle_could_write(struct sim_world *world, struct brink_stream *stream)
{
    const struct sim_socket *socket = sim_socket_of(world, stream);
    return (sim_socket_bits(socket) & EPOLLOUT) && !socket->late_space &&
           should_write(world, stream);
}

/* An application that was told to wait is told when it may go on. */
static void check_application(struct sim_world *world, const struct brink_stream *stream,
                              const struct sim_peer *peer)
{
    bool open = brink_session_of(peer->stream)->state == BRINK_SESSION_OPEN;
    if (peer->kept > 0 && open && brink_queue_sendable(&stream->out) <= world->low_bytes)
        sim_fail(&world->kernel, "lost wakeup: the application waits to answer peer %u", peer->id);
}

static void check_stream(struct sim_world *world, struct brink_worker *worker,
                         struct brink_stream *stream)
{
    (void)worker;
    struct sim_kernel *kernel = &world->kernel;
    if (stream->source.place == BRINK_PLACE_UNARMED)
        return; /* the kernel refused to arm it: tried again each turn */
    struct sim_socket *socket = sim_socket_of(world, stream);
    if (socket == NULL)
        return; /* not connected, nor connecting */
    unsigned id = socket->conn->id;
    if (stream->source.ops->run != brink_stream_source_run) {
        if (!socket->connecting)
            sim_fail(kernel, "lost wakeup: connection %u stands, and nobody goes on", id);
        return;
    }
    if (sim_oracle_could_read(world, stream))
        sim_fail(kernel, "lost wakeup: connection %u has %zu bytes%s to read", id,
                 sim_socket_readable(socket),
                 socket->dead                ? " and an error"
                 : socket->peer->fin_arrived ? " and an end"
                                             : "");
    if (sim_oracle_could_write(world, stream))
        sim_fail(kernel, "lost wakeup: connection %u has space for the %u bytes queued", id,
                 (unsigned)brink_queue_bytes(&stream->out));
    const struct sim_peer *peer = socket->owner;
    if (peer != NULL && peer->stream == stream)
        check_application(world, stream, peer);
}

/* No more clients may come in just now, and the time is set when they may. */
static bool waits_for_rate(const struct sim_world *world, const struct brink_entrance *entrance)
{
    uint64_t now_ms = sim_now_ms(&world->kernel);
    uint64_t wait_ms = brink_pace_wait_ms(&world->gate.pace, &world->options.connections,
                                          entrance->worker->loop.now_ms);
    return wait_ms > 0 && brink_timer_deadline(entrance->again) <= now_ms + wait_ms + 1;
}

static void check_listeners(struct sim_world *world, struct brink_worker *worker)
{
    uint64_t soon = sim_now_ms(&world->kernel) + BRINK_LISTENER_REST_MS + 1;
    const struct brink_link *head = &worker->entrances;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        const struct brink_entrance *entrance =
            BRINK_CONTAINER_OF(link, struct brink_entrance, link);
        const struct brink_listener *listener = &entrance->listener;
        if (listener->source.fd < 0)
            continue;
        bool room = !brink_clients_full(&world->clients) &&
                    !brink_clients_full(&world->gate.clients) && !waits_for_rate(world, entrance);
        bool rests_on = listener->resting && brink_timer_deadline(listener->rest) <= soon;
        if (world->kernel.files[listener->source.fd].waiting > 0 && room && !rests_on)
            sim_fail(&world->kernel, "lost wakeup: a client waits, and there is room for it");
    }
}

/* How late the next timer would be: but for the time that the worker did not get, a tick. */
static void check_timer(struct sim_world *world, struct brink_worker *worker,
                        struct brink_stream *stream)
{
    const struct sim_seat *seat = &world->seats[worker - world->workers];
    uint64_t due = brink_timer_deadline(brink_session_of(stream)->timer);
    uint64_t delay_us = world->kernel.now_us - seat->turned_us;
    if (world->threads.count > 0) /* one may not get on between working out its wait and waiting */
        delay_us += PAUSED_US;
    if (due != BRINK_NEVER && seat->wake_us > due * 1000 + TICK_US + delay_us)
        sim_fail(&world->kernel, "sleeps %" PRIu64 " us past a timer",
                 seat->wake_us == UINT64_MAX ? seat->wake_us : seat->wake_us - due * 1000);
}

static void check_worker(struct sim_world *world, unsigned i)
{
    struct sim_kernel *kernel = &world->kernel;
    struct brink_worker *worker = &world->workers[i];
    const struct sim_seat *seat = &world->seats[i];
    if (!brink_list_empty(&worker->loop.ready))
        sim_fail(kernel, "waits although its ready list is not empty");
    if (kernel->files[worker->loop.wakeup.fd].signalled || seat->posted)
        sim_fail(kernel, "lost wakeup: a post waits");
    sim_for_each_leg(world, worker, check_stream);
    sim_for_each_leg(world, worker, check_timer);
    sim_oracle_group_sleep(world, worker);
    if (!worker->draining)
        check_listeners(world, worker);
}

/* What a thread leaves undone another may be at; when none is left at work nobody is. */
static bool thread_sleeps(struct sim_world *world, int timeout_ms)
{
    struct sim_threads *threads = &world->threads;
    if (threads->running == NULL)
        return false; /* the world's own start */
    sim_thread_falls_asleep(threads, timeout_ms);
    if (sim_threads_rest(threads) &&
        !sim_epoll_pending(&world->kernel, threads->worker->loop.poller.fd)) {
        world->seats[0].wake_us = sim_threads_wake_us(threads);
        world->seats[0].turned_us = world->kernel.now_us;
        check_worker(world, 0);
        sim_oracle_threads_sleep(world);
    }
    sim_thread_sleeps(threads);
    return true;
}

bool sim_oracle_sleep(struct sim_kernel *kernel, int epoll_fd, int timeout_ms)
{
    struct sim_world *world = sim_world_of(kernel);
    unsigned i = 0;
    while (i < world->worker_count && world->workers[i].loop.poller.fd != epoll_fd)
        i++;
    if (i == world->worker_count)
        sim_fail(kernel, "an unknown epoll descriptor waits");
    if (world->threads.count > 0)
        return thread_sleeps(world, timeout_ms);
    struct sim_seat *seat = &world->seats[i];
    if (seat->timed_out)
        return false; /* it has waited already: this is where that wait ends */
    seat->wake_us = timeout_ms < 0 ? UINT64_MAX : kernel->now_us + 1000 * (uint64_t)timeout_ms;
    seat->in_vain = 0;
    check_worker(world, i);
    return false;
}
