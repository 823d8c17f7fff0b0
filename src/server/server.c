/* Starting, stopping and taking down a server. */
#include "server/server.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/message.h"
#include "server/call.h"
#include "server/handover.h"
#include "server/options.h"
#include "server/plan.h"

static brink_result fail(struct brink_message *why, int err, const char *what)
{
    (void)brink_message_set(why, "%s: %s", what, strerror(err));
    return brink_fail(err);
}

void brink_server_lock(const struct brink_server *server)
{
    (void)pthread_mutex_lock((pthread_mutex_t *)(uintptr_t)&server->lock);
}

void brink_server_unlock(const struct brink_server *server)
{
    (void)pthread_mutex_unlock((pthread_mutex_t *)(uintptr_t)&server->lock);
}

void brink_server_call(struct brink_server *server,
                       void (*fn)(struct brink_worker *worker, void *arg), void *arg)
{
    if (server->runs)
        brink_workers_call_all(server->workers, server->worker_count, fn, arg);
    for (uint32_t i = 0; i < server->worker_count && !server->runs; i++)
        fn(&server->workers[i], arg);
}

/* Room for them; sharded, each worker has one thread, else one has them all. */
static brink_result reserve_workers(struct brink_server *server,
                                    const struct brink_server_options *options,
                                    struct brink_message *why)
{
    int cpus = server->sys->ops->cpu_count(server->sys->context);
    uint32_t count = options->workers != 0 ? options->workers : (uint32_t)(cpus > 0 ? cpus : 1);
    server->member_count = count < BRINK_WORKERS_MAX ? count : BRINK_WORKERS_MAX;
    bool shared = options->dispatch == BRINK_DISPATCH_SHARED;
    server->workers_wanted = shared ? 1 : server->member_count;
    server->workers =
        brink_arena_alloc(&server->arena, server->workers_wanted * sizeof *server->workers,
                          _Alignof(struct brink_worker));
    server->members =
        brink_arena_alloc(&server->arena, server->member_count * sizeof *server->members,
                          _Alignof(struct brink_member));
    if (server->workers == NULL || server->members == NULL)
        return fail(why, ENOMEM, "no memory for the workers");
    return brink_ok();
}

static void release_workers(struct brink_server *server)
{
    if (server->workers != NULL)
        brink_arena_release(&server->arena, server->workers,
                            server->workers_wanted * sizeof *server->workers,
                            _Alignof(struct brink_worker));
    if (server->members != NULL)
        brink_arena_release(&server->arena, server->members,
                            server->member_count * sizeof *server->members,
                            _Alignof(struct brink_member));
}

static brink_result set_up_workers(struct brink_server *server,
                                   const struct brink_server_options *options,
                                   struct brink_message *why)
{
    brink_result made = reserve_workers(server, options, why);
    if (brink_failed(made))
        return made;
    bool shared = options->dispatch == BRINK_DISPATCH_SHARED;
    struct brink_worker_settings settings = {
        .sys = server->sys,
        .server = server,
        .log = &server->log,
        .clients = &server->clients,
        .peers = server->workers,
        .peer_count = server->workers_wanted,
        .member_count = shared ? server->member_count : 1,
        .shared = shared,
        .budget = options->buffer_memory / server->workers_wanted,
    };
    for (uint32_t i = 0; i < server->workers_wanted; i++) {
        settings.members = &server->members[i];
        made = brink_worker_init(&server->workers[i], i, &settings);
        if (brink_failed(made))
            return fail(why, made.err, "a worker cannot be set up");
        server->worker_count++;
    }
    return brink_ok();
}

static void free_fronts(struct brink_server *server)
{
    while (!brink_list_empty(&server->fronts)) {
        struct brink_front *front =
            BRINK_CONTAINER_OF(server->fronts.next, struct brink_front, link);
        while (!brink_list_empty(&front->editions))
            brink_edition_free(BRINK_CONTAINER_OF(front->editions.next, struct brink_edition, link),
                               &server->arena);
        brink_front_free(front, &server->arena);
    }
}

