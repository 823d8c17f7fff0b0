/* sim/world.h - one simulated run: workers of the real library, peers around them, oracles. */
#ifndef BRINK_SIM_WORLD_H
#define BRINK_SIM_WORLD_H

#include "brink/drain.h"
#include "relay/endpoint.h"
#include "relay/session.h"
#include "server/worker.h"
#include "sim/framing.h"
#include "sim/kernel.h"
#include "sim/peer.h"
#include "sim/servers.h"
#include "sim/threads.h"

enum { SIM_WORKERS = 3 };

struct sim_memory {
    size_t live;
    uint64_t refused; /* allocations that were made to fail */
};

/* What is known of a worker from outside. */
struct sim_seat {
    uint64_t wake_us;   /* it sleeps until then, unless there is an event */
    bool timed_out;     /* the wait that it is in is over: no event came in its time */
    uint64_t turned_us; /* when its last turn was over */
    uint64_t turn;      /* how many it has had */
    unsigned in_vain;   /* turns on end that changed nothing */
    int ready[SIM_FDS]; /* who stood on its ready list when the turn began */
    unsigned ready_count;
    uint64_t in_use; /* buffered bytes, at that time */
    struct brink_post post;
    bool posted; /* and not run yet */
};

/* What the log has told, summed up. */
struct sim_told {
    uint64_t closed;
    uint64_t reasons[BRINK_REASON_COUNT];
    uint64_t refused;
    uint64_t bytes[2]; /* by side */
    uint64_t frames[2];
    uint64_t cut[2];
};

/* How the application of a framed endpoint goes about a send that is refused, and in general. */
enum sim_manner { SIM_CLOSES = 0, SIM_WAITS, SIM_IS_MOODY };

struct sim_world {
    struct sim_kernel kernel;
    struct sim_tape *tape;
    struct sim_memory memory;
    struct brink_service_options options;
    struct brink_service_kind kind;
    struct brink_stream_handler handler;
    struct brink_clients clients;
    struct brink_gate gate; /* of the one service */
    struct brink_paces paces;
    struct brink_worker workers[SIM_WORKERS];
    struct brink_member members[SIM_WORKERS];
    struct sim_seat seats[SIM_WORKERS];
    unsigned worker_count;
    unsigned listeners;      /* of each */
    unsigned threads_wanted; /* 0: each worker has one, and a loop of its own */
    struct sim_servers servers;
    struct sim_threads threads; /* of the one worker whose loop they share */
    uint32_t connect_ms;
    size_t high_bytes;
    size_t low_bytes;
    uint64_t budget;
    struct sim_peer peers[SIM_CONNS];
    unsigned peer_count;
    unsigned clients_to_come;
    unsigned clients_at_once;
    unsigned steps; /* left, of the middle of the run */
    bool liveness;  /* the run ends by its own */
    bool finishing; /* faults have stopped, peers come to their end */
    bool stopping;
    struct brink_drain_options drain; /* how: as hard as has been said so far */
    uint64_t stop_by_ms;
    uint64_t stop_at_ms;
    struct sim_told told;
    enum sim_manner manner;
    size_t largest_frame; /* that an application has got, or gets */
    uint64_t crowd;       /* sessions at once, at most */
    uint64_t opened;      /* streams that the application was told of */
    uint64_t let_go;      /* and whose end it was told of */
};

struct sim_result {
    bool failed;
    char failure[SIM_FAILURE];
    uint64_t calls;
    uint64_t turns;
    uint64_t sessions;
    uint64_t crowd; /* sessions at once, at most */
    uint64_t bytes;
    uint64_t virtual_ms;
    uint64_t faults[SIM_FAULT_COUNT];
};

/* One run, as the tape says. After a failure the library's objects are left as they were, and the
 * process should not go on for long. */
void sim_run(struct sim_tape *tape, bool trace, struct sim_result *result);

/* The rest is what the parts of a run share. */

/* world_setup.c: draws what the run is about, and sets it up. False if the kernel would not have
 * it (a fault at start): nothing is held then. */
bool sim_world_open(struct sim_world *world);
void sim_world_close(struct sim_world *world);

/* world_stop.c: the workers are to stop, by a policy that is drawn. */
void sim_world_stop(struct sim_world *world, uint32_t drain_ms);

/* world.c: an upstream has been connected to. */
void sim_world_upstream(struct sim_kernel *kernel, struct sim_conn *conn);

/* world_app.c: the application of a framed endpoint: sends each frame back, at once or, when
 * refused, later; or loses its temper. */
extern const struct brink_stream_handler sim_world_app;

/* True if the worker's memory may have been spent in this turn. */
static inline bool sim_scarce(const struct sim_world *world, const struct sim_seat *seat)
{
    return world->budget < seat->in_use + BRINK_STREAM_BUDGET;
}

static inline struct sim_world *sim_world_of(struct sim_kernel *kernel)
{
    return kernel->world;
}

/* What it runs serves whole frames to an application. */
static inline bool sim_is_endpoint(const struct sim_world *world)
{
    return world->kind.open == brink_endpoint_kind.open;
}

#endif
