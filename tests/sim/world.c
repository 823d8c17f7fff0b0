/* The course of a run: clients come, everyone does something in turn or out of turn, all leave. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/network.h"
#include "sim/oracle.h"

enum {
    CLIENT_CONNS = 64, /* no client comes when so many connections have been */
    TURN_US_MAX = 200,
    PIECE_US_MAX = 20,   /* of a turn, between two points where other threads may go on */
    ROUNDS_MAX = 400000, /* in which a finishing run must come to its end */
    FINISH_MS_MAX = 10 * 60 * 1000,
    END_MS = 5,           /* how late a drain may end; */
    THREADS_END_MS = 100, /* the threads may not get the processor */
};

/* --- who acts --- */

static struct sim_seat *seat_of(struct brink_loop *loop)
{
    struct brink_worker *worker = BRINK_CONTAINER_OF(loop, struct brink_worker, loop);
    const struct brink_sys *sys = worker->shared ? worker->baton.under : loop->sys;
    return &sim_world_of(sys->context)->seats[worker->index];
}

static void run_post(struct brink_loop *loop, struct brink_post *post)
{
    struct sim_seat *seat = seat_of(loop);
    (void)post;
    seat->posted = false;
}

/* Another thread wants something of a worker. */
static void post_to(struct sim_world *world, unsigned i)
{
    struct sim_seat *seat = &world->seats[i];
    if (seat->posted)
        return;
    seat->post.run = run_post;
    seat->posted = !brink_failed(brink_loop_post(&world->workers[i].loop, &seat->post));
    sim_trace(&world->kernel, "a post for worker %u", i);
}

void sim_world_upstream(struct sim_kernel *kernel, struct sim_conn *conn)
{
    struct sim_world *world = sim_world_of(kernel);
    const struct brink_layout *layout = &world->options.spec.reply.frame;
    sim_peer_init(&world->peers[world->peer_count++], kernel, conn, true, layout);
}

static void come(struct sim_world *world)
{
    struct sim_kernel *kernel = &world->kernel;
    if (world->clients_to_come == 0 || !sim_network_listens(kernel) ||
        kernel->conn_count >= CLIENT_CONNS)
        return;
    struct sim_conn *conn = sim_conn_new(kernel);
    struct sim_peer *peer = &world->peers[world->peer_count];
    world->clients_to_come--;
    conn->end[0].owner = peer;
    if (!sim_network_knock(kernel, conn)) {
        conn->end[0].dead = true; /* every queue is full: it gives up */
        conn->end[1].dead = true;
        return;
    }
    world->peer_count++;
    sim_peer_init(peer, kernel, conn, false, &world->options.spec.request.frame);
    if (world->kind.legs == 1)
        peer->partner = peer;
    sim_trace(kernel, "peer %u comes", peer->id);
}

/* Workers, or the threads of the one whose loop they share. */
static unsigned actors(const struct sim_world *world)
{
    return world->threads.count > 0 ? world->threads.count : world->worker_count;
}

static bool worker_is_done(const struct sim_world *world, unsigned i)
{
    if (world->threads.count > 0)
        return world->threads.threads[i].ended;
    return world->workers[i].draining && brink_worker_sessions(&world->workers[i]) == 0;
}

static bool worker_wakes(struct sim_world *world, unsigned i)
{
    if (world->threads.count > 0)
        return sim_thread_can_go_on(&world->threads, i);
    return !worker_is_done(world, i) &&
           (world->kernel.now_us >= world->seats[i].wake_us ||
            sim_epoll_pending(&world->kernel, world->workers[i].loop.poller.fd));
}

static bool go_on(struct sim_world *world, unsigned i)
{
    sim_trace(&world->kernel, "-- thread %u", i);
    sim_threads_resume(&world->threads, i);
    world->kernel.now_us += sim_choose(world->tape, PIECE_US_MAX);
    return true;
}

static bool turn(struct sim_world *world, unsigned i)
{
    struct sim_kernel *kernel = &world->kernel;
    uint64_t progress = kernel->progress;
    if (!worker_wakes(world, i))
        return false;
    if (world->threads.count > 0)
        return go_on(world, i);
    sim_trace(kernel, "-- worker %u", i);
    world->seats[i].timed_out =
        world->seats[i].wake_us != 0 && kernel->now_us >= world->seats[i].wake_us;
    world->seats[i].wake_us = 0; /* unless it goes to sleep */
    sim_oracle_before_turn(world, i);
    brink_result turned = brink_loop_turn(&world->workers[i].loop, -1);
    (void)turned.err; /* the next turn tries again */
    if (kernel->progress != progress)
        world->seats[i].in_vain = 0;
    sim_oracle_after_turn(world, i);
    kernel->now_us += sim_choose(world->tape, TURN_US_MAX);
    return true;
}