static void free_openings(struct brink_server *server)
{
    for (size_t i = 0; i < server->opening_count; i++) {
        if (!brink_giver_gives(&server->giver)) /* else they are another process's */
            brink_opening_unbind(server->openings[i], server->sys);
        brink_opening_free(server->openings[i], &server->arena, server->sys);
    }
    if (server->openings != NULL)
        brink_arena_release(&server->arena, server->openings,
                            server->opening_room * sizeof *server->openings,
                            _Alignof(struct brink_opening *));
}

static void free_group(struct brink_server *server, struct brink_group_node *node)
{
    brink_group_close(node->group);
    brink_list_remove(&node->link);
    brink_arena_release(&server->arena, node, sizeof *node, _Alignof(struct brink_group_node));
}

static void free_groups(struct brink_server *server)
{
    brink_tasks_close(&server->tasks, &server->arena);
    for (size_t i = 0; i < server->groups.count; i++)
        free_group(server, server->group_nodes[i]);
    while (!brink_list_empty(&server->gone_groups))
        free_group(server,
                   BRINK_CONTAINER_OF(server->gone_groups.next, struct brink_group_node, link));
}

static void free_server(struct brink_server *server)
{
    struct brink_arena arena = server->arena;
    (void)pthread_mutex_destroy(&server->lock);
    (void)pthread_mutex_destroy(&server->changing);
    brink_arena_release(&arena, server, sizeof *server, _Alignof(struct brink_server));
    brink_arena_close(&arena);
}

/* Takes down what has been set up so far; no thread runs. */
static void take_down(struct brink_server *server)
{
    brink_control_stop(&server->control);
    for (uint32_t i = 0; i < server->worker_count; i++)
        brink_worker_destroy(&server->workers[i]);
    free_openings(server);
    brink_inherited_close(&server->inherited);
    free_fronts(server);
    free_groups(server);
    release_workers(server);
    brink_names_close(&server->names);
    brink_mailbox_destroy(&server->mailbox);
    free_server(server);
}

/* The workers, and then what is made of a server by its options. */
static brink_result set_up(struct brink_server *server, const struct brink_server_options *options,
                           struct brink_message *why)
{
    struct brink_plan *plan;
    brink_result result = brink_handover_inherit(server, options, why);
    if (!brink_failed(result))
        result = set_up_workers(server, options, why);
    if (!brink_failed(result) && options->dispatch == BRINK_DISPATCH_SHARED)
        server->log = brink_baton_log(&server->workers[0].baton, &options->log);
    if (!brink_failed(result))
        result = brink_plan_make(&plan, server, options, why);
    if (!brink_failed(result))
        brink_plan_commit(plan);
    brink_inherited_drop(&server->inherited);
    if (!brink_failed(result) && options->on_bound != NULL)
        result = options->on_bound(options->bound_context, why);
    return result;
}

static void init_server(struct brink_server *server, const struct brink_sys *sys,
                        const struct brink_server_options *options)
{
    struct brink_control_settings settings = {.sys = sys, .log = &server->plain_log};
    server->sys = sys;
    server->given = *options;
    server->log = options->log;
    server->plain_log = options->log;
    brink_names_open(&server->names, &server->arena);
    brink_list_init(&server->fronts);
    brink_list_init(&server->gone_groups);
    brink_control_init(&server->control, &settings);
}

