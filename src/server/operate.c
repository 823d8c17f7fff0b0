/* brink/operate.h: single clients, listeners and servers that are drained; clients_list.c lists
 * them. */
#include "brink/operate.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "relay/drain.h"
#include "server/call.h"
#include "server/server.h"
#include "server/sweep.h"

/* What the workers do for one call. */
struct work {
    const char *listener;
    struct brink_group *group;
    struct brink_target *target;
    brink_stream_id id;
    struct brink_server *server;
    struct brink_drain_options options;
    bool ends;         /* the drain is to end */
    atomic_bool found; /* what it is about */
    _Atomic(int) err;  /* of what failed; 0: nothing did */
};

static struct brink_drain_options options_or_defaults(const struct brink_drain_options *options)
{
    struct brink_drain_options defaults;
    brink_drain_options_init(&defaults);
    return options != NULL ? *options : defaults;
}

static brink_result fail(struct brink_message *why, int err, const char *what, const char *name)
{
    (void)brink_message_set(why, "%s%s%s", what, name[0] != '\0' ? " " : "", name);
    return brink_fail(err);
}

static brink_result check(const struct brink_drain_options *options, struct brink_message *why)
{
    if (options == NULL || (unsigned)options->policy <= BRINK_DRAIN_POLICY_NOW)
        return brink_ok();
    return fail(why, EINVAL, "no such drain policy", "");
}

/* Whether it is on its way to its end already. */
static bool stops(const struct brink_server *server)
{
    return atomic_load(&server->workers[0].stop_by_ms) != BRINK_NEVER;
}

static brink_result fail_stopped(struct brink_message *why)
{
    return fail(why, EPIPE, "the server is stopping", "");
}

/* --- the whole --- */

void brink_server_drain(struct brink_server *server, const struct brink_drain_options *options)
{
    struct brink_drain_options own = options_or_defaults(options);
    uint64_t by_ms = server->sys->ops->now_ms(server->sys->context) + own.timeout_ms;
    for (uint32_t i = 0; i < server->worker_count; i++)
        brink_worker_drain(&server->workers[i], &own, by_ms);
}

void brink_server_stop(struct brink_server *server, uint32_t drain_ms)
{
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.timeout_ms = drain_ms;
    brink_server_drain(server, &options);
}

/* --- a client --- */

static void drain_client(struct brink_worker *worker, void *arg)
{
    struct work *work = arg;
    struct brink_stream *stream = brink_server_find(work->server, work->id);
    if (stream == NULL)
        return;
    struct brink_drain_terms terms = brink_drain_terms_of(&work->options, worker->loop.now_ms);
    brink_result drained = brink_drain_session(brink_session_of(stream), &terms);
    atomic_store(&work->found, true);
    atomic_store(&work->err, drained.err);
    brink_sweep_now(worker);
}

brink_result brink_server_drain_client(struct brink_server *server, brink_stream_id id,
                                       const struct brink_drain_options *options,
                                       struct brink_message *why)
{
    struct work work = {.server = server, .id = id, .options = options_or_defaults(options)};
    brink_result checked = check(options, why);
    if (brink_failed(checked))
        return checked;
    struct brink_worker *worker = brink_server_worker_of(server, id);
    if (worker != NULL && brink_workers_call(worker, 1, drain_client, &work) == 0)
        return fail_stopped(why);
    if (!atomic_load(&work.found))
        return fail(why, ENOENT, "there is no such client", "");
    if (atomic_load(&work.err) != 0)
        return fail(why, atomic_load(&work.err), "no memory to remember that", "");
    return brink_ok();
}

/* --- a listener --- */

static bool is_named(const struct brink_branch *branch, const struct work *work)
{
    return strcmp(branch->service.options->name, work->listener) == 0;
}

static void hold(struct brink_entrance *entrance, void *arg)
{
    const struct work *work = arg;
    if (is_named(entrance->branch, work))
        brink_listener_hold(&entrance->listener, !work->ends);
}

static void drain_branch(struct brink_worker *worker, struct brink_branch *branch,
                         const struct work *work)
{
    struct brink_drain_terms terms = brink_drain_terms_of(&work->options, worker->loop.now_ms);
    brink_gate_hold(branch->gate, !work->ends);
    if (!work->ends)
        brink_drain_service(&branch->service, &terms);
    else if (!worker->draining)
        brink_drain_end_service(&branch->service);
}

/* All editions of it. */
static void drain_listener(struct brink_worker *worker, void *arg)
{
    struct work *work = arg;
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        if (!is_named(branch, work))
            continue;
        atomic_store(&work->found, true);
        drain_branch(worker, branch, work);
    }
    brink_entrances_each(worker, hold, work);
    brink_sweep_now(worker);
}

