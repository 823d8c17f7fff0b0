/* Making a plan, and giving it up. */
#include "server/plan.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/message.h"
#include "server/limit.h"

static brink_result fail(struct brink_message *why, int err, const char *what)
{
    (void)brink_message_set(why, "%s: %s", what, strerror(err));
    return brink_fail(err);
}

/* --- groups --- */

static struct brink_group_node *find_node(const struct brink_server *server, const char *name)
{
    const struct brink_link *head = &server->gone_groups;
    for (size_t i = 0; i < server->groups.count; i++)
        if (strcmp(brink_group_options(server->groups.all[i])->name, name) == 0)
            return server->group_nodes[i];
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_group_node *node = BRINK_CONTAINER_OF(link, struct brink_group_node, link);
        if (strcmp(brink_group_options(node->group)->name, name) == 0)
            return node;
    }
    return NULL;
}

static struct brink_group *find_group(void *context, const char *name)
{
    const struct brink_group_node *node = find_node(context, name);
    return node == NULL ? NULL : node->group;
}

static bool stays(const struct brink_plan *plan, const struct brink_group *group)
{
    for (size_t i = 0; i < plan->groups.count; i++)
        if (plan->groups.all[i] == group)
            return true;
    return false;
}

static brink_result name_group(struct brink_plan *plan, size_t index)
{
    struct brink_server *server = plan->server;
    const char *name = plan->view.upstreams[index].name;
    struct brink_group_node *node = find_node(server, name);
    if (plan->groups.is_new[index]) {
        node = brink_arena_alloc(&server->arena, sizeof *node, _Alignof(struct brink_group_node));
        if (node == NULL)
            return brink_fail(ENOMEM);
        *node = (struct brink_group_node){.group = plan->groups.all[index]};
        brink_list_init(&node->link);
    }
    plan->group_nodes[index] = node;
    plan->group_names[index] = brink_names_keep(&server->names, name);
    return plan->group_names[index] == NULL ? brink_fail(ENOMEM) : brink_ok();
}

/* Nobody has seen the new ones yet. */
static void drop_groups(struct brink_plan *plan)
{
    for (size_t i = 0; i < plan->groups.count; i++)
        if (plan->groups.is_new[i] && plan->group_nodes[i] != NULL)
            brink_arena_release(&plan->server->arena, plan->group_nodes[i],
                                sizeof *plan->group_nodes[i], _Alignof(struct brink_group_node));
    brink_groups_drop(&plan->groups);
}

static brink_result plan_groups(struct brink_plan *plan, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    brink_result planned =
        server->runs
            ? brink_groups_renew(&plan->groups, &plan->view, &server->arena, &server->plain_log,
                                 plan->seed, plan->now_ms, find_group, server, why)
            : brink_groups_open(&plan->groups, &plan->view, &server->arena, &server->plain_log,
                                plan->seed, plan->now_ms, why);
    if (brink_failed(planned))
        return planned;
    for (size_t i = 0; i < plan->groups.count && !brink_failed(planned); i++)
        planned = name_group(plan, i);
    if (!brink_failed(planned))
        return planned;
    drop_groups(plan);
    return fail(why, planned.err, "no memory for the upstreams");
}

/* The last to be prepared: from here to the end of it other updates of groups wait. */
static brink_result prepare_groups(struct brink_plan *plan, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    brink_result prepared = brink_ok();
    for (size_t i = 0; i < plan->groups.count && !brink_failed(prepared); i++) {
        unsigned silent = 0;
        if (plan->groups.is_new[i])
            continue;
        for (unsigned kind = BRINK_TASK_BY_NAME; kind < BRINK_TASK_KINDS; kind++)
            silent |= plan->tasks.all[i][kind] == NULL ? 1U << kind : 0;
        prepared = brink_groups_prepare(&plan->changes[i], plan->groups.all[i],
                                        plan->groups.options[i], &plan->view.upstreams[i], silent,
                                        &server->arena, plan->now_ms, why);
    }
    for (size_t i = 0; i < server->groups.count && !brink_failed(prepared); i++)
        if (!stays(plan, server->groups.all[i]))
            prepared = brink_groups_prepare(&plan->gone_changes[i], server->groups.all[i],
                                            brink_group_options(server->groups.all[i]), NULL, 0,
                                            &server->arena, plan->now_ms, why);
    return prepared;
}

static void undo_changes(struct brink_plan *plan)
{
    for (size_t i = 0; i < BRINK_UPSTREAMS_MAX; i++) {
        brink_group_change_undo(&plan->changes[i]);
        brink_group_change_undo(&plan->gone_changes[i]);
    }
}

/* What the workers have prepared may use them for a moment still. */
static void abandon_groups(struct brink_plan *plan)
{
    for (size_t i = 0; i < plan->groups.count; i++)
        if (plan->groups.is_new[i])
            brink_list_push_back(&plan->server->gone_groups, &plan->group_nodes[i]->link);
}

/* --- tasks --- */

static size_t index_of(const struct brink_server *server, const struct brink_group *group)
{
    size_t index = 0;
    while (index < server->groups.count && server->groups.all[index] != group)
        index++;
    return index;
}

