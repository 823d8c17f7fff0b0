#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "config/check.h"
#include "config/frame.h"
#include "config/key.h"
#include "config/listener.h"
#include "config/upstream.h"

enum { UPGRADE_MS = 30000, CLIENTS_MOST = 10000000, WORKERS_MOST = 64, NAME_MOST = 63 };

/* --- the top level --- */

/* Frames first, then upstreams, then listeners: whatever their order in the file. */
static void take_later(struct brink_config_reading *reading, struct brink_config_item *item,
                       void *target)
{
    (void)reading;
    (void)item;
    (void)target;
}

static void take_admin(struct brink_config_reading *reading, struct brink_config_item *item,
                       void *target)
{
    brink_config_admin_read(reading, item, &((struct brink_config *)target)->admin);
}

static void print_admin(struct brink_config_dump *dump, const void *target)
{
    brink_config_admin_dump(dump, &((const struct brink_config *)target)->admin);
}

static const char *const dispatches[] = {"sharded", "shared", NULL};
static const char *const policies[] = {"idle", "boundary", "now", NULL}; /* as their enum */
static const char *const levels[] = {"error", "warn", "info", "debug", NULL};
static const char *const formats[] = {"logfmt", "json", NULL};

/* A path is the file's that names it. */
static void take_log_file(struct brink_config_reading *reading, struct brink_config_item *item,
                          void *target)
{
    struct brink_config *config = target;
    const char *path = brink_config_item_value(reading, item);
    if (path == NULL)
        return;
    config->log_file = brink_config_tree_resolve(reading->memory, item->place.path, path);
    if (path[0] == '\0' || config->log_file == NULL)
        brink_config_item_error(reading, item,
                                "log-file needs a path; write log-file = /var/log/brink/brink.log");
}

static void print_log_file(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_text(dump, "log-file", ((const struct brink_config *)target)->log_file);
}

/* Whether there is one is seen at the start. */
static brink_result check_account(const char *text, struct brink_message *why)
{
    if (text[0] == '\0')
        return brink_message_set(why, "\"\": no name; write one, as in user = brink");
    return brink_ok();
}

#define AT(field) .at = offsetof(struct brink_config, field)
static const struct brink_config_key keys[] = {
    {"workers", BRINK_CONFIG_COUNT, AT(server.workers), .width = 4, .most = WORKERS_MOST},
    {"dispatch", BRINK_CONFIG_CHOICE, AT(server.dispatch), .names = dispatches},
    {"max-clients", BRINK_CONFIG_COUNT, AT(server.max_clients), .width = 4, .least = 1,
     .most = CLIENTS_MOST},
    {"buffer-memory", BRINK_CONFIG_SIZE, AT(server.buffer_memory)},
    {"drain-policy", BRINK_CONFIG_CHOICE, AT(drain.policy), .names = policies},
    {"drain-timeout", BRINK_CONFIG_DURATION, AT(drain.timeout_ms)},
    {"drain-delay", BRINK_CONFIG_DURATION, AT(drain_delay_ms)},
    {"drain-quiet", BRINK_CONFIG_DURATION, AT(drain.quiet_ms)},
    {"drain-spread", BRINK_CONFIG_DURATION, AT(drain.spread_ms)},
    {"upgrade-timeout", BRINK_CONFIG_DURATION, AT(upgrade_ms)},
    {"log-level", BRINK_CONFIG_CHOICE, AT(log_level), .names = levels},
    {"log-format", BRINK_CONFIG_CHOICE, AT(log_format), .names = formats},
    {"log-file", BRINK_CONFIG_OWN, .take = take_log_file, .print = print_log_file},
    {"access-log", BRINK_CONFIG_OWN, .take = brink_config_access_log_take,
     .print = brink_config_access_log_print},
    {"access-format", BRINK_CONFIG_OWN, .take = brink_config_access_format_take,
     .print = brink_config_access_format_print},
    {"user", BRINK_CONFIG_TEXT, AT(user), .check = check_account},
    {"group", BRINK_CONFIG_TEXT, AT(group), .check = check_account},
    {"sandbox", BRINK_CONFIG_BOOL, AT(sandbox)},
    {"admin", BRINK_CONFIG_SECTION, .take = take_admin, .print = print_admin},
    {"frame", BRINK_CONFIG_SECTION, .many = true, .take = take_later},
    {"upstream", BRINK_CONFIG_SECTION, .many = true, .take = take_later},
    {"listener", BRINK_CONFIG_SECTION, .many = true, .take = take_later},
};
#undef AT
static const struct brink_config_table table = {keys, sizeof keys / sizeof keys[0]};