/* --- time --- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Nothing happens before: so the clock may go there. */
static uint64_t next_us(struct sim_world *world)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < world->worker_count && world->threads.count == 0; i++)
        if (!worker_is_done(world, i))
            next = earlier(next, world->seats[i].wake_us);
    next = earlier(next, sim_threads_wake_us(&world->threads));
    for (unsigned i = 0; i < world->peer_count; i++)
        if (!world->peers[i].over && world->peers[i].rests_until_us > world->kernel.now_us)
            next = earlier(next, world->peers[i].rests_until_us);
    for (unsigned i = 0; i < world->kernel.conn_count; i++) {
        const struct sim_conn *conn = world->kernel.conns[i];
        if (conn->end[0].connecting && conn->answers_us > world->kernel.now_us)
            next = earlier(next, conn->answers_us);
    }
    return next;
}

static void wait(struct sim_world *world)
{
    uint64_t next = next_us(world);
    uint64_t limit = world->kernel.now_us + 1000000;
    for (unsigned i = 0; i < actors(world); i++)
        if (worker_wakes(world, i))
            return; /* the clock stands while a worker has something to do */
    for (unsigned i = 0; i < world->worker_count; i++)
        sim_oracle_group_sleep(world, &world->workers[i]);
    if (next == UINT64_MAX || next > limit)
        next = limit;
    if (next > world->kernel.now_us)
        world->kernel.now_us = next;
}

/* --- the course --- */

/* Everyone but the workers. */
static bool round_of_peers(struct sim_world *world)
{
    bool any = false;
    for (unsigned i = 0; i < world->peer_count; i++)
        any |= sim_peer_step(&world->peers[i], &world->kernel, world->finishing);
    for (unsigned i = 0; i < world->kernel.conn_count; i++)
        any |= sim_network_step(&world->kernel, world->kernel.conns[i], false);
    return any;
}

/* Everyone, once. True if anything happened. */
static bool round_of_all(struct sim_world *world)
{
    bool any = round_of_peers(world);
    for (unsigned i = 0; i < actors(world); i++)
        any |= turn(world, i);
    return any;
}

static void step(struct sim_world *world)
{
    struct sim_kernel *kernel = &world->kernel;
    struct sim_tape *tape = world->tape;
    switch (sim_choose(tape, world->servers.count > 1 ? 9 : 8)) {
    case 0:
        if (!round_of_all(world))
            wait(world);
        return;
    case 1:
    case 2:
        if (world->peer_count > 0)
            (void)sim_peer_step(&world->peers[sim_choose(tape, world->peer_count)], kernel, false);
        return;
    case 3:
    case 4:
        if (kernel->conn_count > 0)
            (void)sim_network_step(kernel, kernel->conns[sim_choose(tape, kernel->conn_count)],
                                   true);
        return;
    case 5:
        for (unsigned some = world->clients_at_once; some > 0; some--)
            come(world);
        if (sim_chance(tape, 64))
            post_to(world, sim_choose(tape, world->worker_count));
        if (sim_chance(tape, 2))
            sim_world_stop(world, sim_choose(tape, 2000));
        return;
    case 8:
        sim_servers_step(world);
        return;
    case 6: /* the workers do not get the processor for a while */
        for (uint32_t rounds = sim_choose(tape, 16); rounds > 0; rounds--)
            (void)round_of_peers(world);
        return;
    default:
        (void)turn(world, sim_choose(tape, actors(world)));
        return;
    }
}

static bool all_gone(const struct sim_world *world)
{
    for (unsigned i = 0; i < world->worker_count; i++)
        if (brink_worker_sessions(&world->workers[i]) > 0)
            return false;
    for (unsigned i = 0; i < world->peer_count; i++)
        if (!world->peers[i].over)
            return false;
    return true;
}

static bool all_stopped(const struct sim_world *world)
{
    for (unsigned i = 0; i < actors(world); i++)
        if (!worker_is_done(world, i))
            return false;
    return true;
}

static void until(struct sim_world *world, bool (*done)(const struct sim_world *world),
                  const char *what, uint64_t by_ms)
{
    for (unsigned rounds = 0; !done(world); rounds++) {
        if (rounds > ROUNDS_MAX || sim_now_ms(&world->kernel) > by_ms)
            sim_fail(&world->kernel, "%s: not after %u rounds and %" PRIu64 " ms", what, rounds,
                     sim_now_ms(&world->kernel));
        if (!round_of_all(world))
            wait(world);
    }
}

