#include "server/branch.h"

#include "server/worker.h"

static void on_session_gone(struct brink_service *service)
{
    struct brink_branch *branch = brink_branch_of(service);
    brink_worker_session_gone(branch->worker, branch->gate);
}

struct brink_branch *brink_branch_open(struct brink_worker *worker,
                                       const struct brink_service_options *options,
                                       struct brink_gate *gate)
{
    struct brink_branch *branch =
        brink_arena_alloc(&worker->arena, sizeof *branch, _Alignof(struct brink_branch));
    if (branch == NULL)
        return NULL;
    *branch = (struct brink_branch){.worker = worker, .gate = gate};
    brink_service_init(&branch->service, &worker->buffers, options);
    branch->service.on_session_gone = on_session_gone;
    brink_list_push_back(&worker->branches, &branch->link);
    return branch;
}

bool brink_branch_is_idle(const struct brink_branch *branch)
{
    const struct brink_service *service = &branch->service;
    return brink_counter_read(&service->stats.sessions) == 0 && branch->entrances == 0 &&
           service->visits == 0;
}

void brink_branch_retire(struct brink_branch *branch)
{
    branch->retired = true;
    if (branch->service.options->group != NULL)
        brink_dialings_retire(&branch->service.dialings);
}

void brink_branch_close(struct brink_branch *branch)
{
    struct brink_worker *worker = branch->worker;
    BRINK_ASSERT(branch->service.visits == 0 && branch->entrances == 0);
    brink_list_remove(&branch->link);
    brink_service_destroy(&branch->service);
    brink_arena_release(&worker->arena, branch, sizeof *branch, _Alignof(struct brink_branch));
}
