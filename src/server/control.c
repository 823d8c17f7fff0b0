#include "server/control.h"

#include <semaphore.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"

enum { AFTER_FAILED_POLL_MS = 10 };

/* --- the thread --- */

static void turn(struct brink_control *control, int max_wait_ms)
{
    const struct brink_sys *sys = control->loop.sys;
    brink_result turned = brink_loop_turn(&control->loop, max_wait_ms);
    if (!brink_failed(turned))
        return;
    brink_log_write(control->settings.log, BRINK_LOG_ERROR,
                    "event=poll-failed thread=control error=\"%s\"", strerror(turned.err));
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

/* What the thread is asked to do, while the caller waits. */
struct call {
    struct brink_post post;
    struct brink_control *control;
    void (*fn)(struct call *call);
    struct brink_control_task *const *tasks;
    size_t count;
    brink_result result;
    sem_t done;
};

static void run(struct brink_loop *loop, struct brink_post *post)
{
    (void)loop;
    struct call *call = BRINK_CONTAINER_OF(post, struct call, post);
    call->fn(call);
    (void)sem_post(&call->done);
}

static void call_there(struct call *call)
{
    call->post.run = run;
    (void)sem_init(&call->done, 0, 0); /* fails for values beyond SEM_VALUE_MAX only */
    brink_result posted = brink_loop_post(&call->control->loop, &call->post);
    BRINK_ASSERT(!brink_failed(posted)); /* the loop is not sealed before it has stopped */
    (void)posted.err;
    while (sem_wait(&call->done) != 0) /* a signal */
        continue;
    (void)sem_destroy(&call->done);
}

/* On its thread, or here while it has none. */
static brink_result call(struct brink_control *control, void (*fn)(struct call *call),
                         struct brink_control_task *const *tasks, size_t count)
{
    struct call what = {.control = control, .fn = fn, .tasks = tasks, .count = count};
    if (control->runs)
        call_there(&what);
    else
        fn(&what);
    return what.result;
}

/* --- tasks --- */

static void stop_task(struct brink_control_task *task)
{
    brink_list_remove(&task->link);
    task->stop(task);
}

static void stop_tasks(struct call *call)
{
    while (call->count > 0)
        stop_task(call->tasks[--call->count]);
}

static void start_tasks(struct call *call)
{
    size_t started = 0;
    while (started < call->count && !brink_failed(call->result)) {
        struct brink_control_task *task = call->tasks[started];
        call->result = task->start(task, &call->control->loop);
        if (brink_failed(call->result))
            continue;
        brink_list_push_back(&call->control->tasks, &task->link);
        started++;
    }
    call->count = started;
    if (brink_failed(call->result))
        stop_tasks(call);
}

static void begin_tasks(struct call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->tasks[i]->begin != NULL)
            call->tasks[i]->begin(call->tasks[i]);
}

static void nothing(struct call *call)
{
    (void)call;
}

/* What was closed is reclaimed at the end of the turn: one that begins later is after that. */
static void finish_turn(struct brink_control *control)
{
    if (control->runs)
        (void)call(control, nothing, NULL, 0).err;
    else
        turn(control, 0);
}

static void stop_all(struct call *call)
{
    struct brink_control *control = call->control;
    while (!brink_list_empty(&control->tasks))
        stop_task(BRINK_CONTAINER_OF(control->tasks.prev, struct brink_control_task, link));
    control->stopping = true;
}

/* --- setting up and taking down --- */

static brink_result open_loop(struct brink_control *control)
{
    const struct brink_control_settings *settings = &control->settings;
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
    control->open = !brink_failed(opened);
    return opened;
}

static void close_loop(struct brink_control *control)
{
    brink_loop_close(&control->loop);
    brink_arena_close(&control->arena);
    control->open = false;
    control->stopping = false;
}

/* What was closed is reclaimed; without tasks there is no thread. */
static void tidy_up(struct brink_control *control)
{
    if (brink_list_empty(&control->tasks))
        brink_control_stop(control);
    else
        finish_turn(control);
}

void brink_control_init(struct brink_control *control,
                        const struct brink_control_settings *settings)
{
    memset(control, 0, sizeof *control);
    control->settings = *settings;
    brink_list_init(&control->tasks);
}

brink_result brink_control_add(struct brink_control *control,
                               struct brink_control_task *const *tasks, size_t count)
{
    if (count == 0)
        return brink_ok();
    if (!control->open) {
        brink_result opened = open_loop(control);
        if (brink_failed(opened))
            return opened;
    }
    brink_result started = call(control, start_tasks, tasks, count);
    if (brink_failed(started))
        tidy_up(control);
    return started;
}

static int start_thread(struct brink_control *control)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&control->thread, NULL, control_main, control);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

brink_result brink_control_run(struct brink_control *control)
{
    if (control->runs || brink_list_empty(&control->tasks))
        return brink_ok();
    int err = start_thread(control);
    control->runs = err == 0;
    return brink_fail(err); /* 0 is success */
}

void brink_control_begin(struct brink_control *control, struct brink_control_task *const *tasks,
                         size_t count)
{
    if (count > 0)
        (void)call(control, begin_tasks, tasks, count).err;
}

void brink_control_remove(struct brink_control *control, struct brink_control_task *const *tasks,
                          size_t count)
{
    if (count == 0)
        return;
    (void)call(control, stop_tasks, tasks, count).err;
    tidy_up(control);
}

void brink_control_stop(struct brink_control *control)
{
    if (!control->open)
        return;
    (void)call(control, stop_all, NULL, 0).err;
    if (control->runs)
        (void)pthread_join(control->thread, NULL);
    else
        turn(control, 0); /* for what is to be reclaimed */
    control->runs = false;
    close_loop(control);
}
