/* The listeners and addresses of a plan, and what the workers prepare for it. */
#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "server/plan.h"

static brink_result no_memory(struct brink_message *why)
{
    (void)brink_message_set(why, "no memory for the listeners");
    return brink_fail(ENOMEM);
}

/* --- listeners --- */

static struct brink_front *find_front(const struct brink_server *server, const char *name)
{
    const struct brink_link *head = &server->fronts;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_front *front = BRINK_CONTAINER_OF(link, struct brink_front, link);
        if (strcmp(front->name, name) == 0)
            return front;
    }
    return NULL;
}

/* A new one is among those that are gone until it has its first edition in force. */
static struct brink_front *front_of(struct brink_plan *plan, const char *name)
{
    struct brink_server *server = plan->server;
    struct brink_front *front = find_front(server, name);
    const char *kept = brink_names_keep(&server->names, name);
    if (front != NULL || kept == NULL)
        return front;
    front = brink_front_open(&server->arena, kept);
    if (front == NULL)
        return NULL;
    brink_server_lock(server);
    brink_list_push_back(&server->fronts, &front->link);
    brink_server_unlock(server);
    return front;
}

static brink_result plan_front(struct brink_plan *plan, size_t index)
{
    struct brink_server *server = plan->server;
    const struct brink_listener_options *listener = &plan->view.listeners[index];
    struct brink_front *front = front_of(plan, listener->name);
    if (front == NULL)
        return brink_fail(ENOMEM);
    plan->fronts[index] = front;
    if (listener->service == BRINK_SERVICE_RELAY) {
        plan->upstreams[index] = brink_names_keep(&server->names, listener->upstream);
        if (plan->upstreams[index] == NULL)
            return brink_fail(ENOMEM);
    }
    plan->listeners.added += front->present == NULL;
    if (front->present != NULL &&
        brink_services_same(&front->present->options, &plan->services.all[index]))
        return brink_ok();
    plan->listeners.changed += front->present != NULL;
    plan->editions[index] = brink_edition_open(front, &server->arena, &plan->services, index);
    return plan->editions[index] == NULL ? brink_fail(ENOMEM) : brink_ok();
}

brink_result brink_plan_fronts(struct brink_plan *plan, struct brink_message *why)
{
    brink_result planned = brink_ok();
    for (size_t i = 0; i < plan->view.listener_count && !brink_failed(planned); i++)
        planned = plan_front(plan, i);
    return brink_failed(planned) ? no_memory(why) : planned;
}

/* --- addresses --- */

/* One of the present ones that no listener has got yet; its own first. */
static struct brink_opening *find_opening(const struct brink_plan *plan,
                                          const struct brink_front *front, const char *text,
                                          const struct brink_address *address)
{
    const struct brink_server *server = plan->server;
    struct brink_opening *found = NULL;
    for (size_t i = 0; i < server->opening_count; i++) {
        struct brink_opening *opening = server->openings[i];
        bool means_it = address == NULL ? brink_opening_is_at(opening, text)
                                        : brink_opening_is_the_same(opening, address);
        if (opening->next == NULL && means_it && (found == NULL || opening->front == front))
            found = opening;
    }
    return found;
}

/* Where a descriptor that was handed over at the start has been closed, its number may be another's
 * by now. */
static brink_result read_address(const struct brink_plan *plan, const char *text,
                                 struct brink_address *address, struct brink_message *why)
{
    brink_result read = brink_address_parse(address, text, BRINK_ADDRESS_TO_LISTEN, why);
    if (!brink_failed(read) && plan->server->runs && address->kind == BRINK_ADDRESS_FD)
        return brink_message_set(why,
                                 "%s is new: a descriptor can only be handed over at the start; "
                                 "restart, or name an address",
                                 text);
    return read;
}

/* With sockets that were handed over, if there are any for it. */
static struct brink_opening *new_opening(struct brink_plan *plan, const struct brink_front *front,
                                         const char *text, const struct brink_address *address,
                                         brink_result *result, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    struct brink_opening *opening =
        brink_opening_inherit(&server->arena, &server->inherited, front->name, address, text,
                              server->worker_count, result, why);
    if (opening == NULL && result->err == ENOENT)
        opening = brink_opening_open(&server->arena, server->sys, text, server->worker_count,
                                     result, why);
    return opening;
}

static brink_result plan_opening(struct brink_plan *plan, struct brink_front *front,
                                 const char *text, struct brink_message *why)
{
    struct brink_opening *opening = find_opening(plan, front, text, NULL);
    struct brink_address address;
    brink_result planned = brink_ok();
    bool is_new = false;
    if (opening == NULL) {
        planned = read_address(plan, text, &address, why);
        if (brink_failed(planned))
            return planned;
        opening = find_opening(plan, front, text, &address);
    }
    if (opening == NULL) {
        opening = new_opening(plan, front, text, &address, &planned, why);
        if (opening == NULL)
            return planned;
        is_new = true;
        opening->front = front;
        plan->addresses.added++;
    }
    opening->next = front;
    plan->is_new[plan->opening_count] = is_new;
    plan->openings[plan->opening_count++] = opening;
    return planned;
}

