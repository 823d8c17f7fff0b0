/* What is left of former options: editions that no client has any more, and then their listeners
 * and groups. */
#include "server/plan.h"

enum { ROUNDS = 3 };

static struct brink_edition *edition_at(struct brink_link *link)
{
    return BRINK_CONTAINER_OF(link, struct brink_edition, link);
}

static struct brink_front *front_at(struct brink_link *link)
{
    return BRINK_CONTAINER_OF(link, struct brink_front, link);
}

/* Calls fn for each edition that is not in force. */
static void each_former(struct brink_server *server,
                        void (*fn)(struct brink_edition *edition, void *arg), void *arg)
{
    for (struct brink_link *at = server->fronts.next; at != &server->fronts; at = at->next) {
        struct brink_front *front = front_at(at);
        struct brink_link *next;
        for (struct brink_link *link = front->editions.next; link != &front->editions;
             link = next) {
            next = link->next;
            if (edition_at(link) != front->present)
                fn(edition_at(link), arg);
        }
    }
}

static void retire(struct brink_edition *edition, void *arg)
{
    const struct brink_worker *worker = arg;
    struct brink_branch *branch = edition->branches[worker->index];
    if (branch != NULL && !branch->retired && brink_branch_is_idle(branch))
        brink_branch_retire(branch);
}

static void retire_here(struct brink_worker *worker, void *arg)
{
    each_former(arg, retire, worker);
}

static void count_upstream(struct brink_server *server, const struct brink_group *group,
                           const struct brink_service_stats *stats)
{
    const struct brink_link *head = &server->gone_groups;
    for (size_t i = 0; i < server->groups.count; i++)
        if (server->groups.all[i] == group)
            brink_upstream_figures(stats, &server->group_nodes[i]->past);
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_group_node *node = BRINK_CONTAINER_OF(link, struct brink_group_node, link);
        if (node->group == group)
            brink_upstream_figures(stats, &node->past);
    }
}

/* What it has counted is counted as past from now on. */
static void detach(struct brink_edition *edition, void *arg)
{
    struct brink_server *server = arg;
    for (uint32_t i = 0; i < server->worker_count; i++) {
        struct brink_branch *branch = edition->branches[i];
        if (branch == NULL || !branch->retired)
            continue;
        const struct brink_service_stats *stats = &branch->service.stats;
        brink_service_count(stats, &edition->front->past);
        brink_service_figures(stats, &edition->front->past_figures);
        count_upstream(server, edition->options.group, stats);
        for (size_t side = 0; side < 2; side++)
            server->past_frames[i] += brink_counter_read(&stats->frames[side]);
        edition->branches[i] = NULL;
        edition->leaving[i] = branch;
    }
}

static void close_branch(struct brink_edition *edition, void *arg)
{
    const struct brink_worker *worker = arg;
    struct brink_branch **branch = &edition->leaving[worker->index];
    if (*branch == NULL || !brink_branch_is_idle(*branch))
        return;
    brink_branch_close(*branch);
    *branch = NULL;
}

static void close_here(struct brink_worker *worker, void *arg)
{
    each_former(arg, close_branch, worker);
}

static void free_if_gone(struct brink_edition *edition, void *arg)
{
    struct brink_server *server = arg;
    for (uint32_t i = 0; i < BRINK_WORKERS_MAX; i++)
        if (edition->branches[i] != NULL || edition->leaving[i] != NULL)
            return;
    brink_edition_free(edition, &server->arena);
}

static void free_fronts(struct brink_server *server)
{
    struct brink_link *next;
    for (struct brink_link *link = server->fronts.next; link != &server->fronts; link = next) {
        struct brink_front *front = front_at(link);
        next = link->next;
        if (front->present != NULL || !brink_list_empty(&front->editions))
            continue;
        brink_stats_add(&server->past, &front->past);
        brink_front_free(front, &server->arena);
    }
}

struct use {
    const struct brink_group *group;
    bool used;
};

static void look_for(struct brink_edition *edition, void *arg)
{
    struct use *use = arg;
    use->used |= edition->options.group == use->group;
}

static void close_groups(struct brink_server *server)
{
    struct brink_link *next;
    for (struct brink_link *link = server->gone_groups.next; link != &server->gone_groups;
         link = next) {
        struct brink_group_node *node = BRINK_CONTAINER_OF(link, struct brink_group_node, link);
        struct use use = {.group = node->group};
        next = link->next;
        each_former(server, look_for, &use);
        if (use.used)
            continue;
        brink_list_remove(&node->link);
        brink_group_close(node->group);
        brink_arena_release(&server->arena, node, sizeof *node, _Alignof(struct brink_group_node));
    }
}

/* Former editions without sessions. */
static void count_idle(struct brink_edition *edition, void *arg)
{
    uint64_t sessions = 0;
    for (uint32_t i = 0; i < BRINK_WORKERS_MAX; i++)
        if (edition->branches[i] != NULL)
            sessions += brink_counter_read(&edition->branches[i]->service.stats.sessions);
    *(size_t *)arg += sessions == 0;
}

static bool reap(struct brink_server *server)
{
    size_t idle = 0;
    each_former(server, count_idle, &idle);
    if (idle == 0)
        return false;
    brink_server_call(server, retire_here, server);
    brink_server_lock(server);
    each_former(server, detach, server);
    brink_server_unlock(server);
    brink_server_call(server, close_here, server);
    brink_server_lock(server);
    each_former(server, free_if_gone, server);
    brink_server_unlock(server);
    return true;
}

/* Their addresses take a turn or two to close. */
void brink_plan_reap(struct brink_server *server)
{
    for (int round = 0; round < ROUNDS && reap(server); round++)
        continue;
    brink_server_lock(server);
    free_fronts(server);
    brink_server_unlock(server);
    close_groups(server);
}
