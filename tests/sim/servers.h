/* sim/servers.h - the servers of the upstream that a relay's clients are coupled with: how they
 * take connections, what is found out about them, and how brink sees them. */
#ifndef BRINK_SIM_SERVERS_H
#define BRINK_SIM_SERVERS_H

#include "sim/kernel.h"
#include "upstream/group.h"

struct sim_world;

enum { SIM_SERVERS = 5, SIM_FIRST_SERVER_PORT = 9 };

/* How a server meets who connects. */
enum sim_mood { SIM_SERVES = 0, SIM_REFUSES, SIM_IS_SILENT, SIM_IS_LATE };

/* What brink's group has of one. */
struct sim_sight {
    bool listed;
    enum brink_target_state state;
    uint32_t weight;
    uint32_t max_connections;
    uint32_t tier;
    uint32_t connections;
};

struct sim_server {
    struct brink_target_entry entry; /* as listed last */
    enum sim_mood mood;
    bool listed;
    unsigned generation;     /* how often it came anew */
    bool loose;              /* came anew, or its limit was lowered: it may have more than that */
    bool was_down;           /* DOWN or GONE, ever */
    bool moody;              /* has not always served */
    uint64_t changed_us;     /* when the sight of it changed last, but for its connections */
    bool taken;              /* a connection was made to it in the present turn */
    bool changed;            /* since the present turn began */
    struct sim_sight now;    /* as looked at last */
    struct sim_sight before; /* as the turn began */
};

struct sim_servers {
    struct brink_group *group; /* NULL: there is no upstream */
    struct brink_upstream_options options;
    struct sim_server all[SIM_SERVERS];
    unsigned count;
    uint32_t queued_peak; /* who waited at once, in this turn */
    uint64_t failures;    /* connections that did not come about */
    uint64_t rehomed;     /* clients that got another server */
};

/* What the upstream is about; and its group, with the servers listed. */
void sim_servers_draw(struct sim_world *world);
void sim_servers_open(struct sim_world *world);
void sim_servers_close(struct sim_world *world);

/* Something happens to them, as of another thread: a check, an update, or they change their ways.
 */
void sim_servers_step(struct sim_world *world);

/* All of them are well from now on. */
void sim_servers_recover(struct sim_world *world);

/* The program connects to one of them: what becomes of it. */
struct sim_welcome sim_servers_answer(struct sim_kernel *kernel, const struct sockaddr *address);

/* Looks how brink sees them now. */
void sim_servers_look(struct sim_world *world);
void sim_servers_before_turn(struct sim_world *world);

/* The one of that address, as the log has it; SIM_SERVERS: none. */
unsigned sim_servers_find(const struct sim_world *world, const char *text);

/* Whom brink could give a client that has tried those of `tried`, by bits: it has room. And
 * whether there is anyone at all whom it could wait for. `steady`: of those only that were so
 * since the turn began. SIM_SERVERS: nobody. */
unsigned sim_servers_free(const struct sim_world *world, uint32_t tried, bool steady);
unsigned sim_servers_any(const struct sim_world *world, uint32_t tried, bool steady);

#endif
