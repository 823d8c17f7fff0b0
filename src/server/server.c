/* Starting, stopping and taking down a server. */
#include "server/server.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/message.h"
#include "net/bind.h"
#include "server/limit.h"
#include "server/options.h"

static brink_result fail(struct brink_message *why, int err, const char *what)
{
    (void)brink_message_set(why, "%s: %s", what, strerror(err));
    return brink_fail(err);
}

/* Where chance begins: elsewhere in each process, by what randomizes its addresses, and each time.
 */
static uint64_t seed_of(const struct brink_server *server)
{
    return brink_hash_mix(server->sys->ops->now_ms(server->sys->context) ^
                          brink_hash_mix((uint64_t)(uintptr_t)server));
}

static brink_result set_up_services(struct brink_server *server, const struct brink_view *view,
                                    const struct brink_server_options *options,
                                    struct brink_message *why)
{
    uint64_t seed = seed_of(server);
    uint64_t now_ms = server->sys->ops->now_ms(server->sys->context);
    brink_result opened =
        brink_groups_open(&server->groups, view, &server->arena, &options->log, seed, now_ms, why);
    if (!brink_failed(opened))
        opened = brink_services_open(&server->services, &server->arena, view, &server->groups,
                                     options, seed, why);
    if (!brink_failed(opened))
        opened = brink_tasks_open(&server->tasks, &server->arena, view, &server->groups,
                                  &server->services, &options->log, seed, why);
    return opened;
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
        .services = server->services.all,
        .service_count = (uint32_t)server->services.count,
        .listener_count = server->bound_room,
        .clients = &server->clients,
        .gates = server->services.gates,
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

static brink_result hand_out(struct brink_server *server, const int *fds, uint32_t service,
                             struct brink_message *why)
{
    for (uint32_t i = 0; i < server->worker_count; i++) {
        brink_result started = brink_worker_listen(&server->workers[i], fds[i], service);
        if (!brink_failed(started))
            continue;
        for (uint32_t left = i; left < server->worker_count; left++)
            (void)server->sys->ops->close(server->sys->context, fds[left]);
        return fail(why, started.err, "a listener cannot be watched");
    }
    return brink_ok();
}

static brink_result listen_on(struct brink_server *server, const char *text, uint32_t service,
                              struct brink_message *why)
{
    struct brink_address address;
    int fds[BRINK_WORKERS_MAX];
    brink_result result = brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, why);
    if (brink_failed(result))
        return result;
    struct brink_address *bound = &server->bound[server->bound_count];
    result = brink_bind(server->sys, &address, fds, server->worker_count, bound, why);
    if (brink_failed(result))
        return result;
    server->bound_count++;
    return hand_out(server, fds, service, why);
}

static brink_result limit_clients(struct brink_server *server,
                                  const struct brink_server_options *options,
                                  struct brink_message *why)
{
    uint32_t possible;
    uint32_t open_files;
    unsigned fds_each = 1;
    for (size_t i = 0; i < server->services.count; i++)
        if (server->services.all[i].kind->legs > fds_each)
            fds_each = server->services.all[i].kind->legs;
    brink_result limited = brink_limit_clients(server->sys, fds_each, &possible, &open_files);
    if (brink_failed(limited))
        return fail(why, limited.err, "too few open files are allowed (ulimit -n)");
    server->clients.max = options->max_clients;
    if (possible < options->max_clients) {
        server->clients.max = possible;
        brink_log_write(&server->services.all[0].log, BRINK_LOG_WARN,
                        "event=max-clients-lowered wanted=%u effective=%u open_files=%u",
                        (unsigned)options->max_clients, (unsigned)possible, (unsigned)open_files);
    }
    return brink_ok();
}

/* Takes down what has been set up so far; no thread runs. */
static void take_down(struct brink_server *server)
{
    for (uint32_t i = 0; i < server->worker_count; i++)
        brink_worker_destroy(&server->workers[i]);
    for (size_t i = 0; i < server->bound_count; i++)
        brink_unbind(server->sys, &server->bound[i]);
    release_workers(server);
    brink_tasks_close(&server->tasks);
    brink_services_close(&server->services);
    brink_groups_close(&server->groups);
    if (server->bound != NULL)
        brink_arena_release(&server->arena, server->bound,
                            server->bound_room * sizeof *server->bound,
                            _Alignof(struct brink_address));
    brink_mailbox_destroy(&server->mailbox);
    struct brink_arena arena = server->arena;
    brink_arena_release(&arena, server, sizeof *server, _Alignof(struct brink_server));
    brink_arena_close(&arena);
}

