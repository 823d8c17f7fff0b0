#include "server/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/message.h"
#include "net/proxy_header.h"
#include "upstream/dns.h"
#include "upstream/file.h"
#include "upstream/health.h"

enum { BACKUP_TIER = 1 };

struct health_task {
    struct brink_health health;
    struct brink_health_settings settings;
    struct brink_spec spec;
    uint8_t greeting[BRINK_PROXY_ENCODED_MAX];
};

struct brink_task {
    struct brink_control_task task;
    enum brink_task_kind kind;
    union {
        struct health_task health;
        struct brink_dns_source dns; /* by name, and by service */
        struct brink_file_source file;
    } of;
    size_t host_room;
    struct brink_dns_host hosts[];
};

static struct brink_task *task_of(struct brink_control_task *task)
{
    return BRINK_CONTAINER_OF(task, struct brink_task, task);
}

struct brink_control_task *brink_task_control(struct brink_task *task)
{
    return &task->task;
}

static size_t size_of(size_t host_room)
{
    return sizeof(struct brink_task) + host_room * sizeof(struct brink_dns_host);
}

static struct brink_task *new_task(struct brink_arena *arena, enum brink_task_kind kind,
                                   size_t host_room, const struct brink_control_task *calls)
{
    struct brink_task *task =
        brink_arena_alloc(arena, size_of(host_room), _Alignof(struct brink_task));
    if (task == NULL)
        return NULL;
    memset(task, 0, size_of(host_room));
    task->task = *calls;
    task->kind = kind;
    task->host_room = host_room;
    return task;
}

void brink_task_free(struct brink_task *task, struct brink_arena *arena)
{
    if (task != NULL)
        brink_arena_release(arena, task, size_of(task->host_room), _Alignof(struct brink_task));
}

/* --- health --- */

static brink_result start_health(struct brink_control_task *task, struct brink_loop *loop)
{
    struct health_task *health = &task_of(task)->of.health;
    return brink_health_prepare(&health->health, loop, &health->settings);
}

static void begin_health(struct brink_control_task *task)
{
    brink_health_begin(&task_of(task)->of.health.health);
}

static void stop_health(struct brink_control_task *task)
{
    brink_health_stop(&task_of(task)->of.health.health);
}

static const struct brink_control_task health_calls = {
    start_health, stop_health, begin_health, {NULL, NULL}};

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
static void set_greeting(struct health_task *health, enum brink_proxy_send version)
{
    struct brink_proxy_header header = {.version = version == BRINK_PROXY_SEND_V1 ? 1 : 2,
                                        .kind = BRINK_PROXY_LOCAL};
    if (version == BRINK_PROXY_SEND_NONE)
        return;
    brink_result encoded = brink_proxy_header_encode(
        &header, health->greeting, sizeof health->greeting, &health->settings.greeting_size);
    BRINK_ASSERT(!brink_failed(encoded));
    (void)encoded.err;
}

static bool same_health(const struct health_task *one, const struct health_task *other)
{
    char text[BRINK_SPEC_DESCRIBED_MAX];
    char other_text[BRINK_SPEC_DESCRIBED_MAX];
    size_t size = one->settings.greeting_size;
    return brink_health_options_same(one->settings.options, other->settings.options) &&
           size == other->settings.greeting_size &&
           memcmp(one->greeting, other->greeting, size) == 0 &&
           strcmp(brink_spec_describe(&one->spec, text, sizeof text),
                  brink_spec_describe(&other->spec, other_text, sizeof other_text)) == 0;
}

/* --- who the servers are --- */

static brink_result start_dns(struct brink_control_task *task, struct brink_loop *loop)
{
    return brink_dns_source_prepare(&task_of(task)->of.dns, loop);
}

static void begin_dns(struct brink_control_task *task)
{
    brink_dns_source_begin(&task_of(task)->of.dns);
}

static void stop_dns(struct brink_control_task *task)
{
    brink_dns_source_stop(&task_of(task)->of.dns);
}

static const struct brink_control_task dns_calls = {start_dns, stop_dns, begin_dns, {NULL, NULL}};

static brink_result start_file(struct brink_control_task *task, struct brink_loop *loop)
{
    return brink_file_source_prepare(&task_of(task)->of.file, loop);
}

