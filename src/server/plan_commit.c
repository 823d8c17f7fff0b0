/* Having a plan in force: nothing here can fail. And what is left of former ones. */
#include <string.h>

#include "base/log.h"
#include "server/plan.h"

/* --- groups and tasks --- */

static bool is_kept(const struct brink_plan *plan, const struct brink_task *task)
{
    for (size_t i = 0; i < plan->groups.count; i++)
        for (unsigned kind = 0; kind < BRINK_TASK_KINDS; kind++)
            if (plan->tasks.all[i][kind] == task)
                return true;
    return false;
}

/* The new ones begin before the old ones stop. */
static void change_tasks(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    struct brink_control_task *gone[BRINK_TASKS_MAX];
    struct brink_task *freed[BRINK_TASKS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < server->groups.count; i++) {
        for (unsigned kind = 0; kind < BRINK_TASK_KINDS; kind++) {
            struct brink_task *task = server->tasks.all[i][kind];
            if (task == NULL || is_kept(plan, task))
                continue;
            freed[count] = task;
            gone[count++] = brink_task_control(task);
        }
    }
    brink_control_begin(&server->control, plan->started, plan->started_count);
    brink_control_remove(&server->control, gone, count);
    for (size_t i = 0; i < count; i++)
        brink_task_free(freed[i], &server->arena);
    server->tasks = plan->tasks;
}

/* From here on other updates of the groups go on, so that their tasks may be waited for. */
static void change_groups(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    for (size_t i = 0; i < plan->groups.count; i++) {
        plan->upstreams_changes.added += plan->groups.is_new[i];
        if (plan->changes[i].group == NULL)
            continue;
        plan->upstreams_changes.changed +=
            brink_group_options(plan->groups.all[i]) != plan->groups.options[i];
        brink_group_change_commit(&plan->changes[i]);
    }
    for (size_t i = 0; i < server->groups.count; i++) {
        if (plan->gone_changes[i].group == NULL)
            continue;
        plan->upstreams_changes.removed++;
        brink_group_change_commit(&plan->gone_changes[i]);
        brink_list_push_back(&server->gone_groups, &server->group_nodes[i]->link);
    }
}

static void enter_groups(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    server->groups = plan->groups;
    memcpy(server->group_names, plan->group_names, sizeof server->group_names);
    memcpy(server->group_nodes, plan->group_nodes, sizeof server->group_nodes);
    for (size_t i = 0; i < plan->groups.count; i++) {
        server->groups.is_new[i] = false;
        brink_list_remove(&plan->group_nodes[i]->link); /* from those that were gone */
    }
}

/* --- listeners and addresses --- */

static void enter_fronts(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    for (size_t i = 0; i < server->listener_count; i++) {
        bool stays = false;
        for (size_t j = 0; j < plan->view.listener_count; j++)
            stays |= plan->fronts[j] == server->order[i];
        if (!stays) {
            plan->listeners.removed++;
            server->order[i]->present = NULL;
            brink_gate_hold(&server->order[i]->gate, false);
        }
    }
    server->listener_count = plan->view.listener_count;
    for (size_t i = 0; i < plan->view.listener_count; i++) {
        struct brink_front *front = plan->fronts[i];
        server->order[i] = front;
        front->upstream = plan->upstreams[i];
        if (plan->editions[i] != NULL)
            brink_edition_enforce(plan->editions[i], &server->arena);
    }
}

static void begin(const struct brink_plan *plan, struct brink_worker *worker, size_t index)
{
    const struct brink_opening *opening = plan->openings[index];
    struct brink_branch *branch = opening->front->present->branches[worker->index];
    for (uint32_t i = worker->index; i < opening->count; i += worker->peer_count) {
        struct brink_entrance *entrance = opening->entrances[i];
        bool was_anothers = entrance->branch->gate != branch->gate;
        if (entrance->branch != branch)
            brink_entrance_lead(entrance, branch);
        if (plan->is_new[index] && worker->draining)
            brink_entrance_stop(entrance);
        else if (plan->is_new[index])
            brink_entrance_begin(entrance);
        else if (was_anothers)
            brink_listener_hold(&entrance->listener, brink_gate_is_held(branch->gate));
    }
}

