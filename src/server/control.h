/* server/control.h - a thread beside the workers, for what is not traffic: health checks, names
 * that are looked up, files that are watched.
 *
 * It has a loop and an arena of its own, so nothing that it waits for or allocates is felt by the
 * workers; what it finds out goes to the groups, which any thread may tell. What runs on it are
 * tasks: the control knows how to start and to stop them, and no more. Without tasks there is no
 * thread.
 *
 * Started and stopped by whoever owns the server, one call at a time. */
#ifndef BRINK_SERVER_CONTROL_H
#define BRINK_SERVER_CONTROL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "brink/log.h"
#include "event/loop.h"
#include "mem/arena.h"
#include "upstream/health.h"

/* What runs on the control's loop; embedded in what it is the task of. */
struct brink_control_task {
    /* Adds to the loop what the task needs (sources, timers); what it allocates may come from
     * loop->arena. Before the thread runs, on that of the caller of brink_control_start. On failure
     * nothing is held, and stop is not called. */
    brink_result (*start)(struct brink_control_task *task, struct brink_loop *loop);
    /* Gives all of it back. On the loop's thread, once. Sources that it closes are reclaimed by the
     * end of the loop's turn, and nothing of the task may be left then; its memory may be used
     * until brink_control_stop has returned. */
    void (*stop)(struct brink_control_task *task);
};

/* Invariant: the first `started` of the tasks have been started and not been stopped. */
struct brink_control {
    struct brink_arena arena;
    struct brink_loop loop;
    pthread_t thread;
    struct brink_post stop_post;
    struct brink_control_task *const *tasks;
    size_t started;
    bool runs; /* there is a thread */
    bool stopping;
    struct brink_log log;
};

struct brink_control_settings {
    const struct brink_sys *sys;
    const struct brink_log *log;             /* copied */
    struct brink_control_task *const *tasks; /* must outlive the control, as each of them */
    size_t task_count;
    /* Where the arena gets its memory; NULL: the build's default. */
    const struct brink_memory_source *memory;
    void *memory_context;
};

/* Starts the tasks, in order, and the thread, with all signals blocked in it. Without tasks it does
 * nothing, and cannot fail. On failure (a task's, ENOMEM, EMFILE, EAGAIN ...) nothing is held. */
BRINK_MUST_CHECK brink_result brink_control_start(struct brink_control *control,
                                                  const struct brink_control_settings *settings);

/* Stops the tasks, the last first, and waits until the thread has ended. Harmless if it was not
 * started for want of tasks. */
void brink_control_stop(struct brink_control *control);

/* The health checks of one group, as a task. */
struct brink_health_task {
    struct brink_control_task task; /* first */
    struct brink_health health;
    struct brink_health_settings settings;
};

/* To be done before the task is given to a control, for a group whose options call for checks
 * (brink_health_is_wanted). The settings are copied. */
void brink_health_task_init(struct brink_health_task *task,
                            const struct brink_health_settings *settings);

#endif
