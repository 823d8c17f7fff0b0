#include "config/upstream.h"

#include <string.h>

enum { HEALTH_INTERVAL_MS = 5000, COUNT_MOST = 10000000 };

/* --- servers --- */

#define AT(field) .at = offsetof(struct brink_upstream_server, field)
static const struct brink_config_key server_keys[] = {
    {"address", BRINK_CONFIG_TEXT, AT(address), .check = brink_config_value_check_target},
    {"weight", BRINK_CONFIG_COUNT, AT(weight), .width = 4, .most = BRINK_WEIGHT_MAX},
    {"max-connections", BRINK_CONFIG_COUNT, AT(max_connections), .width = 4, .most = COUNT_MOST},
    {"backup", BRINK_CONFIG_BOOL, AT(backup)},
};
#undef AT
static const struct brink_config_table server_table = {server_keys, 4};

/* A place for one more; NULL, and told, if there is none. */
static struct brink_upstream_server *add_server(struct brink_config_reading *reading,
                                                struct brink_config_item *item,
                                                struct brink_config_upstream *upstream)
{
    size_t count = upstream->server_count;
    if (count == BRINK_UPSTREAM_SERVERS_MAX) {
        brink_config_item_error(reading, item, "more than %d servers; remove some",
                                BRINK_UPSTREAM_SERVERS_MAX);
        return NULL;
    }
    if ((count & (count - 1)) == 0) { /* full: twice the room */
        struct brink_upstream_server *more =
            brink_config_memory_array(reading->memory, count > 0 ? count * 2 : 1, sizeof *more);
        if (more == NULL) {
            brink_config_item_error(reading, item, "no memory is left for more servers");
            return NULL;
        }
        if (count > 0)
            memcpy(more, upstream->servers, count * sizeof *more);
        upstream->servers = more;
    }
    struct brink_upstream_server *server = &upstream->servers[upstream->server_count++];
    *server = (struct brink_upstream_server){.weight = 1};
    return server;
}

static void check_server_twice(struct brink_config_reading *reading, struct brink_config_item *item,
                               const struct brink_config_upstream *upstream)
{
    const struct brink_upstream_server *last = &upstream->servers[upstream->server_count - 1];
    for (const struct brink_upstream_server *server = upstream->servers; server < last; server++) {
        if (last->address != NULL && server->address != NULL &&
            strcmp(last->address, server->address) == 0) {
            brink_config_item_error(reading, item,
                                    "the server %.80s stands twice; give it a "
                                    "weight instead",
                                    last->address);
            return;
        }
        if (last->name != NULL && server->name != NULL && strcmp(last->name, server->name) == 0) {
            brink_config_item_error(reading, item, "two servers are called \"%.60s\"; rename one",
                                    last->name);
            return;
        }
    }
}

static void take_server_section(struct brink_config_reading *reading,
                                struct brink_config_item *item, void *target)
{
    struct brink_config_upstream *upstream = target;
    struct brink_upstream_server *server = add_server(reading, item, upstream);
    if (server == NULL)
        return;
    server->name = item->title != NULL && item->title[0] != '\0' ? item->title : NULL;
    brink_config_table_read(reading, &server_table, item, server);
    if (server->address == NULL && brink_config_item_lacks(item, "address"))
        brink_config_item_error(reading, item,
                                "the server lacks an address; write "
                                "address = HOST:PORT");
    item->parent->broken |= item->broken;
    check_server_twice(reading, item, upstream);
}

/* `server = ADDRESS, ADDRESS` */
static void take_servers(struct brink_config_reading *reading, struct brink_config_item *item,
                         void *target)
{
    struct brink_config_upstream *upstream = target;
    struct brink_message why;
    for (const struct brink_config_value *value = item->values; value != NULL;
         value = value->next) {
        if (brink_failed(brink_config_value_check_target(value->text, &why))) {
            brink_config_item_error(reading, item, "server: %s", why.text);
            continue;
        }
        struct brink_upstream_server *server = add_server(reading, item, upstream);
        if (server == NULL)
            return;
        server->address = value->text;
        check_server_twice(reading, item, upstream);
    }
}

static void print_servers(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config_upstream *upstream = target;
    for (size_t i = 0; i < upstream->server_count; i++) {
        brink_config_dump_open(dump, "server", upstream->servers[i].name);
        brink_config_table_dump(dump, &server_table, &upstream->servers[i]);
        brink_config_dump_close(dump);
    }
}

/* --- checks and ejection --- */

