/* server/server.h - what a server is made of. */
#ifndef BRINK_SERVER_SERVER_H
#define BRINK_SERVER_SERVER_H

#include "server/clients.h"
#include "server/groups.h"
#include "server/mailbox.h"
#include "server/services.h"
#include "server/tasks.h"
#include "server/worker.h"

enum { BRINK_WORKERS_MAX = 64 };

struct brink_server {
    const struct brink_sys *sys;
    struct brink_arena arena; /* of this struct and the workers */
    struct brink_mailbox mailbox;
    struct brink_clients clients;
    struct brink_groups groups;
    struct brink_services services;
    struct brink_tasks tasks;
    struct brink_control control;
    bool controlled; /* it has been started */
    struct brink_worker *workers;
    uint32_t worker_count; /* that are set up */
    uint32_t workers_wanted;
    struct brink_member *members;
    uint32_t member_count;
    struct brink_address *bound;
    uint32_t bound_count;
    uint32_t bound_room;
};

/* brink_server_start on a kernel of the caller's choice. */
BRINK_MUST_CHECK brink_result brink_server_start_on(struct brink_server **server,
                                                    const struct brink_sys *sys,
                                                    const struct brink_server_options *options,
                                                    struct brink_message *why);

/* The worker that a stream of that id is of, if there is one; NULL: there can be none. Any thread.
 */
struct brink_worker *brink_server_worker_of(const struct brink_server *server, brink_stream_id id);

#endif