static void end(struct brink_worker *worker, const struct brink_opening *opening)
{
    for (uint32_t i = worker->index; i < opening->count; i += worker->peer_count)
        brink_entrance_end(opening->entrances[i]);
}

static void commit(struct brink_worker *worker, void *arg)
{
    const struct brink_plan *plan = arg;
    for (size_t i = 0; i < plan->view.listener_count; i++)
        if (plan->editions[i] != NULL)
            brink_worker_stop_branch(plan->editions[i]->branches[worker->index]);
    for (size_t i = 0; i < plan->opening_count; i++)
        begin(plan, worker, i);
    for (size_t i = 0; i < plan->former_count; i++)
        if (plan->former[i]->front == NULL)
            end(worker, plan->former[i]);
    brink_worker_resume(worker); /* limits may have been raised */
}

static void nothing(struct brink_worker *worker, void *arg)
{
    (void)worker;
    (void)arg;
}

static void tell_address(const struct brink_server *server, const char *event,
                         const struct brink_opening *opening)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char quoted[BRINK_LOG_NAME_MAX];
    (void)brink_address_format(&opening->bound, text, sizeof text);
    brink_log_write(&server->plain_log, BRINK_LOG_INFO, "event=%s address=%s", event,
                    brink_log_quote(text, quoted, sizeof quoted));
}

/* The plan has the former ones then. */
static void enter_openings(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    for (size_t i = 0; i < server->opening_count; i++) {
        struct brink_opening *opening = server->openings[i];
        if (opening->next != opening->front) /* what it has counted stays with whose it was */
            brink_opening_settle(opening);
        plan->addresses.removed += opening->next == NULL;
        opening->front = opening->next;
    }
    for (size_t i = 0; i < plan->opening_count; i++)
        plan->openings[i]->next = NULL;
    plan->former = server->openings;
    plan->former_count = server->opening_count;
    plan->former_room = server->opening_room;
    server->openings = plan->openings;
    server->opening_count = plan->opening_count;
    server->opening_room = plan->opening_room;
}

static void free_openings(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    struct brink_arena *arena = &server->arena;
    for (size_t i = 0; i < plan->former_count; i++) {
        struct brink_opening *opening = plan->former[i];
        if (opening->front != NULL)
            continue;
        brink_opening_unbind(opening, server->sys);
        tell_address(server, "unlisten", opening);
        brink_opening_free(opening, arena, server->sys);
    }
    for (size_t i = 0; i < plan->opening_count && server->runs; i++)
        if (plan->is_new[i])
            tell_address(server, "listen", plan->openings[i]);
    if (plan->former != NULL)
        brink_arena_release(arena, plan->former, plan->former_room * sizeof *plan->former,
                            _Alignof(struct brink_opening *));
    brink_arena_release(arena, plan->is_new, plan->opening_room, _Alignof(bool));
}

static void tell_changes(const struct brink_plan *plan)
{
    brink_log_write(&plan->server->plain_log, BRINK_LOG_INFO,
                    "event=reload listeners_added=%u listeners_changed=%u listeners_removed=%u "
                    "upstreams_added=%u upstreams_changed=%u upstreams_removed=%u "
                    "addresses_added=%u addresses_removed=%u max_clients=%u",
                    plan->listeners.added, plan->listeners.changed, plan->listeners.removed,
                    plan->upstreams_changes.added, plan->upstreams_changes.changed,
                    plan->upstreams_changes.removed, plan->addresses.added, plan->addresses.removed,
                    (unsigned)plan->max_clients);
}

/* Servers first, so that who comes by a new address finds them. */
void brink_plan_commit(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    change_groups(plan);
    change_tasks(plan);
    brink_server_lock(server);
    enter_groups(plan);
    enter_fronts(plan);
    enter_openings(plan);
    atomic_store(&server->clients.max, plan->max_clients);
    brink_server_unlock(server);
    brink_server_call(server, commit, plan);
    for (int turns = 0; turns < 2 && plan->addresses.removed > 0; turns++)
        brink_server_call(server, nothing, NULL); /* where nobody waits it is closed by then */
    free_openings(plan);
    brink_services_close(&plan->services);
    if (server->runs)
        tell_changes(plan);
    brink_arena_release(&server->arena, plan, sizeof *plan, _Alignof(struct brink_plan));
    brink_plan_reap(server);
}