#define AT(field) .at = offsetof(struct brink_config_health, field)
static const struct brink_config_key health_keys[] = {
    {"interval", BRINK_CONFIG_DURATION, AT(options.interval_ms)},
    {"timeout", BRINK_CONFIG_DURATION, AT(options.timeout_ms), .least = 1},
    {"rise", BRINK_CONFIG_COUNT, AT(options.rise), .width = 4, .least = 1, .most = 1000},
    {"fall", BRINK_CONFIG_COUNT, AT(options.fall), .width = 4, .least = 1, .most = 1000},
    {"send", BRINK_CONFIG_BYTES, AT(send)},
    {"send-payload", BRINK_CONFIG_BYTES, AT(send_payload)},
    {"expect", BRINK_CONFIG_BYTES, AT(expect)},
    {"expect-payload", BRINK_CONFIG_BYTES, AT(expect_payload)},
    {"mask", BRINK_CONFIG_BYTES, AT(mask)},
};
#undef AT
static const struct brink_config_table health_table = {health_keys, 9};

#define AT(field) .at = offsetof(struct brink_eject_options, field)
static const struct brink_config_key eject_keys[] = {
    {"connect-failures", BRINK_CONFIG_COUNT, AT(connect_failures), .width = 4, .most = COUNT_MOST},
    {"resets", BRINK_CONFIG_COUNT, AT(resets), .width = 4, .most = COUNT_MOST},
    {"reply-timeout", BRINK_CONFIG_DURATION, AT(reply_ms)},
    {"time", BRINK_CONFIG_DURATION, AT(base_ms), .least = 1},
    {"time-max", BRINK_CONFIG_DURATION, AT(max_ms), .least = 1},
    {"percent", BRINK_CONFIG_PERCENT, AT(max_percent)},
};
#undef AT
static const struct brink_config_table eject_table = {eject_keys, 6};

static void take_health(struct brink_config_reading *reading, struct brink_config_item *item,
                        void *target)
{
    struct brink_config_health *health = &((struct brink_config_upstream *)target)->health;
    health->item = item;
    health->options.interval_ms = HEALTH_INTERVAL_MS; /* who writes the section wants checks */
    brink_config_table_read(reading, &health_table, item, health);
    item->parent->broken |= item->broken;
}

static void print_health(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_open(dump, "health", NULL);
    brink_config_table_dump(dump, &health_table,
                            &((const struct brink_config_upstream *)target)->health);
    brink_config_dump_close(dump);
}

static void take_eject(struct brink_config_reading *reading, struct brink_config_item *item,
                       void *target)
{
    struct brink_eject_options *eject = &((struct brink_config_upstream *)target)->options.eject;
    brink_config_table_read(reading, &eject_table, item, eject);
    if (eject->base_ms > eject->max_ms)
        brink_config_item_error(reading, item,
                                "time is longer than time-max; raise time-max or "
                                "lower time");
    item->parent->broken |= item->broken;
}

static void print_eject(struct brink_config_dump *dump, const void *target)
{
    brink_config_dump_open(dump, "eject", NULL);
    brink_config_table_dump(dump, &eject_table,
                            &((const struct brink_config_upstream *)target)->options.eject);
    brink_config_dump_close(dump);
}

/* --- the section --- */

static void take_framing(struct brink_config_reading *reading, struct brink_config_item *item,
                         void *target)
{
    brink_config_framing_take(reading, &((struct brink_config_upstream *)target)->framing, item);
}

static void print_framing(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config_upstream *upstream = target;
    if (upstream->framing.item != NULL || upstream->framing.max_item != NULL)
        brink_config_framing_print(dump, &upstream->framing.spec);
}

/* Like an include's, its path is relative to the folder of the configuration. */
static void take_file(struct brink_config_reading *reading, struct brink_config_item *item,
                      void *target)
{
    struct brink_config_upstream *upstream = target;
    const char *path = brink_config_item_value(reading, item);
    if (path == NULL)
        return;
    upstream->options.file = brink_config_tree_resolve(reading->memory, item->place.path, path);
    if (path[0] == '\0' || upstream->options.file == NULL)
        brink_config_item_error(reading, item, "file needs a path; write file = servers.txt");
}

static void print_file(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config_upstream *upstream = target;
    brink_config_dump_text(dump, "file", upstream->options.file);
}

/* DNS servers; the look-up takes them as one text with commas. */
static void take_resolvers(struct brink_config_reading *reading, struct brink_config_item *item,
                           void *target)
{
    struct brink_config_upstream *upstream = target;
    struct brink_message why;
    for (const struct brink_config_value *value = item->values; value != NULL; value = value->next)
        if (brink_failed(brink_config_value_check_resolver(value->text, &why))) {
            brink_config_item_error(reading, item, "resolvers: %s", why.text);
            return;
        }
    upstream->options.resolvers = brink_config_item_joined(reading, item);
}

/* Without quotes, as these would make one value of them. */
static void print_resolvers(struct brink_config_dump *dump, const void *target)
{
    const struct brink_config_upstream *upstream = target;
    const char *resolvers = upstream->options.resolvers;
    if (resolvers == NULL) {
        brink_config_dump_text(dump, "resolvers", NULL);
        return;
    }
    brink_config_dump_name(dump, "resolvers");
    (void)fprintf(dump->out, "%s\n", resolvers);
}

