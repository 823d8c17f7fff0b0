#include "server/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "server/admission.h"
#include "server/scarcity.h"
#include "server/sweep.h"

enum {
    EXHAUSTION_TOLD_MS = 1000 /* at most one line in this time */
};

/* --- clients --- */

static void on_client(struct brink_listener *listener, int fd, const struct brink_peer *peer)
{
    struct brink_entrance *entrance = listener->context;
    brink_admission_count(entrance);
    brink_service_accept(entrance->service, fd, peer);
}

static bool on_exhausted(struct brink_listener *listener, int sys_errno)
{
    struct brink_worker *worker = ((struct brink_entrance *)listener->context)->worker;
    uint64_t now_ms = worker->loop.now_ms;
    if (now_ms - worker->exhaustion_told_ms >= EXHAUSTION_TOLD_MS) {
        worker->exhaustion_told_ms = now_ms;
        brink_log_write(brink_worker_log(worker), BRINK_LOG_WARN,
                        "event=accept-paused worker=%" PRIu32 " error=\"%s\" retry_ms=%d",
                        worker->index, strerror(sys_errno), BRINK_LISTENER_REST_MS);
    }
    worker->exhausted = true; /* after the line in the log, in which others may leave */
    return atomic_load(&worker->clients->count) == 0;
}

static const struct brink_listener_owner listener_owner = {
    brink_admission_admit,
    brink_admission_unadmit,
    on_client,
    on_exhausted,
};

static void on_session_gone(struct brink_service *service)
{
    struct brink_worker *worker = brink_worker_of(service->io.loop);
    brink_admission_leave(worker, service);
    if (!worker->exhausted)
        return;
    worker->exhausted = false;
    for (uint32_t i = 0; i < worker->entrance_count; i++)
        brink_listener_retry(&worker->entrances[i].listener);
}

uint64_t brink_worker_sessions(const struct brink_worker *worker)
{
    uint64_t sessions = 0;
    for (uint32_t i = 0; i < worker->service_count; i++)
        sessions += brink_counter_read(&worker->services[i].stats.sessions);
    return sessions;
}

/* --- setting up and taking down --- */

static void release_services(struct brink_worker *worker)
{
    if (worker->services != NULL)
        brink_arena_release(&worker->arena, worker->services,
                            worker->service_count * sizeof *worker->services,
                            _Alignof(struct brink_service));
    if (worker->entrances != NULL)
        brink_arena_release(&worker->arena, worker->entrances,
                            worker->entrance_room * sizeof *worker->entrances,
                            _Alignof(struct brink_entrance));
    if (worker->waits_at_gate != NULL)
        brink_arena_release(&worker->arena, worker->waits_at_gate,
                            worker->service_count * sizeof *worker->waits_at_gate,
                            _Alignof(atomic_bool));
    brink_sweep_close(worker);
}

static brink_result reserve_services(struct brink_worker *worker,
                                     const struct brink_worker_settings *settings)
{
    worker->service_count = settings->service_count;
    worker->entrance_room = settings->listener_count;
    worker->services =
        brink_arena_alloc(&worker->arena, worker->service_count * sizeof *worker->services,
                          _Alignof(struct brink_service));
    worker->entrances =
        brink_arena_alloc(&worker->arena, worker->entrance_room * sizeof *worker->entrances,
                          _Alignof(struct brink_entrance));
    worker->waits_at_gate =
        brink_arena_alloc(&worker->arena, worker->service_count * sizeof *worker->waits_at_gate,
                          _Alignof(atomic_bool));
    brink_result opened = brink_sweep_open(worker);
    if (worker->services != NULL && worker->entrances != NULL && worker->waits_at_gate != NULL &&
        !brink_failed(opened)) {
        for (uint32_t i = 0; i < worker->service_count; i++)
            atomic_init(&worker->waits_at_gate[i], false);
        return brink_ok();
    }
    release_services(worker);
    return brink_fail(ENOMEM);
}

static brink_result init_services(struct brink_worker *worker,
                                  const struct brink_worker_settings *settings)
{
    brink_result made = reserve_services(worker, settings);
    if (brink_failed(made))
        return made;
    made = brink_buffers_init(&worker->buffers, &worker->loop, settings->member_count,
                              settings->budget);
    if (brink_failed(made)) {
        release_services(worker);
        return made;
    }
    made = brink_scarcity_open(worker);
    if (brink_failed(made)) {
        brink_buffers_destroy(&worker->buffers);
        release_services(worker);
        return made;
    }
    for (uint32_t i = 0; i < worker->service_count; i++) {
        brink_service_init(&worker->services[i], &worker->buffers, &settings->services[i]);
        worker->services[i].on_session_gone = on_session_gone;
    }
    return brink_ok();
}

static void free_services(struct brink_worker *worker)
{
    for (uint32_t i = 0; i < worker->service_count; i++)
        brink_service_destroy(&worker->services[i]);
    brink_scarcity_close(worker);
    brink_buffers_destroy(&worker->buffers);
    release_services(worker);
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
    memset(worker, 0, sizeof *worker);
    worker->server = settings->server;
    worker->clients = settings->clients;
    worker->gates = settings->gates;
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
    made = init_services(worker, settings);
    if (brink_failed(made)) {
        close_loop(worker);
        brink_arena_close(&worker->arena);
    }
    return made;
}

brink_result brink_worker_listen(struct brink_worker *worker, int fd, uint32_t service)
{
    struct brink_entrance *entrance = &worker->entrances[worker->entrance_count];
    *entrance = (struct brink_entrance){
        .worker = worker,
        .service = &worker->services[service],
    };
    brink_result started = brink_admission_open(entrance);
    if (brink_failed(started))
        return started;
    started =
        brink_listener_start(&entrance->listener, &worker->loop, fd, &listener_owner, entrance);
    if (brink_failed(started))
        brink_admission_close(entrance);
    else
        worker->entrance_count++;
    return started;
}

void brink_worker_destroy(struct brink_worker *worker)
{
    for (uint32_t i = 0; i < worker->entrance_count; i++)
        brink_entrance_close(&worker->entrances[i]);
    brink_loop_seal(&worker->loop); /* what was posted may still concern the services */
    free_services(worker);
    close_loop(worker);
    brink_arena_close(&worker->arena);
}
