#include "server/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/message.h"
#include "net/proxy_header.h"
#include "upstream/dns.h"
#include "upstream/file.h"

/* Who tells a group of servers; the configuration is 0 (see groups.c). */
enum { BY_NAME = 1, BY_SERVICE, BY_FILE };
enum { TASKS_OF_A_GROUP = 4, BACKUP_TIER = 1 };

struct dns_task {
    struct brink_control_task task; /* first */
    struct brink_dns_source source;
};

struct file_task {
    struct brink_control_task task; /* first */
    struct brink_file_source source;
};

struct brink_group_tasks {
    struct brink_health_task health;
    struct dns_task names;
    struct dns_task service;
    struct file_task file;
    struct brink_dns_host *hosts;
    size_t host_room;
    size_t host_count;
    uint8_t greeting[BRINK_PROXY_ENCODED_MAX];
    size_t greeting_size;
};

static brink_result start_dns(struct brink_control_task *task, struct brink_loop *loop)
{
    return brink_dns_source_start(&BRINK_CONTAINER_OF(task, struct dns_task, task)->source, loop);
}

static void stop_dns(struct brink_control_task *task)
{
    brink_dns_source_stop(&BRINK_CONTAINER_OF(task, struct dns_task, task)->source);
}

static brink_result start_file(struct brink_control_task *task, struct brink_loop *loop)
{
    return brink_file_source_start(&BRINK_CONTAINER_OF(task, struct file_task, task)->source, loop);
}

static void stop_file(struct brink_control_task *task)
{
    brink_file_source_stop(&BRINK_CONTAINER_OF(task, struct file_task, task)->source);
}

static void add(struct brink_tasks *tasks, struct brink_control_task *task)
{
    BRINK_ASSERT(tasks->count < tasks->room);
    tasks->all[tasks->count++] = task;
}

/* --- health --- */

/* The frames of a group are those of the first listener that uses it. */
static const struct brink_spec *spec_of(const struct brink_services *services,
                                        const struct brink_group *group)
{
    for (size_t i = 0; i < services->count; i++)
        if (services->all[i].group == group)
            return &services->all[i].spec;
    return &services->all[0].spec;
}

/* A check speaks for nobody but us (proxy-protocol.txt, section 2.1). */
static void set_greeting(struct brink_group_tasks *mine, enum brink_proxy_send version)
{
    struct brink_proxy_header header = {.version = version == BRINK_PROXY_SEND_V1 ? 1 : 2,
                                        .kind = BRINK_PROXY_LOCAL};
    if (version == BRINK_PROXY_SEND_NONE)
        return;
    brink_result encoded = brink_proxy_header_encode(&header, mine->greeting, sizeof mine->greeting,
                                                     &mine->greeting_size);
    BRINK_ASSERT(!brink_failed(encoded));
    (void)encoded.err;
}

static void add_health(struct brink_tasks *tasks, struct brink_group_tasks *mine,
                       struct brink_group *group, const struct brink_services *services,
                       const struct brink_log *log, uint64_t seed)
{
    const struct brink_upstream_options *options = brink_group_options(group);
    if (!brink_health_is_wanted(options))
        return;
    set_greeting(mine, options->send_proxy);
    struct brink_health_settings settings = {
        .group = group,
        .spec = spec_of(services, group),
        .log = log,
        .greeting = mine->greeting,
        .greeting_size = mine->greeting_size,
        .seed = seed,
    };
    brink_health_task_init(&mine->health, &settings);
    add(tasks, &mine->health.task);
}

/* --- who the servers are --- */

static void add_dns(struct brink_tasks *tasks, struct dns_task *task,
                    const struct brink_dns_settings *settings)
{
    task->task = (struct brink_control_task){start_dns, stop_dns};
    brink_dns_source_init(&task->source, settings);
    add(tasks, &task->task);
}

static bool is_name(const char *address)
{
    struct brink_address read;
    char name[BRINK_HOST_MAX];
    brink_result result = brink_address_read(&read, address, BRINK_ADDRESS_TO_CONNECT, name, NULL);
    return !brink_failed(result) && name[0] != '\0';
}

static brink_result take_host(struct brink_group_tasks *mine, const char *address,
                              const struct brink_upstream_server *server, struct brink_message *why)
{
    struct brink_dns_host *host = &mine->hosts[mine->host_count];
    brink_result read = brink_dns_host_read(host, address, why);
    if (brink_failed(read))
        return read;
    mine->host_count++;
    if (server == NULL)
        return read;
    host->weight = server->weight;
    host->max_connections = server->max_connections;
    host->tier = server->backup ? BACKUP_TIER : 0;
    if (server->name != NULL)
        (void)snprintf(host->name, sizeof host->name, "%s", server->name);
    return read;
}