/* Those that are as they were go on as they are. */
static void keep_tasks(struct brink_plan *plan, size_t index)
{
    struct brink_server *server = plan->server;
    size_t before = index_of(server, plan->groups.all[index]);
    for (unsigned kind = 0; kind < BRINK_TASK_KINDS; kind++) {
        struct brink_task **task = &plan->tasks.all[index][kind];
        struct brink_task *old =
            before < server->groups.count ? server->tasks.all[before][kind] : NULL;
        if (*task != NULL && old != NULL && brink_task_same(*task, old)) {
            brink_task_free(*task, &server->arena);
            *task = old;
        } else if (*task != NULL) {
            plan->started[plan->started_count++] = brink_task_control(*task);
        }
    }
}

static brink_result plan_tasks(struct brink_plan *plan, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    struct brink_tasks_settings settings = {&server->arena,  &plan->view,        &plan->groups,
                                            &plan->services, &server->plain_log, plan->seed};
    brink_result planned = brink_tasks_open(&plan->tasks, &settings, why);
    if (brink_failed(planned))
        return planned;
    for (size_t i = 0; i < plan->groups.count; i++)
        keep_tasks(plan, i);
    planned = brink_control_add(&server->control, plan->started, plan->started_count);
    if (brink_failed(planned)) {
        plan->started_count = 0;
        return fail(why, planned.err, "what checks and finds servers cannot be started");
    }
    if (!server->runs) /* its thread begins when all else is there */
        return planned;
    planned = brink_control_run(&server->control);
    return brink_failed(planned)
               ? fail(why, planned.err, "the thread that checks servers cannot be started")
               : planned;
}

static void abandon_tasks(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    brink_control_remove(&server->control, plan->started, plan->started_count);
    for (size_t i = 0; i < plan->groups.count; i++) {
        size_t before = index_of(server, plan->groups.all[i]);
        for (unsigned kind = 0; kind < BRINK_TASK_KINDS; kind++) {
            struct brink_task *task = plan->tasks.all[i][kind];
            if (before == server->groups.count || task != server->tasks.all[before][kind])
                brink_task_free(task, &server->arena);
        }
    }
}

/* --- all of it --- */

static brink_result plan_limit(struct brink_plan *plan, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    uint32_t fds_each = plan->fds_each;
    brink_result limited = brink_ok();
    if (!server->runs)
        limited = brink_limit_clients(server->sys, 1, &server->free_fds, &server->open_files);
    if (!brink_failed(limited) && server->free_fds < fds_each)
        limited = brink_fail(EMFILE);
    if (brink_failed(limited))
        return fail(why, limited.err, "too few open files are allowed (ulimit -n)");
    uint32_t possible = server->free_fds / fds_each;
    uint32_t wanted = plan->options.max_clients;
    plan->max_clients = possible < wanted ? possible : wanted;
    if (possible < wanted)
        brink_log_write(&server->plain_log, BRINK_LOG_WARN,
                        "event=max-clients-lowered wanted=%u effective=%u open_files=%u",
                        (unsigned)wanted, (unsigned)possible, (unsigned)server->open_files);
    return limited;
}

static brink_result plan_services(struct brink_plan *plan, struct brink_message *why)
{
    brink_result planned = brink_services_open(&plan->services, &plan->server->arena, &plan->view,
                                               &plan->groups, &plan->options, plan->seed, why);
    plan->fds_each = 1;
    for (size_t i = 0; i < plan->services.count; i++)
        if (plan->services.all[i].kind->legs > plan->fds_each)
            plan->fds_each = plan->services.all[i].kind->legs;
    return planned;
}

/* The addresses are bound before it is seen how many descriptors are left. */
static brink_result prepare(struct brink_plan *plan, struct brink_message *why)
{
    brink_result prepared = plan_groups(plan, why);
    if (!brink_failed(prepared))
        prepared = plan_services(plan, why);
    if (!brink_failed(prepared))
        prepared = plan_tasks(plan, why);
    if (!brink_failed(prepared))
        prepared = brink_plan_fronts(plan, why);
    if (!brink_failed(prepared))
        prepared = brink_plan_openings(plan, why);
    if (!brink_failed(prepared))
        prepared = brink_plan_prepare_workers(plan, why);
    if (!brink_failed(prepared))
        prepared = plan_limit(plan, why);
    if (!brink_failed(prepared))
        prepared = prepare_groups(plan, why);
    return prepared;
}

brink_result brink_plan_make(struct brink_plan **plan, struct brink_server *server,
                             const struct brink_server_options *options, struct brink_message *why)
{
    struct brink_plan *made =
        brink_arena_alloc(&server->arena, sizeof *made, _Alignof(struct brink_plan));
    if (made == NULL)
        return fail(why, ENOMEM, "the options cannot be applied");
    memset(made, 0, sizeof *made);
    made->server = server;
    made->options = *options;
    made->options.log = server->log;
    made->now_ms = server->sys->ops->now_ms(server->sys->context);
    /* Where chance begins: elsewhere in each process, by what randomizes its addresses, and each
     * time. */
    made->seed = brink_hash_mix(made->now_ms ^ brink_hash_mix((uint64_t)(uintptr_t)server));
    brink_view_init(&made->view, &made->options);
    brink_result prepared = prepare(made, why);
    if (brink_failed(prepared))
        brink_plan_abandon(made);
    else
        *plan = made;
    return prepared;
}

void brink_plan_abandon(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    undo_changes(plan); /* what waits for a group goes on before anything is waited for */
    brink_plan_abandon_parts(plan);
    abandon_tasks(plan);
    abandon_groups(plan);
    brink_services_close(&plan->services);
    brink_arena_release(&server->arena, plan, sizeof *plan, _Alignof(struct brink_plan));
    brink_plan_reap(server);
}
