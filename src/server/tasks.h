/* server/tasks.h - what a server does about its groups beside the traffic: health checks, and
 * finding servers by names and in files. They run on the control's thread. */
#ifndef BRINK_SERVER_TASKS_H
#define BRINK_SERVER_TASKS_H

#include "server/control.h"
#include "server/groups.h"
#include "server/services.h"

/* Who tells a group of servers: BY_NAME, BY_SERVICE and BY_FILE are sources for
 * brink_group_update, beside the configuration's, which is 0. */
enum brink_task_kind {
    BRINK_TASK_HEALTH = 0,
    BRINK_TASK_BY_NAME,
    BRINK_TASK_BY_SERVICE,
    BRINK_TASK_BY_FILE,
    BRINK_TASK_KINDS
};

struct brink_task;

/* Of each group those that its options call for; NULL: they don't. */
struct brink_tasks {
    struct brink_task *all[BRINK_UPSTREAMS_MAX][BRINK_TASK_KINDS];
};

/* What tasks are made of; all must outlive them, but for the view, and the services' specs, which
 * are copied. */
struct brink_tasks_settings {
    struct brink_arena *arena;
    const struct brink_view *view;
    const struct brink_groups *groups; /* those of the view */
    const struct brink_services *services;
    const struct brink_log *log;
    uint64_t seed;
};

/* Makes the tasks that the groups' options call for (groups->options); none is started. On failure
 * (EINVAL, ENOMEM, and why) nothing is held. */
BRINK_MUST_CHECK brink_result brink_tasks_open(struct brink_tasks *tasks,
                                               const struct brink_tasks_settings *settings,
                                               struct brink_message *why);

/* Frees what there is. None may run. Harmless if it is all zero. */
void brink_tasks_close(struct brink_tasks *tasks, struct brink_arena *arena);
void brink_task_free(struct brink_task *task, struct brink_arena *arena);

/* Whether two tasks of one group and kind do the same in the same way. */
bool brink_task_same(const struct brink_task *one, const struct brink_task *other);

/* For the control. */
struct brink_control_task *brink_task_control(struct brink_task *task);

#endif