static void begin_file(struct brink_control_task *task)
{
    brink_file_source_begin(&task_of(task)->of.file);
}

static void stop_file(struct brink_control_task *task)
{
    brink_file_source_stop(&task_of(task)->of.file);
}

static const struct brink_control_task file_calls = {
    start_file, stop_file, begin_file, {NULL, NULL}};

static bool is_name(const char *address)
{
    struct brink_address read;
    char name[BRINK_HOST_MAX];
    brink_result result = brink_address_read(&read, address, BRINK_ADDRESS_TO_CONNECT, name, NULL);
    return !brink_failed(result) && name[0] != '\0';
}

static brink_result take_host(struct brink_dns_host *host, const char *address,
                              const struct brink_upstream_server *server, struct brink_message *why)
{
    brink_result read = brink_dns_host_read(host, address, why);
    if (brink_failed(read) || server == NULL)
        return read;
    host->weight = server->weight;
    host->max_connections = server->max_connections;
    host->tier = server->backup ? BACKUP_TIER : 0;
    if (server->name != NULL)
        (void)snprintf(host->name, sizeof host->name, "%s", server->name);
    return read;
}

static size_t count_hosts(const struct brink_upstream_options *upstream)
{
    size_t count = upstream->dns != NULL;
    for (size_t i = 0; i < upstream->server_count; i++)
        count += is_name(upstream->servers[i].address);
    return count;
}

/* `dns`, and the servers that are written by name. */
static brink_result take_hosts(struct brink_dns_host *hosts,
                               const struct brink_upstream_options *upstream,
                               struct brink_message *why)
{
    size_t count = 0;
    brink_result taken = brink_ok();
    if (upstream->dns != NULL)
        taken = take_host(&hosts[count++], upstream->dns, NULL, why);
    for (size_t i = 0; i < upstream->server_count && !brink_failed(taken); i++)
        if (is_name(upstream->servers[i].address))
            taken = take_host(&hosts[count++], upstream->servers[i].address, &upstream->servers[i],
                              why);
    return taken;
}

static bool same_hosts(const struct brink_dns_settings *one, const struct brink_dns_settings *other)
{
    for (size_t i = 0; i < one->host_count && one->host_count == other->host_count; i++) {
        const struct brink_dns_host *a = &one->hosts[i];
        const struct brink_dns_host *b = &other->hosts[i];
        if (strcmp(a->host, b->host) != 0 || strcmp(a->name, b->name) != 0 || a->port != b->port ||
            a->weight != b->weight || a->max_connections != b->max_connections ||
            a->tier != b->tier)
            return false;
    }
    return one->host_count == other->host_count;
}

static bool same_dns(const struct brink_dns_settings *one, const struct brink_dns_settings *other)
{
    return brink_text_same(one->srv, other->srv) && same_hosts(one, other) &&
           brink_text_same(one->resolvers, other->resolvers) && one->min_ms == other->min_ms &&
           one->max_ms == other->max_ms;
}

bool brink_task_same(const struct brink_task *one, const struct brink_task *other)
{
    switch (one->kind) {
    case BRINK_TASK_HEALTH:
        return same_health(&one->of.health, &other->of.health);
    case BRINK_TASK_BY_NAME:
    case BRINK_TASK_BY_SERVICE:
        return same_dns(&one->of.dns.settings, &other->of.dns.settings);
    case BRINK_TASK_BY_FILE:
    case BRINK_TASK_KINDS:
        break;
    }
    return strcmp(one->of.file.settings.path, other->of.file.settings.path) == 0;
}

/* --- those of a group --- */

/* Whom they are made for. */
struct maker {
    const struct brink_tasks_settings *settings;
    const struct brink_upstream_options *upstream; /* of the view: with its servers */
    const struct brink_upstream_options *options;  /* the group's own */
    struct brink_group *group;
    uint64_t seed;
    struct brink_message *why;
};

