/* server/control.h - a thread beside the workers, for what is not traffic: health checks, names
 * that are looked up, files that are watched.
 *
 * It has a loop and an arena of its own, so nothing that it waits for or allocates is felt by the
 * workers; what it finds out goes to the groups, which any thread may tell. What runs on it are
 * tasks: the control knows how to start and to stop them, and no more. They come and go while it
 * runs; while there are none there is no thread.
 *
 *     prepare --may fail--> prepared --begin--> under way --stop--> gone
 *
 * Started, changed and stopped by whoever owns the server, one call at a time. */
#ifndef BRINK_SERVER_CONTROL_H
#define BRINK_SERVER_CONTROL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "brink/log.h"
#include "event/loop.h"
#include "mem/arena.h"

/* What runs on the control's loop; embedded in what it is the task of. All on the loop's thread, or
 * before there is one. */
struct brink_control_task {
    /* Adds to the loop what the task needs (sources, timers); what it allocates may come from
     * loop->arena. Nothing that others see happens yet. On failure nothing is held, and stop is not
     * called. */
    brink_result (*start)(struct brink_control_task *task, struct brink_loop *loop);
    /* Gives all of it back, once, also if it has not begun. Sources that it closes are reclaimed by
     * the end of the loop's turn, and nothing of the task may be left then; its memory may be used
     * until the call that has it stopped has returned. */
    void (*stop)(struct brink_control_task *task);
    /* From here on it does what it is for. NULL: it has begun with the start. */
    void (*begin)(struct brink_control_task *task);
    struct brink_link link; /* the control's */
};

struct brink_control_settings {
    const struct brink_sys *sys;
    const struct brink_log *log; /* must outlive the control */
    /* Where the arena gets its memory; NULL: the build's default. */
    const struct brink_memory_source *memory;
    void *memory_context;
};

struct brink_control {
    struct brink_control_settings settings;
    struct brink_arena arena;
    struct brink_loop loop;
    pthread_t thread;
    struct brink_link tasks; /* that have been started, and not been stopped, in that order */
    bool open;               /* there is a loop */
    bool runs;               /* and a thread */
    bool stopping;
};

/* Nothing runs yet. */
void brink_control_init(struct brink_control *control,
                        const struct brink_control_settings *settings);

/* Starts tasks, in order; they must outlive their stop. Opens the loop, for the first. On failure
 * (a task's, ENOMEM, EMFILE ...) none of them is started. */
BRINK_MUST_CHECK brink_result brink_control_add(struct brink_control *control,
                                                struct brink_control_task *const *tasks,
                                                size_t count);

/* Starts the thread, with all signals blocked in it, if there are tasks and it does not run yet.
 * Fails with EAGAIN. */
BRINK_MUST_CHECK brink_result brink_control_run(struct brink_control *control);

/* Has tasks begin. */
void brink_control_begin(struct brink_control *control, struct brink_control_task *const *tasks,
                         size_t count);

/* Stops tasks, the last first; nothing of them is left when it returns. With the last of all the
 * thread ends, too. */
void brink_control_remove(struct brink_control *control, struct brink_control_task *const *tasks,
                          size_t count);

/* Stops all tasks, the last first, and waits until the thread has ended. Harmless if nothing runs.
 */
void brink_control_stop(struct brink_control *control);

#endif
