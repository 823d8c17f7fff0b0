/* sim/oracle.h - what must hold, looked at all the way.
 *
 *   oracle_bytes.c   each byte is delivered once, in order, unchanged; frames are counted as a dumb
 *                    decoder counts them; no cut frame is passed off as whole
 *   oracle_sleep.c   no wakeup is lost: nobody sleeps who has something to do
 *   oracle_memory.c  memory stays within its bound, at each system call
 *   oracle_turn.c    each ready stream is served; the library's own checks hold
 *   oracle_time.c    no timer is late
 *   oracle_threads.c of threads that share a loop one at a time is at a session, and they leave
 *                    nothing undone when they sleep
 *   oracle_group.c   servers: who is tried, who waits, who leaves, what is leased
 *   oracle_close.c   every end has its reason; no timer is early
 *   oracle_end.c     nothing is left over, and the counters add up
 *   oracle_figures.c what is measured agrees with what is counted
 *
 * Each fails the run (sim_fail) and does not return then. */
#ifndef BRINK_SIM_ORACLE_H
#define BRINK_SIM_ORACLE_H

#include "brink/log.h"
#include "sim/world.h"

extern const struct sim_hooks sim_oracle_hooks;

/* Hooks, by file. */
void sim_oracle_sent(struct sim_kernel *kernel, struct sim_socket *from, size_t before);
void sim_oracle_fin(struct sim_kernel *kernel, struct sim_socket *from);
bool sim_oracle_sleep(struct sim_kernel *kernel, int epoll_fd, int timeout_ms);
void sim_oracle_call(struct sim_kernel *kernel);

/* Compares what the program has counted on this connection with the truth. */
void sim_oracle_frames(struct sim_world *world, struct sim_peer *peer);

/* Bytes that the program has counted, of this one alone. */
static inline uint64_t sim_came(const struct sim_peer *peer)
{
    return peer->stream->bytes_in - peer->bytes_before;
}

/* Only looks how far the program has come. */
void sim_oracle_note_frames(struct sim_world *world, struct sim_peer *peer);

/* No deadline of the peer's session has passed. */
void sim_oracle_times(struct sim_world *world, struct sim_peer *peer);

/* True if the stream could do something now, by the kernel's account, and nothing speaks against
 * it: to read, and to write. */
bool sim_oracle_could_read(struct sim_world *world, struct brink_stream *stream);
bool sim_oracle_could_write(struct sim_world *world, struct brink_stream *stream);

/* Notes that the client's session is closing now. */
void sim_oracle_closing(struct sim_world *world, struct sim_peer *client);

/* Around each turn of a worker. */
void sim_oracle_before_turn(struct sim_world *world, unsigned worker);
void sim_oracle_after_turn(struct sim_world *world, unsigned worker);

/* Of a world with threads: in each system call; when all of them sleep. */
void sim_oracle_threads_call(struct sim_world *world);
void sim_oracle_threads_sleep(struct sim_world *world);

/* Notes which peer the stream is connected with, and which is that one's partner. */
void sim_oracle_link(struct sim_world *world, struct brink_worker *worker,
                     struct brink_stream *stream);

/* The log of the program. */
void sim_oracle_log(void *context, enum brink_log_level level, const char *line, size_t length);

/* The worker's memory and places. */
void sim_oracle_memory(struct sim_world *world, struct brink_worker *worker);

/* Adds a line of the log to what was told. */
void sim_oracle_told(struct sim_world *world, const char *line, enum brink_reason reason);

/* The program connects to that server. */
void sim_oracle_connect(struct sim_world *world, unsigned server);

/* After a turn: how far each has come that looks for a server. */
void sim_oracle_dial(struct sim_world *world, struct brink_worker *worker,
                     struct brink_stream *stream);
void sim_oracle_dial_time(struct sim_world *world, struct brink_session *session);
void sim_oracle_connect_failed(struct sim_world *world, struct sim_peer *client, const char *line);

/* Notes how many wait at once. */
void sim_oracle_queued(struct sim_world *world);

/* The client's session begins to close; and then, whether it has tried all it could, or waited for
 * as long as it may. */
void sim_oracle_dial_ends(struct sim_world *world, struct sim_peer *client);
bool sim_oracle_has_tried(const struct sim_world *world, const struct sim_peer *client);
bool sim_oracle_waited(const struct sim_world *world, const struct sim_peer *client);

/* A worker sleeps, by whom servers are waited for and left. */
void sim_oracle_group_sleep(struct sim_world *world, struct brink_worker *worker);

/* The client gets `next` after its partner. */
void sim_oracle_rehomed(struct sim_world *world, struct sim_peer *client, struct sim_peer *next);

/* What is leased is what sessions have; and at the end nothing is. */
void sim_oracle_leases(struct sim_world *world);
void sim_oracle_group_end(struct sim_world *world);

/* When all have left. */
void sim_oracle_end(struct sim_world *world);

/* Of one worker, at the end. */
void sim_oracle_figures(struct sim_world *world, const struct brink_service_stats *stats);

/* Calls fn for each source of the worker's that belongs to a session. */
void sim_for_each_leg(struct sim_world *world, struct brink_worker *worker,
                      void (*fn)(struct sim_world *world, struct brink_worker *worker,
                                 struct brink_stream *stream));

/* The socket of a stream that is open. */
struct sim_socket *sim_socket_of(struct sim_world *world, const struct brink_stream *stream);

#endif