static brink_result make_health(const struct maker *maker, struct brink_task **made)
{
    const struct brink_tasks_settings *settings = maker->settings;
    if (!brink_health_is_wanted(maker->options))
        return brink_ok();
    struct brink_task *task = new_task(settings->arena, BRINK_TASK_HEALTH, 0, &health_calls);
    if (task == NULL)
        return brink_fail(ENOMEM);
    struct health_task *health = &task->of.health;
    health->spec = *spec_of(settings->services, maker->group);
    health->settings = (struct brink_health_settings){
        .group = maker->group,
        .options = &maker->options->health,
        .spec = &health->spec,
        .log = settings->log,
        .greeting = health->greeting,
        .seed = maker->seed,
    };
    set_greeting(health, maker->options->send_proxy);
    *made = task;
    return brink_ok();
}

static brink_result make_dns(const struct maker *maker, enum brink_task_kind kind, const char *srv,
                             size_t host_count, struct brink_task **made)
{
    struct brink_task *task = new_task(maker->settings->arena, kind, host_count, &dns_calls);
    if (task == NULL)
        return brink_fail(ENOMEM);
    struct brink_dns_settings dns = {
        .group = maker->group,
        .source = kind,
        .upstream = maker->options->name,
        .log = maker->settings->log,
        .srv = srv,
        .hosts = host_count > 0 ? task->hosts : NULL,
        .host_count = host_count,
        .resolvers = maker->options->resolvers,
        .min_ms = maker->options->dns_min_ms,
        .max_ms = maker->options->dns_max_ms,
        .seed = maker->seed,
    };
    *made = task;
    brink_dns_source_init(&task->of.dns, &dns);
    return host_count > 0 ? take_hosts(task->hosts, maker->upstream, maker->why) : brink_ok();
}

static brink_result make_file(const struct maker *maker, struct brink_task **made)
{
    struct brink_file_settings settings = {maker->group, BRINK_TASK_BY_FILE, maker->options->name,
                                           maker->settings->log, maker->options->file};
    struct brink_task *task = new_task(maker->settings->arena, BRINK_TASK_BY_FILE, 0, &file_calls);
    if (task == NULL)
        return brink_fail(ENOMEM);
    brink_file_source_init(&task->of.file, &settings);
    *made = task;
    return brink_ok();
}

static brink_result make_all(const struct maker *maker, struct brink_task **tasks)
{
    size_t host_count = count_hosts(maker->upstream);
    brink_result made = make_health(maker, &tasks[BRINK_TASK_HEALTH]);
    if (!brink_failed(made) && host_count > 0)
        made = make_dns(maker, BRINK_TASK_BY_NAME, NULL, host_count, &tasks[BRINK_TASK_BY_NAME]);
    if (!brink_failed(made) && maker->options->srv != NULL)
        made = make_dns(maker, BRINK_TASK_BY_SERVICE, maker->options->srv, 0,
                        &tasks[BRINK_TASK_BY_SERVICE]);
    if (!brink_failed(made) && maker->options->file != NULL)
        made = make_file(maker, &tasks[BRINK_TASK_BY_FILE]);
    return made;
}

brink_result brink_tasks_open(struct brink_tasks *tasks,
                              const struct brink_tasks_settings *settings,
                              struct brink_message *why)
{
    const struct brink_view *view = settings->view;
    const struct brink_groups *groups = settings->groups;
    struct brink_message inner = {""};
    brink_result made = brink_ok();
    memset(tasks, 0, sizeof *tasks);
    if (view->upstreams == &view->upstream)
        return brink_ok(); /* the plain form's server is looked up once */
    for (size_t i = 0; i < groups->count && !brink_failed(made); i++) {
        struct maker maker = {
            .settings = settings,
            .upstream = &view->upstreams[i],
            .options = groups->options[i],
            .group = groups->all[i],
            .seed = brink_hash_mix(settings->seed + i),
            .why = &inner,
        };
        made = make_all(&maker, tasks->all[i]);
        if (brink_failed(made))
            (void)brink_message_set(why, "upstream %s: %s", view->upstreams[i].name,
                                    inner.text[0] != '\0' ? inner.text : strerror(made.err));
    }
    if (brink_failed(made))
        brink_tasks_close(tasks, settings->arena);
    return made;
}

void brink_tasks_close(struct brink_tasks *tasks, struct brink_arena *arena)
{
    for (size_t i = 0; i < BRINK_UPSTREAMS_MAX; i++)
        for (unsigned kind = 0; kind < BRINK_TASK_KINDS; kind++)
            brink_task_free(tasks->all[i][kind], arena);
    memset(tasks, 0, sizeof *tasks);
}
