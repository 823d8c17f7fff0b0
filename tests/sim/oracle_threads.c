/* What must hold where several threads turn one loop; looked at in each system call, and when all
 * of them sleep. */
#include "sim/oracle.h"

/* --- in each call --- */

static const struct brink_source *head_of(const struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of((struct brink_stream *)(uintptr_t)stream);
    return &brink_session_leg(session, 0)->stream.source;
}

/* Nobody runs a session without having claimed it, and not by two of its legs at once. */
static void check_claim(struct sim_world *world, struct brink_worker *worker,
                        struct brink_stream *stream)
{
    (void)worker;
    struct brink_session *session = brink_session_of(stream);
    unsigned running = 0;
    for (unsigned i = 0; i < world->kind.legs; i++)
        running += brink_session_leg(session, i)->stream.source.place == BRINK_PLACE_RUNNING;
    if (running > 1)
        sim_fail(&world->kernel, "two threads run one session");
    if (running == 1 && !head_of(stream)->busy)
        sim_fail(&world->kernel, "a session runs that is not claimed");
}

/* Here and not after the turn: what is sent while it closes would pass for a sign of life, and what
 * is read then for a frame that has just begun. */
static void note(struct sim_world *world, struct brink_worker *worker, struct brink_stream *stream)
{
    sim_oracle_link(world, worker, stream);
    const struct sim_socket *socket = sim_socket_of(world, stream);
    if (socket == NULL || socket->owner == NULL)
        return;
    struct sim_peer *peer = socket->owner;
    struct sim_peer *client = stream->second ? peer->partner : peer;
    if (stream->source.ops->run == brink_stream_source_run)
        sim_oracle_note_frames(world, peer);
    if (brink_session_of(stream)->state == BRINK_SESSION_CLOSING && client != NULL)
        sim_oracle_closing(world, client);
}

void sim_oracle_threads_call(struct sim_world *world)
{
    struct brink_worker *worker = &world->workers[0];
    sim_for_each_leg(world, worker, check_claim);
    sim_servers_look(world);
    sim_for_each_leg(world, worker, note);
    sim_for_each_leg(world, worker, sim_oracle_dial);
}

/* --- when all sleep --- */

static void check_free(struct sim_world *world, struct brink_worker *worker,
                       struct brink_stream *stream)
{
    (void)worker;
    if (head_of(stream)->busy)
        sim_fail(&world->kernel, "all threads sleep, and a session is still claimed");
}

void sim_oracle_threads_sleep(struct sim_world *world)
{
    struct brink_worker *worker = &world->workers[0];
    if (!brink_list_empty(&worker->loop.held))
        sim_fail(&world->kernel, "all threads sleep, and what was held is not looked at");
    if (!brink_list_empty(&worker->loop.graveyard))
        sim_fail(&world->kernel, "all threads sleep, and what was closed is not reclaimed");
    if (!brink_loop_check(&worker->loop))
        sim_fail(&world->kernel, "brink_loop_check fails");
    sim_for_each_leg(world, worker, check_free);
    sim_oracle_memory(world, worker);
}
