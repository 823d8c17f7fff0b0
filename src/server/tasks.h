/* server/tasks.h - what a server does about its groups beside the traffic: health checks, and
 * finding servers by names and in files. They run on the control's thread. */
#ifndef BRINK_SERVER_TASKS_H
#define BRINK_SERVER_TASKS_H

#include "server/control.h"
#include "server/groups.h"
#include "server/services.h"

struct brink_group_tasks;

struct brink_tasks {
    struct brink_arena *arena;
    struct brink_group_tasks *groups; /* for each group those that it calls for */
    size_t group_count;
    struct brink_control_task **all;
    size_t count;
    size_t room;
};

/* Makes the tasks that the groups' options call for; none is started. What is given must outlive
 * them. On failure (EINVAL, ENOMEM, and why) nothing is held. */
BRINK_MUST_CHECK brink_result brink_tasks_open(struct brink_tasks *tasks, struct brink_arena *arena,
                                               const struct brink_view *view,
                                               const struct brink_groups *groups,
                                               const struct brink_services *services,
                                               const struct brink_log *log, uint64_t seed,
                                               struct brink_message *why);

/* None may run. Harmless if it is all zero. */
void brink_tasks_close(struct brink_tasks *tasks);

#endif
