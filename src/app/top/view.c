#include "app/top/view.h"

#include <inttypes.h>
#include <string.h>

#include "app/control/table.h"
#include "app/control/value.h"
#include "app/top/rows.h"

#define COLUMNS(columns) columns, sizeof(columns) / sizeof(columns)[0]

enum { LISTENER_MOST = 14, SERVER_MOST = 20 }; /* so that all columns are in 80 */

const char brink_top_view_keys[] =
    "q quit p pause  a all l listeners s servers w workers  sort c f b n o  r turn";

/* --- keys --- */

bool brink_top_view_key(struct brink_top_view *view, int key)
{
    static const char parts[] = "alsw"; /* in the order of their enums */
    static const char sorts[] = "oncfb";
    if (key <= 0 || key > 0x7e)
        return true;
    const char *part = strchr(parts, key);
    const char *sort = strchr(sorts, key);
    if (part != NULL)
        view->part = (enum brink_top_part)(part - parts);
    if (sort != NULL)
        view->sort = (enum brink_top_sort)(sort - sorts);
    if (key == 'r')
        view->reverse = !view->reverse;
    if (key == 'p' || key == ' ')
        view->paused = !view->paused;
    return key != 'q' && key != 'Q';
}

/* --- cells --- */

static void put_short(struct brink_table *table, double value)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_short(value, text));
}

static void put_size(struct brink_table *table, double value)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_size(value, text));
}

static void put_name(struct brink_table *table, const struct brink_top_row *row)
{
    char text[BRINK_TABLE_CELL];
    const char *name = brink_value_text(row->now, "name");
    bool server = row->owner != NULL;
    size_t most = server ? SERVER_MOST : LISTENER_MOST;
    (void)snprintf(text, sizeof text, "%.60s%s%.60s", server ? row->owner : "", server ? "/" : "",
                   name != NULL ? name : "");
    size_t length = strlen(text);
    if (length > most && server) /* what tells servers apart is mostly the end */
        memmove(text, text + length - most, most);
    if (length > most)
        text[most] = '\0';
    brink_table_text(table, text);
}

static void put_time(struct brink_table *table, double seconds)
{
    char text[BRINK_VALUE_TEXT];
    brink_table_text(table, brink_value_time(seconds, text));
}

static double rate(const struct brink_top_sample *sample, const struct brink_top_row *row,
                   const char *key, const char *part)
{
    return brink_top_sample_rate(sample, row->now, row->before, key, part);
}

static double both(const struct brink_top_sample *sample, const struct brink_top_row *row,
                   const char *key)
{
    return rate(sample, row, key, "client") + rate(sample, row, key, "upstream");
}

/* --- the head --- */

static void put_total(struct brink_table *table, const struct brink_top_sample *sample,
                      const char *name, const char *key, bool sizes)
{
    static const char *const sides[] = {"client", "upstream"};
    brink_table_text(table, name);
    for (size_t i = 0; i < 2; i++) {
        double value = brink_top_sample_sum_rate(sample, "listeners", key, sides[i]);
        if (sizes)
            put_size(table, value);
        else
            put_short(table, value);
    }
    for (size_t i = 0; i < 2; i++)
        brink_table_count(table, brink_value_sum(sample->now, "listeners", key, sides[i]));
}

static bool put_totals(FILE *out, const struct brink_top_sample *sample)
{
    static const struct brink_table_column columns[] = {{"TOTAL", false},
                                                        {"CLIENTS/S", true},
                                                        {"UPSTREAMS/S", true},
                                                        {"CLIENTS", true},
                                                        {"UPSTREAMS", true}};
    struct brink_table table;
    brink_table_begin(&table, COLUMNS(columns));
    put_total(&table, sample, "frames", "frames", false);
    put_total(&table, sample, "bytes", "bytes", true);
    put_total(&table, sample, "frames cut", "frames_cut", false);
    return brink_table_end(&table, out);
}

static double cpu_rate(const struct brink_top_sample *sample)
{
    const json_t *now = json_object_get(sample->now, "workers");
    const json_t *before = json_object_get(sample->before, "workers");
    double sum = 0;
    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *worker = json_array_get(now, i);
        sum += brink_top_sample_rate(
            sample, worker, brink_top_sample_before(before, worker, "worker"), "cpu_seconds", NULL);
    }
    return sum;
}

