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

static void write_head(FILE *out, const char *metric, const char *help)
{
    size_t length = strlen(metric);
    bool counts = length > 6 && strcmp(metric + length - 6, "_total") == 0;
    (void)fprintf(out, "# HELP %s ", metric);
    brink_admin_escape_help(out, help);
    (void)fprintf(out, "\n# TYPE %s %s\n", metric, counts ? "counter" : "gauge");
}

static void write_samples(FILE *out, const struct brink_admin_snapshot *snapshot,
                          const struct kind *kind, const struct brink_admin_field *field,
                          size_t index)
{
    const void *stats = (const char *)kind->first + index * kind->size;
    struct brink_admin_parts parts = brink_admin_parts_of(field->form);
    for (size_t part = 0; part < parts.count; part++) {
        const char *name = brink_admin_part_name(field->form, part);
        if (parts.label != NULL && name == NULL)
            continue;
        (void)fputs(field->metric, out);
        if (kind->labels != NULL) {
            (void)fputc('{', out);
            kind->labels(out, snapshot, index);
            if (parts.label != NULL) {
                (void)fputc(',', out);
                label(out, parts.label, name);
            }
            (void)fputc('}', out);
        }
        (void)fputc(' ', out);
        brink_admin_figure_write(out, field, stats, part);
        (void)fputc('\n', out);
    }
}

static void write_kind(FILE *out, const struct brink_admin_snapshot *snapshot,
                       const struct kind *kind)
{
    for (size_t i = 0; i < kind->table->count && kind->count > 0; i++) {
        const struct brink_admin_field *field = &kind->table->fields[i];
        write_head(out, field->metric, field->help);
        for (size_t index = 0; index < kind->count; index++)
            write_samples(out, snapshot, kind, field, index);
    }
}

static void write_process(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    write_head(out, "brink_build_info", "Which brink this is.");
    (void)fputs("brink_build_info{", out);
    label(out, "version", brink_version());
    (void)fputs("} 1\n", out);
    write_head(out, "brink_start_time_seconds", "When it started, in seconds since 1970.");
    (void)fprintf(out, "brink_start_time_seconds %" PRIu64 ".%03" PRIu64 "\n",
                  snapshot->started_ns / 1000000000, snapshot->started_ns / 1000000 % 1000);
}

/* What does not change, once for each address: to be joined with other metrics. */
static void write_addresses(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    char text[BRINK_ADMIN_NAME_MAX];
    write_head(out, "brink_listener_info", "1 for each address of a listener, and what it does.");
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
        {&brink_admin_upstreams, snapshot->upstream_count, snapshot->upstreams,
         sizeof snapshot->upstreams[0], upstream_labels},
        {&brink_admin_servers, snapshot->server_count, snapshot->servers,
         sizeof snapshot->servers[0], server_labels},
        {&brink_admin_workers, snapshot->worker_count, snapshot->workers,
         sizeof snapshot->workers[0], worker_labels},
    };
    write_process(out, snapshot);
    write_addresses(out, snapshot);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        write_kind(out, snapshot, &kinds[i]);
}
