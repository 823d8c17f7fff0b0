#include "app/control/show.h"

#include <inttypes.h>
#include <string.h>

#include "app/control/table.h"
#include "app/control/value.h"

#define COLUMNS(columns) columns, sizeof(columns) / sizeof(columns)[0]

/* --- cells --- */

static void put_sides(struct brink_table *table, const json_t *object, const char *key)
{
    brink_table_count(table, brink_value_count(object, key, "client"));
    brink_table_count(table, brink_value_count(object, key, "upstream"));
}

static void put_sizes(struct brink_table *table, const json_t *object, const char *key)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_size(brink_value_number(object, key, "client"), text));
    brink_table_text(table, brink_value_size(brink_value_number(object, key, "upstream"), text));
}

static void put_duration(struct brink_table *table, const json_t *object, const char *key)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_duration(brink_value_number(object, key, NULL), text));
}

static void put_size(struct brink_table *table, const json_t *object, const char *key)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_size(brink_value_number(object, key, NULL), text));
}

/* Of the time from a request to its reply. */
static void put_time(struct brink_table *table, const json_t *object, const char *part)
{
    char text[BRINK_VALUE_TEXT];
    double seconds = brink_value_number(object, "reply_duration_seconds", part);
    brink_table_text(table, brink_value_time(seconds, text));
}

static void put_key(struct brink_table *table, const json_t *object, const char *key)
{
    brink_table_count(table, brink_value_count(object, key, NULL));
}

/* --- in short --- */

static void put_lines(FILE *out, const json_t *stats, double now)
{
    char up[BRINK_VALUE_TEXT];
    char client[BRINK_VALUE_TEXT];
    char upstream[BRINK_VALUE_TEXT];
    const char *version = brink_value_text(stats, "version");
    bool stopping = brink_value_count(stats, "stopping", NULL) != 0;
    (void)fprintf(
        out, "brink %s, %s for %s\n\n", version != NULL ? version : "?",
        stopping ? "stopping, has run" : "serving",
        brink_value_duration(now - brink_value_number(stats, "start_time_seconds", NULL), up));
    (void)fprintf(out, "clients     %" PRIu64 " of at most %" PRIu64 ", %" PRIu64 " accepted\n",
                  brink_value_count(stats, "clients", NULL),
                  brink_value_count(stats, "max_clients", NULL),
                  brink_value_sum(stats, "listeners", "accepted", NULL));
    (void)fprintf(out, "frames      %" PRIu64 " of clients, %" PRIu64 " of upstreams\n",
                  brink_value_sum(stats, "listeners", "frames", "client"),
                  brink_value_sum(stats, "listeners", "frames", "upstream"));
    (void)brink_value_size((double)brink_value_sum(stats, "listeners", "bytes", "client"), client);
    (void)brink_value_size((double)brink_value_sum(stats, "listeners", "bytes", "upstream"),
                           upstream);
    (void)fprintf(out, "bytes       %s of clients, %s of upstreams\n", client, upstream);
    (void)fprintf(out, "frames cut  %" PRIu64 " of clients, %" PRIu64 " of upstreams\n",
                  brink_value_sum(stats, "listeners", "frames_cut", "client"),
                  brink_value_sum(stats, "listeners", "frames_cut", "upstream"));
    (void)fprintf(out, "turned away %" PRIu64 " denied, %" PRIu64 " refused\n",
                  brink_value_sum(stats, "listeners", "denied", NULL),
                  brink_value_sum(stats, "listeners", "refused", NULL));
    (void)fprintf(
        out, "buffered    %s of at most %s\n",
        brink_value_size(brink_value_number(stats, "buffered_bytes", NULL), client),
        brink_value_size(brink_value_number(stats, "buffer_memory_bytes", NULL), upstream));
    (void)fprintf(out, "servers     %" PRIu64 " of %" PRIu64 " usable, %" PRIu64 " connections\n",
                  brink_value_sum(stats, "upstreams", "usable", NULL),
                  brink_value_sum(stats, "upstreams", "server_count", NULL),
                  brink_value_sum(stats, "upstreams", "connections", NULL));
}

static bool show_summary(FILE *out, const json_t *stats, double now)
{
    put_lines(out, stats, now);
    return true;
}

/* --- lists --- */