static brink_result open_locks(struct brink_server *server)
{
    pthread_mutexattr_t attributes;
    int err = pthread_mutexattr_init(&attributes);
    if (err != 0)
        return brink_fail(err);
    (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    err = pthread_mutex_init(&server->lock, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    if (err != 0)
        return brink_fail(err);
    err = pthread_mutex_init(&server->changing, NULL);
    if (err != 0)
        (void)pthread_mutex_destroy(&server->lock);
    return brink_fail(err); /* 0 is success */
}

static brink_result new_server(struct brink_server **server, const struct brink_sys *sys,
                               const struct brink_server_options *options)
{
    struct brink_arena arena;
    brink_result opened = brink_arena_open(&arena);
    if (brink_failed(opened))
        return opened;
    struct brink_server *made =
        brink_arena_alloc(&arena, sizeof *made, _Alignof(struct brink_server));
    if (made == NULL) {
        brink_arena_close(&arena);
        return brink_fail(ENOMEM);
    }
    memset(made, 0, sizeof *made);
    made->arena = arena;
    init_server(made, sys, options);
    opened = open_locks(made);
    if (brink_failed(opened)) {
        brink_arena_release(&arena, made, sizeof *made, _Alignof(struct brink_server));
        brink_arena_close(&arena);
        return opened;
    }
    opened = brink_mailbox_init(&made->mailbox);
    if (brink_failed(opened)) {
        free_server(made);
        return opened;
    }
    *server = made;
    return brink_ok();
}

static brink_result start_threads(struct brink_server *server, struct brink_message *why)
{
    for (uint32_t i = 0; i < server->worker_count; i++) {
        brink_result started = brink_worker_start(&server->workers[i]);
        if (!brink_failed(started))
            continue;
        for (uint32_t j = 0; j < i; j++)
            brink_worker_stop(&server->workers[j], 0);
        for (uint32_t j = 0; j < i; j++)
            brink_worker_join(&server->workers[j]);
        return fail(why, started.err, "a worker's thread cannot be started");
    }
    return brink_ok();
}

static brink_result start_control(struct brink_server *server, struct brink_message *why)
{
    brink_result started = brink_control_run(&server->control);
    if (brink_failed(started))
        return fail(why, started.err, "the thread that checks servers cannot be started");
    return started;
}

static void tell_addresses(const struct brink_server *server)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char quoted[BRINK_LOG_NAME_MAX];
    for (size_t i = 0; i < server->opening_count; i++)
        brink_log_write(&server->plain_log, BRINK_LOG_INFO, "event=listen address=%s",
                        brink_log_quote(brink_server_address(server, i, text, sizeof text), quoted,
                                        sizeof quoted));
}

brink_result brink_server_start_on(struct brink_server **server, const struct brink_sys *sys,
                                   const struct brink_server_options *options,
                                   struct brink_message *why)
{
    struct brink_server *made;
    *server = NULL;
    brink_result result = brink_server_options_check(options, why);
    if (brink_failed(result))
        return result;
    result = new_server(&made, sys, options);
    if (brink_failed(result))
        return fail(why, result.err, "the server cannot be set up");
    result = set_up(made, options, why);
    if (!brink_failed(result))
        result = start_control(made, why);
    if (!brink_failed(result))
        result = start_threads(made, why);
    if (brink_failed(result)) {
        take_down(made);
        return result;
    }
    made->runs = true;
    tell_addresses(made);
    *server = made;
    return brink_ok();
}

brink_result brink_server_start(struct brink_server **server,
                                const struct brink_server_options *options,
                                struct brink_message *why)
{
    return brink_server_start_on(server, &brink_sys_linux, options, why);
}

bool brink_server_wait(struct brink_server *server)
{
    uint64_t cut = 0;
    for (uint32_t i = 0; i < server->worker_count; i++)
        brink_worker_join(&server->workers[i]);
    (void)pthread_mutex_lock(&server->changing); /* a reload may be under way */
    server->ended = true;
    brink_control_stop(&server->control);
    brink_handover_stop(server);
    (void)pthread_mutex_unlock(&server->changing);
    for (uint32_t i = 0; i < server->worker_count; i++)
        cut += brink_counter_read(&server->workers[i].stop_cut);
    return cut == 0;
}

void brink_server_free(struct brink_server *server)
{
    if (server != NULL)
        take_down(server);
}

const char *brink_server_address(const struct brink_server *server, size_t index, char *text,
                                 size_t size)
{
    if (size > 0)
        text[0] = '\0';
    brink_server_lock(server);
    if (index < server->opening_count)
        (void)brink_address_format(&server->openings[index]->bound, text, size);
    brink_server_unlock(server);
    return text;
}