static bool put_head(FILE *out, const struct brink_top_view *view,
                     const struct brink_top_sample *sample, double now)
{
    char text[BRINK_VALUE_TEXT];
    char more[BRINK_VALUE_TEXT];
    const json_t *stats = sample->now;
    const char *version = brink_value_text(stats, "version");
    bool stopping = brink_value_count(stats, "stopping", NULL) != 0;
    (void)brink_value_duration(now - brink_value_number(stats, "start_time_seconds", NULL), text);
    (void)fprintf(out, "brink %s at %.60s, %s %s%s\n", version != NULL ? version : "?",
                  view->address, stopping ? "stopping after" : "up", text,
                  view->paused ? " [paused]" : "");
    if (view->trouble != NULL)
        (void)fprintf(out, "no answer, this is old: %.200s\n", view->trouble);
    (void)fprintf(
        out, "clients %" PRIu64 " of %" PRIu64 ", %" PRIu64 " accepted, %s/s new",
        brink_value_count(stats, "clients", NULL), brink_value_count(stats, "max_clients", NULL),
        brink_value_sum(stats, "listeners", "accepted", NULL),
        brink_value_short(brink_top_sample_sum_rate(sample, "listeners", "accepted", NULL), text));
    (void)fprintf(out, "; cpu %.0f%%; buffered %s\n\n", 100 * cpu_rate(sample),
                  brink_value_size(brink_value_number(stats, "buffered_bytes", NULL), more));
    return put_totals(out, sample);
}

/* --- listeners --- */

static double weigh_listener(const struct brink_top_sample *sample, const struct brink_top_row *row,
                             enum brink_top_sort sort)
{
    if (sort == BRINK_TOP_CLIENTS)
        return brink_value_number(row->now, "clients", NULL);
    return both(sample, row, sort == BRINK_TOP_FRAMES ? "frames" : "bytes");
}

static bool put_listeners(FILE *out, const struct brink_top_view *view,
                          const struct brink_top_sample *sample)
{
    static const struct brink_table_column columns[] = {
        {"LISTENER", false}, {"CLIENTS", true}, {"FRAMES/S", true},
        {"REPLY/S", true},   {"IN/S", true},    {"OUT/S", true},
        {"P50", true},       {"P99", true},     {"CUT", true}};
    struct brink_top_rows rows = {.rows = NULL};
    struct brink_table table;
    brink_top_rows_add(&rows, json_object_get(sample->now, "listeners"),
                       json_object_get(sample->before, "listeners"), "name", NULL);
    brink_top_rows_sort(&rows, sample, view, weigh_listener);
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < rows.count; i++) {
        const struct brink_top_row *row = &rows.rows[i];
        const json_t *times = json_object_get(row->now, "reply_duration_seconds");
        const json_t *earlier = json_object_get(row->before, "reply_duration_seconds");
        put_name(&table, row);
        brink_table_count(&table, brink_value_count(row->now, "clients", NULL));
        put_short(&table, rate(sample, row, "frames", "client"));
        put_short(&table, rate(sample, row, "frames", "upstream"));
        put_short(&table, rate(sample, row, "bytes", "client"));
        put_short(&table, rate(sample, row, "bytes", "upstream"));
        put_time(&table, brink_top_sample_percentile(times, earlier, 0.5));
        put_time(&table, brink_top_sample_percentile(times, earlier, 0.99));
        brink_table_count(&table, brink_value_count(row->now, "frames_cut", "client") +
                                      brink_value_count(row->now, "frames_cut", "upstream"));
    }
    bool whole = !rows.failed;
    brink_top_rows_free(&rows);
    return brink_table_end(&table, out) && whole;
}

/* --- servers --- */

static double weigh_server(const struct brink_top_sample *sample, const struct brink_top_row *row,
                           enum brink_top_sort sort)
{
    if (sort == BRINK_TOP_CLIENTS)
        return brink_value_number(row->now, "connections", NULL);
    return both(sample, row, sort == BRINK_TOP_FRAMES ? "frames" : "bytes");
}

static void add_servers(struct brink_top_rows *rows, const struct brink_top_sample *sample)
{
    const json_t *now = json_object_get(sample->now, "upstreams");
    const json_t *before = json_object_get(sample->before, "upstreams");
    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *upstream = json_array_get(now, i);
        const json_t *same = brink_top_sample_before(before, upstream, "name");
        brink_top_rows_add(rows, json_object_get(upstream, "servers"),
                           json_object_get(same, "servers"), "address",
                           brink_value_text(upstream, "name"));
    }
}