/* The servers that are written by name, and `dns`. */
static brink_result find_hosts(struct brink_tasks *tasks, struct brink_group_tasks *mine,
                               const struct brink_upstream_options *upstream,
                               struct brink_message *why)
{
    brink_result found = brink_ok();
    mine->host_room = upstream->server_count + 1;
    mine->hosts = brink_arena_alloc(tasks->arena, mine->host_room * sizeof *mine->hosts,
                                    _Alignof(struct brink_dns_host));
    if (mine->hosts == NULL)
        return brink_fail(ENOMEM);
    if (upstream->dns != NULL)
        found = take_host(mine, upstream->dns, NULL, why);
    for (size_t i = 0; i < upstream->server_count && !brink_failed(found); i++)
        if (is_name(upstream->servers[i].address))
            found = take_host(mine, upstream->servers[i].address, &upstream->servers[i], why);
    return found;
}

static brink_result add_discovery(struct brink_tasks *tasks, struct brink_group_tasks *mine,
                                  struct brink_group *group,
                                  const struct brink_upstream_options *upstream,
                                  const struct brink_log *log, uint64_t seed,
                                  struct brink_message *why)
{
    const struct brink_upstream_options *options = brink_group_options(group);
    struct brink_dns_settings dns = {
        .group = group,
        .upstream = options->name,
        .log = log,
        .resolvers = options->resolvers,
        .min_ms = options->dns_min_ms,
        .max_ms = options->dns_max_ms,
        .seed = seed,
    };
    brink_result found = find_hosts(tasks, mine, upstream, why);
    if (brink_failed(found))
        return found;
    if (mine->host_count > 0) {
        dns.source = BY_NAME;
        dns.hosts = mine->hosts;
        dns.host_count = mine->host_count;
        add_dns(tasks, &mine->names, &dns);
    }
    if (options->srv != NULL) {
        dns.source = BY_SERVICE;
        dns.srv = options->srv;
        dns.hosts = NULL;
        dns.host_count = 0;
        add_dns(tasks, &mine->service, &dns);
    }
    if (options->file != NULL) {
        struct brink_file_settings file = {group, BY_FILE, options->name, log, options->file};
        mine->file.task = (struct brink_control_task){start_file, stop_file};
        brink_file_source_init(&mine->file.source, &file);
        add(tasks, &mine->file.task);
    }
    return brink_ok();
}

/* --- all of them --- */

static brink_result reserve(struct brink_tasks *tasks)
{
    tasks->groups = brink_arena_alloc(tasks->arena, tasks->group_count * sizeof *tasks->groups,
                                      _Alignof(struct brink_group_tasks));
    tasks->all = brink_arena_alloc(tasks->arena, tasks->room * sizeof *tasks->all,
                                   _Alignof(struct brink_control_task *));
    if (tasks->groups != NULL)
        memset(tasks->groups, 0, tasks->group_count * sizeof *tasks->groups);
    return tasks->groups == NULL || tasks->all == NULL ? brink_fail(ENOMEM) : brink_ok();
}

brink_result brink_tasks_open(struct brink_tasks *tasks, struct brink_arena *arena,
                              const struct brink_view *view, const struct brink_groups *groups,
                              const struct brink_services *services, const struct brink_log *log,
                              uint64_t seed, struct brink_message *why)
{
    struct brink_message inner = {""};
    *tasks = (struct brink_tasks){.arena = arena};
    if (groups->count == 0 || view->upstreams == &view->upstream)
        return brink_ok(); /* the plain form's server is looked up once */
    tasks->group_count = groups->count;
    tasks->room = groups->count * TASKS_OF_A_GROUP;
    brink_result made = reserve(tasks);
    for (size_t i = 0; i < groups->count && !brink_failed(made); i++) {
        struct brink_group_tasks *mine = &tasks->groups[i];
        uint64_t own_seed = brink_hash_mix(seed + i);
        made =
            add_discovery(tasks, mine, groups->all[i], &view->upstreams[i], log, own_seed, &inner);
        if (brink_failed(made))
            (void)brink_message_set(why, "upstream %s: %s", view->upstreams[i].name,
                                    inner.text[0] != '\0' ? inner.text : strerror(made.err));
        else
            add_health(tasks, mine, groups->all[i], services, log, own_seed);
    }
    if (brink_failed(made))
        brink_tasks_close(tasks);
    return made;
}

void brink_tasks_close(struct brink_tasks *tasks)
{
    for (size_t i = 0; tasks->groups != NULL && i < tasks->group_count; i++)
        if (tasks->groups[i].hosts != NULL)
            brink_arena_release(tasks->arena, tasks->groups[i].hosts,
                                tasks->groups[i].host_room * sizeof(struct brink_dns_host),
                                _Alignof(struct brink_dns_host));
    if (tasks->groups != NULL)
        brink_arena_release(tasks->arena, tasks->groups, tasks->group_count * sizeof *tasks->groups,
                            _Alignof(struct brink_group_tasks));
    if (tasks->all != NULL)
        brink_arena_release(tasks->arena, tasks->all, tasks->room * sizeof *tasks->all,
                            _Alignof(struct brink_control_task *));
    *tasks = (struct brink_tasks){0};
}
