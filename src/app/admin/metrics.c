#include "app/admin/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "app/admin/escape.h"
#include "app/admin/figure.h"
#include "brink/version.h"

/* Things of one kind: their figures, and what tells them apart. */
struct kind {
    const struct brink_admin_table *table;
    size_t count;
    const void *first; /* of an array of structures that begin with the figures */
    size_t size;       /* of each */
    void (*labels)(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index);
};

static void label(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, "%s=", name);
    brink_admin_escape_label(out, value);
}

static void listener_labels(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    label(out, "listener", snapshot->listeners[index].name);
}

static void upstream_labels(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    label(out, "upstream", snapshot->upstreams[index].name);
}

static void server_labels(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    const struct brink_admin_server *server = &snapshot->servers[index];
    upstream_labels(out, snapshot, server->upstream);
    (void)fputc(',', out);
    label(out, "server", server->name);
    (void)fputc(',', out);
    label(out, "address", server->address);
}

static void worker_labels(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    (void)snapshot;
    (void)fprintf(out, "worker=\"%zu\"", index);
}

static void pool_labels(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    worker_labels(out, snapshot, snapshot->pools[index].worker);
    (void)fputc(',', out);
    label(out, "pool", snapshot->pools[index].figures.name);
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void write_head(FILE *out, const char *metric, const char *help, const char *type)
{
    (void)fprintf(out, "# HELP %s ", metric);
    brink_admin_escape_help(out, help);
    (void)fprintf(out, "\n# TYPE %s %s\n", metric, type);
}

static void write_plain_head(FILE *out, const char *metric, const char *help)
{
    write_head(out, metric, help, ends_in(metric, "_total") ? "counter" : "gauge");
}

/* One thing of a kind: where its samples are written, and what they have in common. */
struct writing {
    FILE *out;
    const struct brink_admin_snapshot *snapshot;
    const struct kind *kind;
    const struct brink_admin_field *field;
    size_t index;
};

static void next_label(FILE *out, bool *begun, const char *name, const char *value)
{
    (void)fputc(*begun ? ',' : '{', out);
    label(out, name, value);
    *begun = true;
}

/* The name and all labels of a sample but `le`; true if there are any. */
static bool begin_sample(const struct writing *writing, const char *suffix, size_t side,
                         const char *part)
{
    FILE *out = writing->out;
    struct brink_admin_parts parts = brink_admin_parts_of(writing->field->form);
    bool begun = writing->kind->labels != NULL;
    (void)fprintf(out, "%s%s", writing->field->metric, suffix);
    if (begun) {
        (void)fputc('{', out);
        writing->kind->labels(out, writing->snapshot, writing->index);
    }
    if (parts.by_side)
        next_label(out, &begun, "side", brink_admin_side_name(side));
    if (parts.label != NULL)
        next_label(out, &begun, parts.label, part);
    return begun;
}

static void end_labels(const struct writing *writing, bool begun)
{
    (void)fputs(begun ? "} " : " ", writing->out);
}

/* A bucket counts all up to its bound, those of the buckets below as well. */
static void write_histogram(const struct writing *writing, const struct brink_histogram *histogram,
                            size_t side)
{
    FILE *out = writing->out;
    enum brink_histogram_kind kind = brink_admin_histogram_kind(writing->field->form);
    const uint64_t *bounds;
    size_t count = brink_histogram_bounds(kind, &bounds);
    uint64_t below = 0;
    for (size_t i = 0; i <= count; i++) {
        below += histogram->counts[i];
        bool begun = begin_sample(writing, "_bucket", side, NULL);
        (void)fputs(begun ? ",le=\"" : "{le=\"", out);
        if (i < count)
            brink_admin_value_write(out, kind, bounds[i]);
        else
            (void)fputs("+Inf", out);
        (void)fprintf(out, "\"} %" PRIu64 "\n", below);
    }
    end_labels(writing, begin_sample(writing, "_sum", side, NULL));
    brink_admin_value_write(out, kind, histogram->sum);
    (void)fputc('\n', out);
    end_labels(writing, begin_sample(writing, "_count", side, NULL));
    (void)fprintf(out, "%" PRIu64 "\n", below);
}

static void write_side(const struct writing *writing, size_t side)
{
    const struct kind *kind = writing->kind;
    const struct brink_admin_field *field = writing->field;
    const void *stats = (const char *)kind->first + writing->index * kind->size;
    struct brink_admin_parts parts = brink_admin_parts_of(field->form);
    const struct brink_histogram *histogram = brink_admin_histogram_of(field, stats, side);
    if (histogram != NULL) {
        write_histogram(writing, histogram, side);
        return;
    }
    for (size_t part = 0; part < parts.count; part++) {
        const char *name = brink_admin_part_name(field->form, part);
        if (parts.label != NULL && name == NULL)
            continue;
        end_labels(writing, begin_sample(writing, "", side, name));
        brink_admin_figure_write(writing->out, field, stats, side, part);
        (void)fputc('\n', writing->out);
    }
}

static void write_samples(const struct writing *writing)
{
    bool by_side = brink_admin_parts_of(writing->field->form).by_side;
    for (size_t side = 0; side < (by_side ? 2U : 1U); side++)
        write_side(writing, side);
}

static void write_kind(FILE *out, const struct brink_admin_snapshot *snapshot,
                       const struct kind *kind)
{
    for (size_t i = 0; i < kind->table->count && kind->count > 0; i++) {
        struct writing writing = {out, snapshot, kind, &kind->table->fields[i], 0};
        const struct brink_admin_field *field = writing.field;
        if (field->metric == NULL)
            continue;
        if (brink_admin_histogram_of(field, kind->first, 0) != NULL)
            write_head(out, field->metric, field->help, "histogram");
        else
            write_plain_head(out, field->metric, field->help);
        for (; writing.index < kind->count; writing.index++)
            write_samples(&writing);
    }
}

static void write_process(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    write_plain_head(out, "brink_build_info", "Which brink this is.");
    (void)fputs("brink_build_info{", out);
    label(out, "version", brink_version());
    (void)fputs("} 1\n", out);
    write_plain_head(out, "brink_start_time_seconds", "When it started, in seconds since 1970.");
    (void)fprintf(out, "brink_start_time_seconds %" PRIu64 ".%03" PRIu64 "\n",
                  snapshot->started_ns / 1000000000, snapshot->started_ns / 1000000 % 1000);
}

static void write_number(FILE *out, const char *metric, const char *help, uint64_t number)
{
    write_plain_head(out, metric, help);
    (void)fprintf(out, "%s %" PRIu64 "\n", metric, number);
}

static void write_config(FILE *out, const struct brink_admin_program *program)
{
    if (program == NULL || program->config == NULL)
        return;
    uint64_t read_ns = atomic_load(&program->config_ns);
    write_plain_head(out, "brink_config_info", "Which configuration this is.");
    (void)fputs("brink_config_info{", out);
    label(out, "path", program->config);
    (void)fputs("} 1\n", out);
    write_number(out, "brink_config_reloads_total", "Times that it was read anew and taken over.",
                 atomic_load(&program->reloads));
    write_number(out, "brink_config_reload_failures_total",
                 "Times that it could not be: the one before stayed in force.",
                 atomic_load(&program->reload_failures));
    write_number(out, "brink_config_last_reload_successful", "0 if the last time it could not be.",
                 !atomic_load(&program->config_failed));
    write_plain_head(out, "brink_config_time_seconds",
                     "When what is in force was read, in seconds since 1970.");
    (void)fprintf(out, "brink_config_time_seconds %" PRIu64 ".%03" PRIu64 "\n",
                  read_ns / 1000000000, read_ns / 1000000 % 1000);
}

/* What does not change, once for each address: to be joined with other metrics. */
static void write_addresses(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    char text[BRINK_ADMIN_NAME_MAX];
    write_plain_head(out, "brink_listener_info",
                     "1 for each address of a listener, and what it does.");
    for (size_t i = 0; i < snapshot->listener_count; i++) {
        const struct brink_server_listener_stats *listener = &snapshot->listeners[i];
        for (size_t j = 0; j < listener->address_count; j++) {
            (void)fputs("brink_listener_info{", out);
            listener_labels(out, snapshot, i);
            (void)fputc(',', out);
            label(out, "address",
                  brink_server_address(snapshot->server, listener->first_address + j, text,
                                       sizeof text));
            (void)fputc(',', out);
            label(out, "service", listener->service);
            (void)fputc(',', out);
            label(out, "upstream", listener->upstream != NULL ? listener->upstream : "");
            (void)fputs("} 1\n", out);
        }
    }
}

void brink_admin_metrics_write(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    const struct kind kinds[] = {
        {&brink_admin_totals, 1, &snapshot->totals, sizeof snapshot->totals, NULL},
        {&brink_admin_listeners, snapshot->listener_count, snapshot->listeners,
         sizeof snapshot->listeners[0], listener_labels},
        {&brink_admin_listener_figures, snapshot->listener_count, snapshot->listener_figures,
         sizeof snapshot->listener_figures[0], listener_labels},
        {&brink_admin_upstreams, snapshot->upstream_count, snapshot->upstreams,
         sizeof snapshot->upstreams[0], upstream_labels},
        {&brink_admin_upstream_figures, snapshot->upstream_count, snapshot->upstream_figures,
         sizeof snapshot->upstream_figures[0], upstream_labels},
        {&brink_admin_servers, snapshot->server_count, snapshot->servers,
         sizeof snapshot->servers[0], server_labels},
        {&brink_admin_workers, snapshot->worker_count, snapshot->workers,
         sizeof snapshot->workers[0], worker_labels},
        {&brink_admin_worker_figures, snapshot->worker_count, snapshot->worker_figures,
         sizeof snapshot->worker_figures[0], worker_labels},
        {&brink_admin_pools, snapshot->pool_count, snapshot->pools, sizeof snapshot->pools[0],
         pool_labels},
    };
    write_process(out, snapshot);
    write_config(out, snapshot->program);
    write_addresses(out, snapshot);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        write_kind(out, snapshot, &kinds[i]);
}
