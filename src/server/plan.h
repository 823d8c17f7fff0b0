/* server/plan.h - what a server is to become by other options; a start is a server that becomes
 * something from nothing.
 *
 *     make --> commit
 *       |  `-> abandon
 *       `--fails: nothing has changed
 *
 * All that can fail comes with the making, and is seen by nobody: addresses are bound and listened
 * on, but nobody is accepted; branches are there, to which nothing leads; tasks are started that
 * have not begun. The commit cannot fail. By one thread at a time, which changes the server. */
#ifndef BRINK_SERVER_PLAN_H
#define BRINK_SERVER_PLAN_H

#include "server/server.h"
#include "server/view.h"

enum { BRINK_TASKS_MAX = BRINK_UPSTREAMS_MAX * BRINK_TASK_KINDS };

/* How much a plan changes, for the log. */
struct brink_plan_changes {
    unsigned added;
    unsigned changed;
    unsigned removed;
};

struct brink_plan {
    struct brink_server *server;
    struct brink_server_options options; /* with the workers' log */
    struct brink_view view;
    uint64_t seed;
    uint64_t now_ms;
    uint32_t max_clients;
    uint32_t fds_each; /* of a client, at most */

    struct brink_groups groups;
    struct brink_group_node *group_nodes[BRINK_UPSTREAMS_MAX];
    const char *group_names[BRINK_UPSTREAMS_MAX];
    struct brink_group_change changes[BRINK_UPSTREAMS_MAX];      /* of those that stay */
    struct brink_group_change gone_changes[BRINK_UPSTREAMS_MAX]; /* of those of before that go */

    struct brink_services services;
    struct brink_front *fronts[BRINK_LISTENERS_MAX];
    struct brink_edition *editions[BRINK_LISTENERS_MAX]; /* new ones; NULL: it keeps its own */
    const char *upstreams[BRINK_LISTENERS_MAX];          /* names that are kept */
    struct brink_opening **openings;
    size_t opening_count;
    size_t opening_room;
    bool *is_new; /* for each opening */
    struct brink_opening *
        *former; /* once committed: those of before; those that go have no front */
    size_t former_count;
    size_t former_room;

    struct brink_tasks tasks;
    struct brink_control_task *started[BRINK_TASKS_MAX];
    size_t started_count;

    int errors[BRINK_WORKERS_MAX]; /* errno, of what a worker was to prepare */
    struct brink_plan_changes listeners;
    struct brink_plan_changes upstreams_changes;
    struct brink_plan_changes addresses;
};

/* The options have been checked. On failure (*why says why) there is no plan. */
BRINK_MUST_CHECK brink_result brink_plan_make(struct brink_plan **plan, struct brink_server *server,
                                              const struct brink_server_options *options,
                                              struct brink_message *why);

/* Either frees the plan. */
void brink_plan_commit(struct brink_plan *plan);
void brink_plan_abandon(struct brink_plan *plan);

/* plan_parts.c: the listeners and addresses of a plan, and what the workers do for it. */
BRINK_MUST_CHECK brink_result brink_plan_fronts(struct brink_plan *plan, struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_plan_openings(struct brink_plan *plan,
                                                  struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_plan_prepare_workers(struct brink_plan *plan,
                                                         struct brink_message *why);
void brink_plan_abandon_parts(struct brink_plan *plan);

/* Frees editions that nobody needs any more, and what goes with the last of them: listeners and
 * groups. */
void brink_plan_reap(struct brink_server *server); /* reap.c */

#endif
