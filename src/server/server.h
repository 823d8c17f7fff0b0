/* server/server.h - what a server is made of. */
#ifndef BRINK_SERVER_SERVER_H
#define BRINK_SERVER_SERVER_H

#include "server/clients.h"
#include "server/front.h"
#include "server/giver.h"
#include "server/groups.h"
#include "server/mailbox.h"
#include "server/names.h"
#include "server/opening.h"
#include "server/taker.h"
#include "server/tasks.h"
#include "server/worker.h"

/* A group's place among those that are not in the options any more, while clients have its servers.
 */
struct brink_group_node {
    struct brink_link link; /* in brink_server.gone_groups, or alone */
    struct brink_group *group;
    struct brink_server_upstream_figures past; /* of listeners' editions that are gone */
};

struct brink_server {
    const struct brink_sys *sys;
    struct brink_mailbox mailbox;
    struct brink_clients clients;
    struct brink_worker *workers;
    uint32_t worker_count; /* that are set up */
    uint32_t workers_wanted;
    struct brink_member *members;
    uint32_t member_count;

    /* What follows can be changed while it runs: by one thread at a time, which holds `changing`,
     * and may wait for the workers meanwhile. What the workers use is theirs to change, by
     * brink_server_call. What others may look at is changed under `lock` as well, which is held for
     * moments, and never by who waits for a thread. Workers need neither. */
    pthread_mutex_t changing;
    pthread_mutex_t lock;              /* recursive */
    struct brink_arena arena;          /* of this struct and of what follows */
    bool runs;                         /* the workers have threads */
    bool ended;                        /* and these have ended */
    struct brink_server_options given; /* at the start; nothing that it points to is kept */
    struct brink_log log;              /* the workers' */
    struct brink_log plain_log;        /* the others' */
    uint32_t free_fds;                 /* for clients, when it started */
    uint32_t open_files;
    struct brink_names names;
    struct brink_link fronts;                       /* all there are, those that are gone, too */
    struct brink_front *order[BRINK_LISTENERS_MAX]; /* of the options */
    size_t listener_count;
    struct brink_opening **openings; /* in the order of the options */
    size_t opening_count;
    size_t opening_room;
    struct brink_groups groups;
    struct brink_group_node *group_nodes[BRINK_UPSTREAMS_MAX];
    const char *group_names[BRINK_UPSTREAMS_MAX];
    struct brink_link gone_groups;
    struct brink_tasks tasks;
    struct brink_control control;
    struct brink_inherited
        inherited;   /* for the start; see server/handover.h, as for what follows */
    int takeover_fd; /* until it is a taker's; -1: none */
    bool asking;     /* a new process has been asked, and has not answered yet */
    struct brink_taker taker;
    struct brink_giver giver;
    struct brink_server_listener_stats past; /* of fronts that are gone */
    uint64_t past_frames[BRINK_WORKERS_MAX]; /* by branches that are gone, of each worker */
};

/* brink_server_start on a kernel of the caller's choice. */
BRINK_MUST_CHECK brink_result brink_server_start_on(struct brink_server **server,
                                                    const struct brink_sys *sys,
                                                    const struct brink_server_options *options,
                                                    struct brink_message *why);

/* The worker that a stream of that id is of, if there is one; NULL: there can be none. Any thread.
 */
struct brink_worker *brink_server_worker_of(const struct brink_server *server, brink_stream_id id);
/* Has fn run on each worker's thread, and waits; here, while or once there are none. */
void brink_server_call(struct brink_server *server,
                       void (*fn)(struct brink_worker *worker, void *arg), void *arg);

/* Readers of a server that is const to them take its lock as well. */
void brink_server_lock(const struct brink_server *server);
void brink_server_unlock(const struct brink_server *server);

#endif
