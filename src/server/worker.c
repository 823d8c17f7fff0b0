#include "server/worker.h"

#include <errno.h>
#include <string.h>

#include "server/admission.h"
#include "server/scarcity.h"
#include "server/sweep.h"

/* --- clients --- */

static void resume(struct brink_entrance *entrance, void *arg)
{
    (void)arg;
    brink_listener_resume(&entrance->listener);
}

void brink_worker_resume(struct brink_worker *worker)
{
    brink_entrances_each(worker, resume, NULL);
}

static void retry(struct brink_entrance *entrance, void *arg)
{
    (void)arg;
    brink_listener_retry(&entrance->listener);
}

void brink_worker_session_gone(struct brink_worker *worker, struct brink_gate *gate)
{
    brink_admission_leave(worker, gate);
    if (!worker->exhausted)
        return;
    worker->exhausted = false;
    brink_entrances_each(worker, retry, NULL);
}

uint64_t brink_worker_sessions(const struct brink_worker *worker)
{
    uint64_t sessions = 0;
    const struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        sessions += brink_counter_read(&branch->service.stats.sessions);
    return sessions;
}

/* --- setting up and taking down --- */

static brink_result open_timers(struct brink_worker *worker)
{
    brink_result opened = brink_sweep_open(worker);
    if (brink_failed(opened))
        return opened;
    opened = brink_giving_open(worker);
    if (brink_failed(opened))
        brink_sweep_close(worker);
    return opened;
}

static void close_timers(struct brink_worker *worker)
{
    brink_giving_close(worker);
    brink_sweep_close(worker);
}

static brink_result init_buffers(struct brink_worker *worker,
                                 const struct brink_worker_settings *settings)
{
    brink_result made = open_timers(worker);
    if (brink_failed(made))
        return made;
    made = brink_buffers_init(&worker->buffers, &worker->loop, settings->member_count,
                              settings->budget);
    if (!brink_failed(made)) {
        made = brink_scarcity_open(worker);
        if (brink_failed(made))
            brink_buffers_destroy(&worker->buffers);
    }
    if (brink_failed(made))
        close_timers(worker);
    return made;
}

static void free_buffers(struct brink_worker *worker)
{
    brink_scarcity_close(worker);
    brink_buffers_destroy(&worker->buffers);
    close_timers(worker);
}

static brink_result open_arena(struct brink_worker *worker,
                               const struct brink_worker_settings *settings)
{
    if (settings->memory == NULL)
        return brink_arena_open(&worker->arena);
    brink_arena_open_source(&worker->arena, settings->memory, settings->memory_context);
    return brink_ok();
}

static brink_result open_loop(struct brink_worker *worker,
                              const struct brink_worker_settings *settings)
{
    const struct brink_sys *sys = settings->sys;
    brink_result made = brink_ok();
    if (settings->shared) {
        made = brink_baton_init(&worker->baton, settings->sys);
        if (brink_failed(made))
            return made;
        sys = &worker->baton.sys;
    }
    made = brink_loop_open(&worker->loop, sys, &worker->arena);
    if (brink_failed(made) && settings->shared)
        brink_baton_destroy(&worker->baton);
    if (!brink_failed(made) && settings->shared)
        brink_loop_share(&worker->loop);
    worker->shared = settings->shared;
    return made;
}

static void close_loop(struct brink_worker *worker)
{
    brink_loop_close(&worker->loop);
    if (worker->shared)
        brink_baton_destroy(&worker->baton);
}

static void introduce(struct brink_worker *worker, uint32_t index,
                      const struct brink_worker_settings *settings)
{
    static const struct brink_log no_log;
    memset(worker, 0, sizeof *worker);
    worker->server = settings->server;
    worker->log = settings->log != NULL ? settings->log : &no_log;
    worker->clients = settings->clients;
    brink_list_init(&worker->branches);
    brink_list_init(&worker->entrances);
    worker->peers = settings->peers;
    worker->peer_count = settings->peer_count;
    worker->index = index;
    worker->members = settings->members;
    worker->member_count = settings->member_count;
    worker->members_left = settings->member_count;
    worker->place_post.run = brink_admission_resume;
    worker->ask_post.run = brink_worker_answer;
    brink_worker_stop_init(worker);
    for (uint32_t i = 0; i < settings->member_count; i++)
        settings->members[i] =
            (struct brink_member){.worker = worker, .index = index + i, .cpu_clock = -1};
}

brink_result brink_worker_init(struct brink_worker *worker, uint32_t index,
                               const struct brink_worker_settings *settings)
{
    introduce(worker, index, settings);
    brink_result made = open_arena(worker, settings);
    if (brink_failed(made))
        return made;
    made = open_loop(worker, settings);
    if (brink_failed(made)) {
        brink_arena_close(&worker->arena);
        return made;
    }
    made = init_buffers(worker, settings);
    if (brink_failed(made)) {
        close_loop(worker);
        brink_arena_close(&worker->arena);
    }
    return made;
}

static void stop_entrance(struct brink_entrance *entrance, void *arg)
{
    (void)arg;
    brink_entrance_stop(entrance);
}

void brink_worker_destroy(struct brink_worker *worker)
{
    struct brink_branch *branch;
    brink_entrances_each(worker, stop_entrance, NULL);
    brink_loop_seal(&worker->loop); /* what was posted may still concern the branches */
    while (!brink_list_empty(&worker->entrances))
        brink_entrance_free(
            BRINK_CONTAINER_OF(worker->entrances.next, struct brink_entrance, link));
    while ((branch = brink_worker_first_branch(worker)) != NULL)
        brink_branch_close(branch);
    free_buffers(worker);
    close_loop(worker);
    brink_arena_close(&worker->arena);
}
