#include "server/control.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"

enum { AFTER_FAILED_POLL_MS = 10 };

static struct brink_control *control_of(struct brink_loop *loop)
{
    return BRINK_CONTAINER_OF(loop, struct brink_control, loop);
}

/* --- tasks --- */

static brink_result start_tasks(struct brink_control *control, size_t count)
{
    brink_result started = brink_ok();
    while (control->started < count && !brink_failed(started)) {
        struct brink_control_task *task = control->tasks[control->started];
        started = task->start(task, &control->loop);
        control->started += !brink_failed(started);
    }
    return started;
}

/* What comes later may build on what was there before. */
static void stop_tasks(struct brink_control *control)
{
    while (control->started > 0) {
        struct brink_control_task *task = control->tasks[--control->started];
        task->stop(task);
    }
}

/* --- the thread --- */

static void stop_here(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    struct brink_control *control = control_of(loop);
    stop_tasks(control);
    control->stopping = true;
}

static void turn(struct brink_control *control, int max_wait_ms)
{
    const struct brink_sys *sys = control->loop.sys;
    brink_result turned = brink_loop_turn(&control->loop, max_wait_ms);
    if (!brink_failed(turned))
        return;
    brink_log_write(&control->log, BRINK_LOG_ERROR, "event=poll-failed thread=control error=\"%s\"",
                    strerror(turned.err));
    sys->ops->sleep_ms(sys->context, AFTER_FAILED_POLL_MS);
}

static void *control_main(void *arg)
{
    struct brink_control *control = arg;
    (void)pthread_setname_np(pthread_self(), "brink/control");
    while (!control->stopping) /* what was closed is reclaimed at the end of that turn */
        turn(control, -1);
    return NULL;
}

static brink_result start_thread(struct brink_control *control)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&control->thread, NULL, control_main, control);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return brink_fail(err); /* 0 is success */
}

/* --- setting up and taking down --- */

static brink_result open_loop(struct brink_control *control,
                              const struct brink_control_settings *settings)
{
    brink_result opened = brink_ok();
    if (settings->memory != NULL)
        brink_arena_open_source(&control->arena, settings->memory, settings->memory_context);
    else
        opened = brink_arena_open(&control->arena);
    if (brink_failed(opened))
        return opened;
    opened = brink_loop_open(&control->loop, settings->sys, &control->arena);
    if (brink_failed(opened))
        brink_arena_close(&control->arena);
    return opened;
}

static void close_loop(struct brink_control *control)
{
    brink_loop_close(&control->loop);
    brink_arena_close(&control->arena);
}

brink_result brink_control_start(struct brink_control *control,
                                 const struct brink_control_settings *settings)
{
    memset(control, 0, sizeof *control);
    if (settings->task_count == 0)
        return brink_ok();
    control->tasks = settings->tasks;
    control->log = *settings->log;
    control->stop_post.run = stop_here;
    brink_result started = open_loop(control, settings);
    if (brink_failed(started))
        return started;
    started = start_tasks(control, settings->task_count);
    if (!brink_failed(started))
        started = start_thread(control);
    control->runs = !brink_failed(started);
    if (brink_failed(started)) {
        stop_tasks(control);
        turn(control, 0); /* for what is to be reclaimed */
        close_loop(control);
    }
    return started;
}

void brink_control_stop(struct brink_control *control)
{
    if (!control->runs)
        return;
    brink_result posted = brink_loop_post(&control->loop, &control->stop_post);
    (void)posted.err; /* the loop is not sealed before it has stopped */
    (void)pthread_join(control->thread, NULL);
    control->runs = false;
    close_loop(control);
}

/* --- health checks --- */

static struct brink_health_task *health_task_of(struct brink_control_task *task)
{
    return BRINK_CONTAINER_OF(task, struct brink_health_task, task);
}

static brink_result start_health(struct brink_control_task *task, struct brink_loop *loop)
{
    struct brink_health_task *health = health_task_of(task);
    return brink_health_start(&health->health, loop, &health->settings);
}

static void stop_health(struct brink_control_task *task)
{
    brink_health_stop(&health_task_of(task)->health);
}

void brink_health_task_init(struct brink_health_task *task,
                            const struct brink_health_settings *settings)
{
    *task = (struct brink_health_task){
        .task = {start_health, stop_health},
        .settings = *settings,
    };
}