static brink_result reserve_openings(struct brink_plan *plan)
{
    struct brink_arena *arena = &plan->server->arena;
    for (size_t i = 0; i < plan->view.listener_count; i++)
        plan->opening_room += plan->view.listeners[i].listen_count;
    plan->openings = brink_arena_alloc(arena, plan->opening_room * sizeof *plan->openings,
                                       _Alignof(struct brink_opening *));
    plan->is_new = brink_arena_alloc(arena, plan->opening_room, _Alignof(bool));
    return plan->openings == NULL || plan->is_new == NULL ? brink_fail(ENOMEM) : brink_ok();
}

brink_result brink_plan_openings(struct brink_plan *plan, struct brink_message *why)
{
    brink_result planned = reserve_openings(plan);
    if (brink_failed(planned))
        return no_memory(why);
    for (size_t i = 0; i < plan->view.listener_count; i++) {
        const struct brink_listener_options *listener = &plan->view.listeners[i];
        for (size_t j = 0; j < listener->listen_count && !brink_failed(planned); j++)
            planned = plan_opening(plan, plan->fronts[i], listener->listen[j], why);
    }
    return planned;
}

/* --- the workers --- */

static struct brink_branch *branch_of(const struct brink_plan *plan,
                                      const struct brink_front *front, uint32_t worker)
{
    for (size_t i = 0; i < plan->view.listener_count; i++)
        if (plan->fronts[i] == front)
            return (plan->editions[i] != NULL ? plan->editions[i] : front->present)
                ->branches[worker];
    return NULL;
}

static brink_result open_entrances(struct brink_plan *plan, struct brink_worker *worker,
                                   struct brink_opening *opening)
{
    struct brink_branch *branch = branch_of(plan, opening->next, worker->index);
    for (uint32_t i = worker->index; i < opening->count; i += worker->peer_count) {
        brink_result result;
        opening->entrances[i] = brink_entrance_open(worker, opening->fds[i], branch, &result);
        if (opening->entrances[i] == NULL)
            return result;
        opening->fds[i] = -1;
    }
    return brink_ok();
}

static void prepare(struct brink_worker *worker, void *arg)
{
    struct brink_plan *plan = arg;
    brink_result made = brink_ok();
    for (size_t i = 0; i < plan->view.listener_count && !brink_failed(made); i++) {
        struct brink_edition *edition = plan->editions[i];
        if (edition == NULL)
            continue;
        edition->branches[worker->index] =
            brink_branch_open(worker, &edition->options, &edition->front->gate);
        if (edition->branches[worker->index] == NULL)
            made = brink_fail(ENOMEM);
    }
    for (size_t i = 0; i < plan->opening_count && !brink_failed(made); i++)
        if (plan->is_new[i])
            made = open_entrances(plan, worker, plan->openings[i]);
    plan->errors[worker->index] = made.err;
}

brink_result brink_plan_prepare_workers(struct brink_plan *plan, struct brink_message *why)
{
    struct brink_server *server = plan->server;
    brink_server_call(server, prepare, plan);
    for (uint32_t i = 0; i < server->worker_count; i++) {
        if (plan->errors[i] == 0)
            continue;
        (void)brink_message_set(why, "a listener cannot be set up: %s", strerror(plan->errors[i]));
        return brink_fail(plan->errors[i]);
    }
    return brink_ok();
}

static void drop_entrances(struct brink_worker *worker, void *arg)
{
    const struct brink_plan *plan = arg;
    for (size_t i = 0; i < plan->opening_count; i++) {
        const struct brink_opening *opening = plan->openings[i];
        for (uint32_t k = worker->index; plan->is_new[i] && k < opening->count;
             k += worker->peer_count)
            if (opening->entrances[k] != NULL)
                brink_entrance_drop(opening->entrances[k]);
    }
}

/* Editions and listeners that have been made for nothing are reaped as others are. */
void brink_plan_abandon_parts(struct brink_plan *plan)
{
    struct brink_server *server = plan->server;
    struct brink_arena *arena = &server->arena;
    if (plan->opening_count > 0)
        brink_server_call(server, drop_entrances, plan);
    brink_server_lock(server);
    for (size_t i = 0; i < plan->view.listener_count; i++)
        if (plan->editions[i] != NULL)
            brink_edition_enter(plan->editions[i]);
    brink_server_unlock(server);
    for (size_t i = 0; i < plan->opening_count; i++) {
        struct brink_opening *opening = plan->openings[i];
        opening->next = NULL;
        if (!plan->is_new[i])
            continue;
        brink_opening_unbind(opening, server->sys);
        brink_opening_free(opening, arena, server->sys);
    }
    if (plan->openings != NULL)
        brink_arena_release(arena, plan->openings, plan->opening_room * sizeof *plan->openings,
                            _Alignof(struct brink_opening *));
    if (plan->is_new != NULL)
        brink_arena_release(arena, plan->is_new, plan->opening_room, _Alignof(bool));
}