static bool show_listeners(FILE *out, const json_t *stats, double now)
{
    static const struct brink_table_column columns[] = {
        {"LISTENER", false}, {"ADDRESS", false},    {"SERVICE", false}, {"UPSTREAM", false},
        {"CLIENTS", true},   {"ACCEPTED", true},    {"FRAMES", true},   {"REPLIES", true},
        {"BYTES", true},     {"REPLY-BYTES", true}, {"CUT", true},      {"REPLY-CUT", true},
        {"DENIED", true},    {"REFUSED", true},     {"P50", true},      {"P99", true},
    };
    const json_t *list = json_object_get(stats, "listeners");
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *listener = json_array_get(list, i);
        const json_t *addresses = json_object_get(listener, "addresses");
        char more[BRINK_TABLE_CELL];
        size_t count = json_array_size(addresses);
        const char *first = json_string_value(json_array_get(addresses, 0));
        (void)snprintf(more, sizeof more, count > 1 ? "%.100s +%zu" : "%.100s",
                       first != NULL ? first : "-", count - 1);
        brink_table_text(&table, brink_value_text(listener, "name"));
        brink_table_text(&table, more);
        brink_table_text(&table, brink_value_text(listener, "service"));
        brink_table_text(&table, brink_value_text(listener, "upstream"));
        put_key(&table, listener, "clients");
        put_key(&table, listener, "accepted");
        put_sides(&table, listener, "frames");
        put_sizes(&table, listener, "bytes");
        put_sides(&table, listener, "frames_cut");
        put_key(&table, listener, "denied");
        put_key(&table, listener, "refused");
        put_time(&table, listener, "p50");
        put_time(&table, listener, "p99");
    }
    return brink_table_end(&table, out);
}

static bool show_upstreams(FILE *out, const json_t *stats, double now)
{
    static const struct brink_table_column columns[] = {
        {"UPSTREAM", false}, {"SERVERS", true},  {"USABLE", true},   {"CONNECTIONS", true},
        {"QUEUED", true},    {"FAILURES", true}, {"EJECTIONS", true}};
    const json_t *list = json_object_get(stats, "upstreams");
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *upstream = json_array_get(list, i);
        brink_table_text(&table, brink_value_text(upstream, "name"));
        put_key(&table, upstream, "server_count");
        put_key(&table, upstream, "usable");
        put_key(&table, upstream, "connections");
        put_key(&table, upstream, "queued");
        put_key(&table, upstream, "connect_failures");
        put_key(&table, upstream, "ejections");
    }
    return brink_table_end(&table, out);
}

static void put_server(struct brink_table *table, const json_t *upstream, const json_t *server)
{
    brink_table_text(table, brink_value_text(upstream, "name"));
    brink_table_text(table, brink_value_text(server, "name"));
    brink_table_text(table, brink_value_text(server, "address"));
    brink_table_text(table, brink_value_text(server, "state"));
    put_duration(table, server, "state_seconds");
    put_key(table, server, "weight");
    put_key(table, server, "tier");
    put_key(table, server, "connections");
    put_key(table, server, "total_connections");
    put_sides(table, server, "frames");
    put_key(table, server, "connect_failures");
    put_key(table, server, "unanswered");
    put_key(table, server, "resets");
    put_key(table, server, "ejections");
}

static bool show_servers(FILE *out, const json_t *stats, double now)
{
    static const struct brink_table_column columns[] = {
        {"UPSTREAM", false},  {"SERVER", false}, {"ADDRESS", false}, {"STATE", false},
        {"FOR", true},        {"WEIGHT", true},  {"TIER", true},     {"CONNECTIONS", true},
        {"OPENED", true},     {"FRAMES", true},  {"REPLIES", true},  {"FAILURES", true},
        {"UNANSWERED", true}, {"RESETS", true},  {"EJECTIONS", true}};
    const json_t *list = json_object_get(stats, "upstreams");
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *upstream = json_array_get(list, i);
        const json_t *servers = json_object_get(upstream, "servers");
        for (size_t j = 0; j < json_array_size(servers); j++)
            put_server(&table, upstream, json_array_get(servers, j));
    }
    return brink_table_end(&table, out);
}

static bool show_workers(FILE *out, const json_t *stats, double now)
{
    static const struct brink_table_column columns[] = {
        {"WORKER", true}, {"CPU", true},     {"CLIENTS", true},    {"FRAMES", true},
        {"TURNS", true},  {"EVENTS", true},  {"LONG-TURNS", true}, {"LONGEST", true},
        {"STALE", true},  {"BUFFERED", true}};
    const json_t *list = json_object_get(stats, "workers");
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *worker = json_array_get(list, i);
        char longest[BRINK_VALUE_TEXT];
        (void)snprintf(longest, sizeof longest, "%.0f ms",
                       1000 * brink_value_number(worker, "longest_turn_seconds", NULL));
        put_key(&table, worker, "worker");
        put_duration(&table, worker, "cpu_seconds");
        put_key(&table, worker, "clients");
        put_key(&table, worker, "frames");
        put_key(&table, worker, "turns");
        put_key(&table, worker, "events");
        put_key(&table, worker, "long_turns");
        brink_table_text(&table, longest);
        put_key(&table, worker, "stale_events");
        put_size(&table, worker, "buffered_bytes");
    }
    return brink_table_end(&table, out);
}

/* Where a client stands in a frame: "c12" is a client's frame of which 12 bytes are to come. */
static const char *standing(const json_t *client, char text[BRINK_VALUE_TEXT])
{
    const json_t *within = json_object_get(client, "mid_frame");
    size_t used = 0;
    text[0] = '\0';
    if (json_is_true(json_object_get(within, "client")))
        used += (size_t)snprintf(text, BRINK_VALUE_TEXT / 2, "c%" PRIu64,
                                 brink_value_count(client, "missing_bytes", "client"));
    if (json_is_true(json_object_get(within, "upstream")))
        (void)snprintf(text + used, BRINK_VALUE_TEXT / 2, "%su%" PRIu64, used > 0 ? "," : "",
                       brink_value_count(client, "missing_bytes", "upstream"));
    return text;
}