static bool put_servers(FILE *out, const struct brink_top_view *view,
                        const struct brink_top_sample *sample)
{
    static const struct brink_table_column columns[] = {
        {"SERVER", false}, {"STATE", false},   {"FOR", true},   {"WEIGHT", true},
        {"CONNS", true},   {"FRAMES/S", true}, {"REPLY", true}, {"FAILS", true}};
    struct brink_top_rows rows = {.rows = NULL};
    struct brink_table table;
    char text[BRINK_VALUE_TEXT];
    add_servers(&rows, sample);
    brink_top_rows_sort(&rows, sample, view, weigh_server);
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < rows.count; i++) {
        const struct brink_top_row *row = &rows.rows[i];
        double replies = rate(sample, row, "replies_timed", NULL);
        put_name(&table, row);
        brink_table_text(&table, brink_value_text(row->now, "state"));
        brink_table_text(&table, brink_value_duration(
                                     brink_value_number(row->now, "state_seconds", NULL), text));
        brink_table_count(&table, brink_value_count(row->now, "weight", NULL));
        brink_table_count(&table, brink_value_count(row->now, "connections", NULL));
        put_short(&table, rate(sample, row, "frames", "client"));
        put_time(&table, replies > 0 ? rate(sample, row, "reply_seconds", NULL) / replies : 0);
        brink_table_count(&table, brink_value_count(row->now, "connect_failures", NULL) +
                                      brink_value_count(row->now, "unanswered", NULL) +
                                      brink_value_count(row->now, "resets", NULL));
    }
    bool whole = !rows.failed;
    brink_top_rows_free(&rows);
    return brink_table_end(&table, out) && whole;
}

/* --- workers --- */

static double weigh_worker(const struct brink_top_sample *sample, const struct brink_top_row *row,
                           enum brink_top_sort sort)
{
    if (sort == BRINK_TOP_CLIENTS)
        return brink_value_number(row->now, "clients", NULL);
    return rate(sample, row, sort == BRINK_TOP_FRAMES ? "frames" : "cpu_seconds", NULL);
}

static bool put_workers(FILE *out, const struct brink_top_view *view,
                        const struct brink_top_sample *sample)
{
    static const struct brink_table_column columns[] = {
        {"WORKER", true},  {"CPU", true},        {"CLIENTS", true}, {"FRAMES/S", true},
        {"TURNS/S", true}, {"LONG-TURNS", true}, {"LONGEST", true}, {"BUFFERED", true}};
    struct brink_top_rows rows = {.rows = NULL};
    struct brink_table table;
    char text[BRINK_VALUE_TEXT];
    brink_top_rows_add(&rows, json_object_get(sample->now, "workers"),
                       json_object_get(sample->before, "workers"), "worker", NULL);
    brink_top_rows_sort(&rows, sample, view, weigh_worker);
    brink_table_begin(&table, COLUMNS(columns));
    for (size_t i = 0; i < rows.count; i++) {
        const struct brink_top_row *row = &rows.rows[i];
        brink_table_count(&table, brink_value_count(row->now, "worker", NULL));
        (void)snprintf(text, sizeof text, "%.0f%%", 100 * rate(sample, row, "cpu_seconds", NULL));
        brink_table_text(&table, text);
        brink_table_count(&table, brink_value_count(row->now, "clients", NULL));
        put_short(&table, rate(sample, row, "frames", NULL));
        put_short(&table, rate(sample, row, "turns", NULL));
        brink_table_count(&table, brink_value_count(row->now, "long_turns", NULL));
        (void)snprintf(text, sizeof text, "%.0f ms",
                       1000 * brink_value_number(row->now, "longest_turn_seconds", NULL));
        brink_table_text(&table, text);
        put_size(&table, brink_value_number(row->now, "buffered_bytes", NULL));
    }
    bool whole = !rows.failed;
    brink_top_rows_free(&rows);
    return brink_table_end(&table, out) && whole;
}

/* --- all of it --- */

static bool has(const struct brink_top_sample *sample, const char *list)
{
    return json_array_size(json_object_get(sample->now, list)) > 0;
}

bool brink_top_view_write(FILE *out, const struct brink_top_view *view,
                          const struct brink_top_sample *sample, double now)
{
    static const struct {
        enum brink_top_part part;
        const char *list;
        bool (*put)(FILE *out, const struct brink_top_view *view,
                    const struct brink_top_sample *sample);
    } parts[] = {{BRINK_TOP_LISTENERS, "listeners", put_listeners},
                 {BRINK_TOP_SERVERS, "upstreams", put_servers},
                 {BRINK_TOP_WORKERS, "workers", put_workers}};
    if (sample->now == NULL) {
        (void)fprintf(out, "%s; trying again\n",
                      view->trouble != NULL ? view->trouble : "waiting for an answer");
        return true;
    }
    bool whole = put_head(out, view, sample, now);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && whole; i++) {
        bool wanted =
            view->part == BRINK_TOP_ALL ? has(sample, parts[i].list) : view->part == parts[i].part;
        if (!wanted)
            continue;
        (void)fputc('\n', out);
        whole = parts[i].put(out, view, sample);
    }
    return whole;
}