static brink_result reserve_bound(struct brink_server *server, const struct brink_view *view,
                                  struct brink_message *why)
{
    for (size_t i = 0; i < view->listener_count; i++)
        server->bound_room += (uint32_t)view->listeners[i].listen_count;
    server->bound = brink_arena_alloc(&server->arena, server->bound_room * sizeof *server->bound,
                                      _Alignof(struct brink_address));
    return server->bound == NULL ? fail(why, ENOMEM, "no memory for the addresses") : brink_ok();
}

static brink_result listen_on_all(struct brink_server *server, const struct brink_view *view,
                                  struct brink_message *why)
{
    brink_result result = brink_ok();
    for (uint32_t i = 0; i < view->listener_count; i++)
        for (size_t j = 0; j < view->listeners[i].listen_count && !brink_failed(result); j++)
            result = listen_on(server, view->listeners[i].listen[j], i, why);
    return result;
}

static brink_result set_up(struct brink_server *server, const struct brink_server_options *options,
                           struct brink_message *why)
{
    struct brink_view view;
    brink_view_init(&view, options);
    brink_result result = reserve_bound(server, &view, why);
    if (!brink_failed(result))
        result = set_up_services(server, &view, options, why);
    if (!brink_failed(result))
        result = set_up_workers(server, options, why);
    if (!brink_failed(result))
        result = listen_on_all(server, &view, why);
    if (!brink_failed(result))
        result = limit_clients(server, options, why);
    if (!brink_failed(result) && options->on_bound != NULL)
        result = options->on_bound(options->bound_context, why);
    return result;
}

static brink_result new_server(struct brink_server **server, const struct brink_sys *sys)
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
    made->sys = sys;
    made->arena = arena;
    opened = brink_mailbox_init(&made->mailbox);
    if (brink_failed(opened)) {
        brink_arena_release(&arena, made, sizeof *made, _Alignof(struct brink_server));
        brink_arena_close(&arena);
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

/* Before the workers' threads: what is in files is known when the first client comes. */
static brink_result start_control(struct brink_server *server,
                                  const struct brink_server_options *options,
                                  struct brink_message *why)
{
    struct brink_control_settings settings = {
        .sys = server->sys,
        .log = &options->log,
        .tasks = server->tasks.all,
        .task_count = server->tasks.count,
    };
    brink_result started = brink_control_start(&server->control, &settings);
    if (brink_failed(started))
        return fail(why, started.err, "the thread that checks servers cannot be started");
    server->controlled = true;
    return started;
}

static void stop_control(struct brink_server *server)
{
    if (server->controlled)
        brink_control_stop(&server->control);
    server->controlled = false;
}

static void tell_addresses(const struct brink_server *server)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char quoted[BRINK_LOG_NAME_MAX];
    for (size_t i = 0; i < server->bound_count; i++)
        brink_log_write(&server->services.all[0].log, BRINK_LOG_INFO, "event=listen address=%s",
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
    result = new_server(&made, sys);
    if (brink_failed(result))
        return fail(why, result.err, "the server cannot be set up");
    result = set_up(made, options, why);
    if (!brink_failed(result) && options->dispatch == BRINK_DISPATCH_SHARED)
        for (size_t i = 0; i < made->services.count; i++)
            made->services.all[i].log = brink_baton_log(&made->workers[0].baton, &options->log);
    if (!brink_failed(result))
        result = start_control(made, options, why);
    if (!brink_failed(result))
        result = start_threads(made, why);
    if (brink_failed(result)) {
        stop_control(made);
        take_down(made);
        return result;
    }
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
    for (uint32_t i = 0; i < server->worker_count; i++) {
        brink_worker_join(&server->workers[i]);
        cut += brink_counter_read(&server->workers[i].stop_cut);
    }
    stop_control(server);
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
    if (index < server->bound_count)
        return brink_address_format(&server->bound[index], text, size);
    if (size > 0)
        text[0] = '\0';
    return text;
}