static void put_client(struct brink_table *table, const json_t *client)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_text(client, "id"));
    brink_table_text(table, brink_value_text(client, "listener"));
    brink_table_text(table, brink_value_text(client, "peer"));
    brink_table_text(table, brink_value_text(client, "server"));
    brink_table_text(table, brink_value_text(client, "state"));
    put_duration(table, client, "age_seconds");
    put_duration(table, client, "quiet_seconds");
    put_sides(table, client, "frames");
    put_sizes(table, client, "bytes");
    brink_table_text(table,
                     brink_value_size(brink_value_number(client, "queued_bytes", "client") +
                                          brink_value_number(client, "queued_bytes", "upstream"),
                                      text));
    brink_table_text(table, standing(client, text));
}

static bool show_clients(FILE *out, const json_t *answer, double now)
{
    static const struct brink_table_column columns[] = {
        {"CLIENT", false}, {"LISTENER", false}, {"PEER", false},       {"SERVER", false},
        {"STATE", false},  {"AGE", true},       {"QUIET", true},       {"FRAMES", true},
        {"REPLIES", true}, {"BYTES", true},     {"REPLY-BYTES", true}, {"QUEUED", true},
        {"MISSING", true}};
    const json_t *list = json_object_get(answer, "clients");
    uint64_t count = brink_value_count(answer, "count", NULL);
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++)
        put_client(&table, json_array_get(list, i));
    bool whole = brink_table_end(&table, out);
    if (count > json_array_size(list))
        (void)fprintf(out, "%zu of %" PRIu64 "; --limit N shows more\n", json_array_size(list),
                      count);
    return whole;
}

static void put_pool(struct brink_table *table, const json_t *worker, const json_t *pool)
{
    put_key(table, worker, "worker");
    brink_table_text(table, brink_value_text(pool, "name"));
    put_key(table, pool, "objects");
    put_size(table, pool, "bytes");
    put_size(table, pool, "free_bytes");
}

static bool show_pools(FILE *out, const json_t *stats, double now)
{
    static const struct brink_table_column columns[] = {
        {"WORKER", true}, {"POOL", false}, {"OBJECTS", true}, {"BYTES", true}, {"FREE", true}};
    const json_t *list = json_object_get(stats, "workers");
    struct brink_table table;
    (void)now;
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *worker = json_array_get(list, i);
        const json_t *pools = json_object_get(worker, "pools");
        for (size_t j = 0; j < json_array_size(pools); j++)
            put_pool(&table, worker, json_array_get(pools, j));
    }
    return brink_table_end(&table, out);
}

/* --- lines of the log --- */

static void put_pair(FILE *out, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_integer(value))
        (void)fprintf(out, " %s=%" PRId64, key, (int64_t)json_integer_value(value));
    else if (json_is_real(value))
        (void)fprintf(out, " %s=%g", key, json_real_value(value));
    else if (text != NULL && strpbrk(text, " \"=") == NULL)
        (void)fprintf(out, " %s=%s", key, text);
    else if (text != NULL)
        (void)fprintf(out, " %s=\"%s\"", key, text);
}

static bool show_errors(FILE *out, const json_t *answer, double now)
{
    const json_t *list = json_object_get(answer, "errors");
    (void)now;
    for (size_t i = json_array_size(list); i > 0; i--) { /* the newest last, as in a log */
        json_t *line = json_array_get(list, i - 1);
        const char *time = brink_value_text(line, "time");
        const char *level = brink_value_text(line, "level");
        const char *key;
        json_t *value;
        (void)fprintf(out, "%s %-5s", time != NULL ? time : "", level != NULL ? level : "");
        json_object_foreach(line, key, value)
        {
            if (strcmp(key, "time") != 0 && strcmp(key, "level") != 0)
                put_pair(out, key, value);
        }
        (void)fputc('\n', out);
    }
    if (json_array_size(list) == 0)
        (void)fputs("no warning and no error\n", out);
    return true;
}

bool brink_control_show(FILE *out, enum brink_control_view view, const json_t *answer, double now)
{
    static bool (*const shows[BRINK_CONTROL_VIEWS])(FILE * out, const json_t *answer,
                                                    double now) = {
        [BRINK_CONTROL_SUMMARY] = show_summary,     [BRINK_CONTROL_LISTENERS] = show_listeners,
        [BRINK_CONTROL_UPSTREAMS] = show_upstreams, [BRINK_CONTROL_SERVERS] = show_servers,
        [BRINK_CONTROL_CLIENTS] = show_clients,     [BRINK_CONTROL_WORKERS] = show_workers,
        [BRINK_CONTROL_POOLS] = show_pools,         [BRINK_CONTROL_ERRORS] = show_errors,
    };
    return shows[view](out, answer, now);
}