/* Who did nothing wrong, and was not slow, gets everything and sees an end. */
static void check_liveness(struct sim_world *world)
{
    static const enum sim_fault harmful[] = {
        SIM_BREAK,           SIM_ACCEPT_ABORTED, SIM_ACCEPT_EXHAUSTED, SIM_SOCKET,
        SIM_CONNECT_REFUSED, SIM_CONNECT_LATE,   SIM_CONNECT_NEVER,    SIM_EPOLL_ADD,
        SIM_EPOLL_MOD,       SIM_OPTION,         SIM_ALLOCATION,       SIM_CLOCK_STALLS};
    static const enum brink_reason for_servers[] = {
        BRINK_REASON_CONNECT_FAILED, BRINK_REASON_CONNECT_TIMEOUT, BRINK_REASON_NO_SERVER,
        BRINK_REASON_QUEUE_FULL,     BRINK_REASON_QUEUE_TIMEOUT,   BRINK_REASON_SERVER_DOWN};
    const struct brink_service_options *options = &world->options;
    for (size_t i = 0; i < sizeof harmful / sizeof harmful[0]; i++)
        if (world->kernel.faults.happened[harmful[i]] > 0)
            return;
    if (options->idle_ms != 0 || options->frame_ms != 0 || world->stopping ||
        world->kernel.fd_limit < SIM_FDS)
        return;
    for (size_t i = 0; i < sizeof for_servers / sizeof for_servers[0]; i++)
        if (world->told.reasons[for_servers[i]] > 0)
            return;
    for (unsigned i = 0; i < world->peer_count; i++) {
        const struct sim_peer *from = &world->peers[i];
        const struct sim_peer *to = from->partner;
        if (to == NULL || to->partner != from || from->kept > 0 || from->misbehaved ||
            from->rested || to->misbehaved || to->rested)
            continue;
        const struct sim_socket *out = to->socket->peer;
        if (from->got_error || to->got_error)
            sim_fail(&world->kernel, "peer %u was reset without a cause",
                     from->got_error ? from->id : to->id);
        if (from->socket->written != out->taken + (size_t)to->shift)
            sim_fail(&world->kernel, "peer %u sent %zu bytes, and peer %u got %zu", from->id,
                     from->socket->written, to->id, out->taken);
    }
}

/* The clock may have stalled just now, or the last connection have gone; and threads may not get
 * the processor. */
static uint64_t end_of_drain_ms(struct sim_world *world)
{
    uint64_t now_ms = sim_now_ms(&world->kernel);
    uint64_t from_ms = now_ms > world->stop_by_ms ? now_ms : world->stop_by_ms;
    return from_ms + (world->threads.count > 0 ? THREADS_END_MS : END_MS);
}

static void run(struct sim_world *world)
{
    struct sim_kernel *kernel = &world->kernel;
    if (!sim_world_open(world))
        return;
    for (unsigned steps = world->steps; steps > 0; steps--)
        step(world);
    world->finishing = true;
    sim_servers_recover(world);
    kernel->faults.on = !world->liveness && sim_choose(world->tape, 4) != 0;
    if (world->liveness) {
        until(world, all_gone, "an end of all connections", sim_now_ms(kernel) + FINISH_MS_MAX);
        check_liveness(world);
    }
    sim_world_stop(world, sim_choose(world->tape, 4000));
    kernel->faults.on = false;
    until(world, all_stopped, "stopped", end_of_drain_ms(world));
    for (unsigned i = 0; i < world->worker_count; i++)
        brink_loop_seal(&world->workers[i].loop);
    sim_oracle_end(world);
    sim_world_close(world);
}

static void tell(struct sim_world *world, struct sim_result *result)
{
    struct sim_kernel *kernel = &world->kernel;
    memcpy(result->failure, kernel->failure, sizeof result->failure);
    result->calls = kernel->calls;
    result->sessions = world->told.closed;
    result->crowd = world->crowd;
    result->virtual_ms = sim_now_ms(kernel) - 1000;
    for (unsigned i = 0; i < SIM_WORKERS; i++)
        result->turns += world->seats[i].turn;
    for (unsigned i = 0; i < kernel->conn_count; i++)
        result->bytes += kernel->conns[i]->end[0].taken + kernel->conns[i]->end[1].taken;
    memcpy(result->faults, kernel->faults.happened, sizeof result->faults);
}

void sim_run(struct sim_tape *tape, bool trace, struct sim_result *result)
{
    struct sim_world *world = calloc(1, sizeof *world);
    if (world == NULL)
        abort();
    memset(result, 0, sizeof *result);
    world->tape = tape;
    sim_kernel_init(&world->kernel, tape, &sim_oracle_hooks, world);
    world->kernel.trace = trace;
    result->failed = setjmp(world->kernel.failed) != 0;
    if (!result->failed)
        run(world);
    sim_threads_forget();
    tell(world, result);
    sim_kernel_free(&world->kernel);
    free(world);
}