static const char *const balances[] = {"round-robin", "least-connections", "random-two", "source",
                                       NULL};
static const char *const when_downs[] = {"keep", "boundary", "now", NULL};
static const char *const proxies[] = {"no", "v1", "v2", NULL};

#define AT(field) .at = offsetof(struct brink_config_upstream, options.field)
static const struct brink_config_key upstream_keys[] = {
    {"server", BRINK_CONFIG_OWN, .many = true, .take = take_servers},
    {"server", BRINK_CONFIG_SECTION, .many = true, .take = take_server_section,
     .print = print_servers},
    {"dns", BRINK_CONFIG_TEXT, AT(dns), .check = brink_config_value_check_dns},
    {"srv", BRINK_CONFIG_TEXT, AT(srv), .check = brink_config_value_check_srv},
    {"file", BRINK_CONFIG_OWN, .take = take_file, .print = print_file},
    {"resolvers", BRINK_CONFIG_OWN, .take = take_resolvers, .print = print_resolvers},
    {"dns-min", BRINK_CONFIG_DURATION, AT(dns_min_ms), .least = 1},
    {"dns-max", BRINK_CONFIG_DURATION, AT(dns_max_ms), .least = 1},
    {"balance", BRINK_CONFIG_CHOICE, AT(balance), .names = balances},
    {"connect-timeout", BRINK_CONFIG_DURATION, AT(connect_ms)},
    {"tries", BRINK_CONFIG_COUNT, AT(tries), .width = 4, .least = 1, .most = BRINK_TRIES_MAX},
    {"queue", BRINK_CONFIG_COUNT, AT(queue_max), .width = 4, .most = COUNT_MOST},
    {"queue-timeout", BRINK_CONFIG_DURATION, AT(queue_ms)},
    {"keepalive", BRINK_CONFIG_DURATION, AT(keepalive_ms)},
    {"user-timeout", BRINK_CONFIG_DURATION, AT(user_timeout_ms)},
    {"slow-start", BRINK_CONFIG_DURATION, AT(slow_start_ms)},
    {"when-down", BRINK_CONFIG_CHOICE, AT(when_down), .names = when_downs},
    {"rehome", BRINK_CONFIG_BOOL, AT(rehome)},
    {"send-proxy", BRINK_CONFIG_CHOICE, AT(send_proxy), .names = proxies},
    {"frame", BRINK_CONFIG_OWN, .take = take_framing, .print = print_framing},
    {"frame", BRINK_CONFIG_SECTION, .take = take_framing},
    {"max-frame", BRINK_CONFIG_OWN, .take = take_framing},
    {"health", BRINK_CONFIG_SECTION, .take = take_health, .print = print_health},
    {"eject", BRINK_CONFIG_SECTION, .take = take_eject, .print = print_eject},
};
#undef AT
static const struct brink_config_table upstream_table = {
    upstream_keys, sizeof upstream_keys / sizeof upstream_keys[0]};

static void check(struct brink_config_reading *reading, struct brink_config_upstream *upstream)
{
    struct brink_config_item *section = upstream->item;
    const struct brink_upstream_options *options = &upstream->options;
    bool discovers = options->dns != NULL || options->srv != NULL || options->file != NULL;
    bool weighty = discovers;
    for (size_t i = 0; i < upstream->server_count; i++)
        weighty |= upstream->servers[i].weight > 0;
    if (upstream->server_count == 0 && !discovers && brink_config_item_lacks(section, "server") &&
        brink_config_item_lacks(section, "dns") && brink_config_item_lacks(section, "srv") &&
        brink_config_item_lacks(section, "file"))
        brink_config_item_error(reading, section,
                                "the upstream has no servers; write "
                                "server = HOST:PORT, or dns, srv or file");
    else if (!weighty && upstream->server_count > 0 && !section->broken)
        brink_config_problems_warn(reading->problems, &section->place,
                                   "all servers have the weight 0, so no client gets one; give "
                                   "one a weight of 1 or more");
    if (options->dns_min_ms > options->dns_max_ms)
        brink_config_item_error(reading, section,
                                "dns-min is longer than dns-max; raise dns-max or "
                                "lower dns-min");
}

void brink_config_upstream_read(struct brink_config_reading *reading,
                                struct brink_config_item *section,
                                struct brink_config_upstream *upstream)
{
    brink_upstream_options_init(&upstream->options);
    upstream->item = section;
    upstream->options.name = section->title != NULL ? section->title : "";
    upstream->health.options = upstream->options.health;
    brink_config_table_read(reading, &upstream_table, section, upstream);
    check(reading, upstream);
}

void brink_config_upstream_dump(struct brink_config_dump *dump,
                                const struct brink_config_upstream *upstream)
{
    brink_config_dump_open(dump, "upstream", upstream->options.name);
    brink_config_table_dump(dump, &upstream_table, upstream);
    brink_config_dump_close(dump);
}