static brink_result at_listener(struct brink_server *server, struct work *work,
                                struct brink_message *why)
{
    if (stops(server))
        return fail_stopped(why);
    (void)pthread_mutex_lock(&server->changing); /* all editions of it are there, or will be told */
    uint32_t told = brink_workers_call(server->workers, server->worker_count, drain_listener, work);
    (void)pthread_mutex_unlock(&server->changing);
    if (told == 0)
        return fail_stopped(why);
    if (!atomic_load(&work->found))
        return fail(why, ENOENT, "there is no listener", work->listener);
    return brink_ok();
}

brink_result brink_server_drain_listener(struct brink_server *server, const char *listener,
                                         const struct brink_drain_options *options,
                                         struct brink_message *why)
{
    struct work work = {.listener = listener, .options = options_or_defaults(options)};
    brink_result checked = check(options, why);
    return brink_failed(checked) ? checked : at_listener(server, &work, why);
}

brink_result brink_server_undrain_listener(struct brink_server *server, const char *listener,
                                           struct brink_message *why)
{
    struct work work = {.listener = listener, .ends = true};
    return at_listener(server, &work, why);
}

/* --- a server of an upstream: while upstreams do not change --- */

static brink_result find_server(struct brink_server *server, const char *upstream, const char *name,
                                struct work *work, struct brink_message *why)
{
    work->group = brink_groups_find(&server->groups, upstream);
    if (work->group == NULL)
        return fail(why, ENOENT, "there is no upstream", upstream);
    work->target = brink_group_find(work->group, name);
    if (work->target != NULL)
        return brink_ok();
    (void)brink_message_set(why, "upstream %s has no server %s", upstream, name);
    return brink_fail(ENOENT);
}

static void drain_target(struct brink_worker *worker, void *arg)
{
    struct work *work = arg;
    struct brink_drain_terms terms = brink_drain_terms_of(&work->options, worker->loop.now_ms);
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        struct brink_service *service = &branch->service;
        if (service->dialings.group != work->group)
            continue;
        if (work->ends) {
            brink_drain_end_target(service, work->target);
            continue;
        }
        brink_group_hold_one(work->group, work->target);
        brink_result drained = brink_drain_target(service, work->target, &terms);
        if (!brink_failed(drained))
            continue;
        brink_group_drop(work->group, work->target);
        atomic_store(&work->err, drained.err);
    }
    brink_sweep_now(worker);
}

static uint32_t tell_workers(struct brink_server *server, struct work *work, bool ends)
{
    work->ends = ends;
    return brink_workers_call(server->workers, server->worker_count, drain_target, work);
}

static void undrain(struct brink_server *server, struct work *work)
{
    (void)tell_workers(server, work, true);
    brink_group_set_drained(work->group, work->target, false);
}

static brink_result drain(struct brink_server *server, struct work *work, struct brink_message *why)
{
    brink_result result = brink_ok();
    brink_group_set_drained(work->group, work->target, true);
    uint32_t told = tell_workers(server, work, false);
    if (told == 0)
        result = fail_stopped(why);
    else if (atomic_load(&work->err) != 0)
        result = fail(why, atomic_load(&work->err), "no memory to remember that", "");
    if (brink_failed(result))
        undrain(server, work);
    return result;
}

brink_result brink_server_drain_upstream_server(struct brink_server *server, const char *upstream,
                                                const char *name,
                                                const struct brink_drain_options *options,
                                                struct brink_message *why)
{
    struct work work = {.options = options_or_defaults(options)};
    brink_result result = check(options, why);
    if (brink_failed(result))
        return result;
    (void)pthread_mutex_lock(&server->changing);
    result = find_server(server, upstream, name, &work, why);
    if (!brink_failed(result)) {
        result = drain(server, &work, why);
        brink_group_drop(work.group, work.target);
    }
    (void)pthread_mutex_unlock(&server->changing);
    return result;
}

brink_result brink_server_undrain_upstream_server(struct brink_server *server, const char *upstream,
                                                  const char *name, struct brink_message *why)
{
    struct work work = {0};
    (void)pthread_mutex_lock(&server->changing);
    brink_result found = find_server(server, upstream, name, &work, why);
    if (!brink_failed(found)) {
        undrain(server, &work);
        brink_group_drop(work.group, work.target);
    }
    (void)pthread_mutex_unlock(&server->changing);
    return found;
}

brink_result brink_server_set_weight(struct brink_server *server, const char *upstream,
                                     const char *name, uint32_t weight, struct brink_message *why)
{
    struct work work = {0};
    if (weight > BRINK_WEIGHT_MAX) {
        (void)brink_message_set(why, "a weight is %d at most", BRINK_WEIGHT_MAX);
        return brink_fail(EINVAL);
    }
    uint64_t now_ms = server->sys->ops->now_ms(server->sys->context);
    (void)pthread_mutex_lock(&server->changing);
    brink_result result = find_server(server, upstream, name, &work, why);
    if (!brink_failed(result)) {
        result = brink_group_set_weight(work.group, work.target, weight, now_ms);
        brink_group_drop(work.group, work.target);
        if (brink_failed(result))
            result = fail(why, result.err, "no memory for that", "");
    }
    (void)pthread_mutex_unlock(&server->changing);
    return result;
}