static void init(struct brink_config *config)
{
    brink_server_options_init(&config->server);
    brink_drain_options_init(&config->drain);
    config->upgrade_ms = UPGRADE_MS;
    config->log_level = BRINK_LOG_INFO;
    config->sandbox = true;
}

/* --- sections --- */

static bool is_section(const struct brink_config_item *item, const char *name)
{
    return item->section && strcmp(item->name, name) == 0;
}

/* How many there are; at most `most`, what is beyond is told. */
static size_t count_sections(struct brink_config_reading *reading, struct brink_config_item *root,
                             const char *name, size_t most)
{
    size_t count = 0;
    for (struct brink_config_item *item = root->items; item != NULL; item = item->next) {
        if (!is_section(item, name))
            continue;
        if (count == most) {
            brink_config_item_error(reading, item, "more than %zu %s sections; remove some", most,
                                    name);
            return count;
        }
        count++;
    }
    return count;
}

/* True if the section has a name that none before it has. */
static void check_name(struct brink_config_reading *reading, struct brink_config_item *root,
                       struct brink_config_item *section)
{
    if (section->title == NULL || section->title[0] == '\0') {
        brink_config_item_error(reading, section, "%s needs a name; write %s \"NAME\" { }",
                                section->name, section->name);
        return;
    }
    if (strlen(section->title) > NAME_MOST)
        brink_config_item_error(reading, section, "its name has more than %d bytes; shorten it",
                                NAME_MOST);
    for (struct brink_config_item *item = root->items; item != section; item = item->next) {
        if (is_section(item, section->name) && item->title != NULL &&
            strcmp(item->title, section->title) == 0) {
            brink_config_item_error(
                reading, section, "%s \"%.60s\" stands twice, first at %.100s:%u; rename one",
                section->name, section->title, item->place.path, item->place.line);
            return;
        }
    }
}

/* What is needed while the sections are read, and not any more after. */
struct work {
    struct brink_config_tree tree;
    struct brink_config_frames frames;
    struct brink_config_sections sections;
    bool damaged; /* some of the top level could not be read as text */
};

static brink_result read_upstreams(struct brink_config_reading *reading, struct work *work)
{
    struct brink_config_item *root = &work->tree.root;
    size_t count = count_sections(reading, root, "upstream", BRINK_UPSTREAMS_MAX);
    struct brink_config_upstream *list =
        brink_config_memory_array(reading->memory, count, sizeof *list);
    struct brink_config_item *item = root->items;
    if (list == NULL)
        return brink_fail(ENOMEM);
    for (size_t i = 0; i < count; item = item->next) {
        if (!is_section(item, "upstream"))
            continue;
        check_name(reading, root, item);
        brink_config_upstream_read(reading, item, &list[i]);
        brink_config_framing_resolve(reading, &work->frames, &list[i++].framing);
    }
    work->sections.upstreams = list;
    work->sections.upstream_count = count;
    return brink_ok();
}

/* True if a listener may be there all the same: under a wrong name, or in what could not be read.
 */
static bool may_be_meant(const struct work *work)
{
    for (const struct brink_config_item *item = work->tree.root.items; item != NULL;
         item = item->next) {
        if (item->section && !is_section(item, "frame") && !is_section(item, "upstream") &&
            !is_section(item, "admin"))
            return true;
    }
    return work->damaged;
}

static brink_result read_listeners(struct brink_config_reading *reading, struct work *work)
{
    struct brink_config_item *root = &work->tree.root;
    size_t count = count_sections(reading, root, "listener", BRINK_LISTENERS_MAX);
    struct brink_config_listener *list =
        brink_config_memory_array(reading->memory, count, sizeof *list);
    struct brink_config_item *item = root->items;
    if (list == NULL)
        return brink_fail(ENOMEM);
    for (size_t i = 0; i < count; item = item->next) {
        if (!is_section(item, "listener"))
            continue;
        check_name(reading, root, item);
        brink_config_listener_read(reading, item, &list[i]);
        brink_config_framing_resolve(reading, &work->frames, &list[i].framing);
        list[i].options.spec = list[i].framing.spec;
        i++;
    }
    if (count == 0 && !may_be_meant(work))
        brink_config_problems_error(reading->problems, &root->place,
                                    "there is no listener; write listener \"NAME\" { }");
    work->sections.listeners = list;
    work->sections.listener_count = count;
    return brink_ok();
}

static void read_frames(struct brink_config_reading *reading, struct work *work)
{
    for (struct brink_config_item *item = work->tree.root.items; item != NULL; item = item->next) {
        if (is_section(item, "frame"))
            brink_config_frames_add(reading, &work->frames, item);
    }
}

/* The options proper, as the server wants them: next to each other. */
static brink_result assemble(struct brink_config *config,
                             const struct brink_config_sections *sections)
{
    struct brink_listener_options *listeners =
        brink_config_memory_array(&config->memory, sections->listener_count, sizeof *listeners);
    struct brink_upstream_options *upstreams =
        brink_config_memory_array(&config->memory, sections->upstream_count, sizeof *upstreams);
    if (listeners == NULL || upstreams == NULL)
        return brink_fail(ENOMEM);
    for (size_t i = 0; i < sections->listener_count; i++)
        listeners[i] = sections->listeners[i].options;
    for (size_t i = 0; i < sections->upstream_count; i++)
        upstreams[i] = sections->upstreams[i].options;
    config->server.listeners = listeners;
    config->server.listener_count = sections->listener_count;
    config->server.upstreams = upstreams;
    config->server.upstream_count = sections->upstream_count;
    config->listeners = sections->listeners;
    config->upstreams = sections->upstreams;
    return brink_ok();
}

static brink_result read_all(struct brink_config_reading *reading, struct work *work)
{
    struct brink_config *config = reading->config;
    work->damaged = work->tree.root.unsure;
    brink_config_table_read(reading, &table, &work->tree.root, config);
    if (config->server.buffer_memory == 0)
        brink_config_problems_error(reading->problems, &work->tree.root.place,
                                    "buffer-memory is 0, so nothing could be queued; write 256MiB");
    if (config->group != NULL && config->user == NULL)
        brink_config_problems_error(reading->problems, &work->tree.root.place,
                                    "group without user; write user = NAME, too");
    read_frames(reading, work);
    brink_result result = read_upstreams(reading, work);
    if (!brink_failed(result))
        result = read_listeners(reading, work);
    if (brink_failed(result))
        return result;
    work->sections.server = &config->server;
    work->sections.admin = &config->admin;
    brink_config_check(reading, &work->sections);
    return assemble(config, &work->sections);
}

brink_result brink_config_read(struct brink_config **config, const struct brink_config_host *host,
                               const char *path)
{
    struct brink_config *made = calloc(1, sizeof *made);
    *config = made;
    if (made == NULL)
        return brink_fail(ENOMEM);
    init(made);
    struct brink_config_reading reading = {&made->memory, &made->problems, made};
    struct work *work = brink_config_memory_take(&made->memory, sizeof *work);
    const char *name = brink_config_memory_copy(&made->memory, path, strlen(path));
    brink_result result = brink_fail(ENOMEM);
    if (work != NULL && name != NULL) {
        brink_config_tree_read(&work->tree, host, &made->memory, &made->problems, name);
        result = read_all(&reading, work);
    }
    if (brink_failed(result)) {
        struct brink_config_place place = {.path = path};
        if (name != NULL)
            place.path = name;
        brink_config_problems_error(&made->problems, &place,
                                    "no memory is left for the configuration; make it smaller");
    }
    brink_config_problems_sort(&made->problems);
    return made->problems.errors > 0 ? brink_fail(EINVAL) : brink_ok();
}

void brink_config_free(struct brink_config *config)
{
    if (config == NULL)
        return;
    brink_config_memory_free(&config->memory);
    free(config);
}

const struct brink_config_place *
brink_config_listener_place(const struct brink_config *config,
                            const struct brink_listener_options *listener)
{
    return &config->listeners[listener - config->server.listeners].item->place;
}

const struct brink_config_place *
brink_config_upstream_place(const struct brink_config *config,
                            const struct brink_upstream_options *upstream)
{
    return &config->upstreams[upstream - config->server.upstreams].item->place;
}

const struct brink_config_place *brink_config_admin_place(const struct brink_config *config)
{
    return &config->admin.item->place;
}

void brink_config_dump(const struct brink_config *config, FILE *out)
{
    struct brink_config_dump dump = {.out = out};
    brink_config_table_dump(&dump, &table, config);
    for (size_t i = 0; i < config->server.upstream_count; i++) {
        (void)fputc('\n', out);
        brink_config_upstream_dump(&dump, &config->upstreams[i]);
    }
    for (size_t i = 0; i < config->server.listener_count; i++) {
        (void)fputc('\n', out);
        brink_config_listener_dump(&dump, &config->listeners[i]);
    }
}
