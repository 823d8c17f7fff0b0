#include "app/admin/json.h"

#include <inttypes.h>

#include "app/admin/escape.h"
#include "app/admin/figure.h"
#include "brink/version.h"

static void write_key(FILE *out, const char *key, const char *before)
{
    (void)fprintf(out, "%s\"%s\":", before, key);
}

static void write_text(FILE *out, const char *key, const char *text, const char *before)
{
    write_key(out, key, before);
    brink_admin_escape_json(out, text);
}

/* {"bounds":[16,64],"counts":[1,0,2],"sum":300,"p50":5,"p99":80}: one count more than bounds. */
static void write_histogram(FILE *out, const struct brink_histogram *histogram,
                            enum brink_histogram_kind kind)
{
    static const struct {
        const char *name;
        unsigned thousandths;
    } quantiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}};
    const uint64_t *bounds;
    size_t count = brink_histogram_bounds(kind, &bounds);
    (void)fputs("{\"bounds\":[", out);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i > 0 ? "," : "", out);
        brink_admin_value_write(out, kind, bounds[i]);
    }
    (void)fputs("],\"counts\":[", out);
    for (size_t i = 0; i <= count; i++)
        (void)fprintf(out, "%s%" PRIu64, i > 0 ? "," : "", histogram->counts[i]);
    (void)fputs("],\"sum\":", out);
    brink_admin_value_write(out, kind, histogram->sum);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        write_key(out, quantiles[i].name, ",");
        brink_admin_value_write(
            out, kind, brink_histogram_quantile(histogram, kind, quantiles[i].thousandths));
    }
    (void)fputc('}', out);
}

/* {"too-large":1,"overlong":0} */
static void write_parts(FILE *out, const struct brink_admin_field *field, const void *stats,
                        size_t side, size_t count)
{
    const char *before = "{";
    for (size_t part = 0; part < count; part++) {
        const char *name = brink_admin_part_name(field->form, part);
        if (name == NULL)
            continue;
        write_key(out, name, before);
        brink_admin_figure_write(out, field, stats, side, part);
        before = ",";
    }
    (void)fputc('}', out);
}

static void write_side(FILE *out, const struct brink_admin_field *field, const void *stats,
                       size_t side)
{
    struct brink_admin_parts parts = brink_admin_parts_of(field->form);
    const struct brink_histogram *histogram = brink_admin_histogram_of(field, stats, side);
    if (histogram != NULL)
        write_histogram(out, histogram, brink_admin_histogram_kind(field->form));
    else if (parts.label != NULL)
        write_parts(out, field, stats, side, parts.count);
    else
        brink_admin_figure_write(out, field, stats, side, 0);
}

/* {"client":1,"upstream":2} */
static void write_sides(FILE *out, const struct brink_admin_field *field, const void *stats)
{
    for (size_t side = 0; side < 2; side++) {
        write_key(out, brink_admin_side_name(side), side == 0 ? "{" : ",");
        write_side(out, field, stats, side);
    }
    (void)fputc('}', out);
}

static void write_field(FILE *out, const struct brink_admin_field *field, const void *stats)
{
    const void *at = (const char *)stats + field->at;
    write_key(out, field->name, ",");
    if (field->form == BRINK_ADMIN_STATE)
        brink_admin_escape_json(
            out, brink_upstream_server_state_name(*(const enum brink_upstream_server_state *)at));
    else if (field->form == BRINK_ADMIN_BOOL)
        (void)fputs(*(const bool *)at ? "true" : "false", out);
    else if (brink_admin_parts_of(field->form).by_side)
        write_sides(out, field, stats);
    else
        write_side(out, field, stats, 0);
}

/* Behind something that stands before. */
static void write_fields(FILE *out, const struct brink_admin_table *table, const void *stats)
{
    for (size_t i = 0; i < table->count; i++)
        write_field(out, &table->fields[i], stats);
}

static void write_listener(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    char text[BRINK_ADMIN_NAME_MAX];
    const struct brink_server_listener_stats *listener = &snapshot->listeners[index];
    write_text(out, "name", listener->name, "{");
    write_text(out, "service", listener->service, ",");
    write_text(out, "upstream", listener->upstream, ",");
    write_key(out, "addresses", ",");
    (void)fputc('[', out);
    for (size_t i = 0; i < listener->address_count; i++) {
        (void)fputs(i > 0 ? "," : "", out);
        brink_admin_escape_json(
            out,
            brink_server_address(snapshot->server, listener->first_address + i, text, sizeof text));
    }
    (void)fputc(']', out);
    write_fields(out, &brink_admin_listeners, listener);
    write_fields(out, &brink_admin_listener_figures, &snapshot->listener_figures[index]);
    (void)fputc('}', out);
}

static void write_upstream(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    const char *before = "";
    write_text(out, "name", snapshot->upstreams[index].name, "{");
    write_fields(out, &brink_admin_upstreams, &snapshot->upstreams[index]);
    write_fields(out, &brink_admin_upstream_figures, &snapshot->upstream_figures[index]);
    write_key(out, "servers", ",");
    (void)fputc('[', out);
    for (size_t i = 0; i < snapshot->server_count; i++) {
        const struct brink_admin_server *server = &snapshot->servers[i];
        if (server->upstream != index)
            continue;
        (void)fputs(before, out);
        write_text(out, "name", server->name, "{");
        write_text(out, "address", server->address, ",");
        write_fields(out, &brink_admin_servers, &server->stats);
        (void)fputc('}', out);
        before = ",";
    }
    (void)fputs("]}", out);
}

static void write_pools(FILE *out, const struct brink_admin_snapshot *snapshot, size_t worker)
{
    const char *before = "";
    write_key(out, "pools", ",");
    (void)fputc('[', out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        const struct brink_admin_pool *pool = &snapshot->pools[i];
        if (pool->worker != worker)
            continue;
        (void)fputs(before, out);
        write_text(out, "name", pool->figures.name, "{");
        write_fields(out, &brink_admin_pools, &pool->figures);
        (void)fputc('}', out);
        before = ",";
    }
    (void)fputc(']', out);
}

static void write_worker(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    (void)fprintf(out, "{\"worker\":%zu", index);
    write_fields(out, &brink_admin_workers, &snapshot->workers[index]);
    write_fields(out, &brink_admin_worker_figures, &snapshot->worker_figures[index]);
    write_pools(out, snapshot, index);
    (void)fputc('}', out);
}

static void
write_list(FILE *out, const struct brink_admin_snapshot *snapshot, const char *key, size_t count,
           void (*write)(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index))
{
    write_key(out, key, ",\n");
    (void)fputc('[', out);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i > 0 ? ",\n" : "", out);
        write(out, snapshot, i);
    }
    (void)fputc(']', out);
}

/* "config":null where there is none. */
static void write_config(FILE *out, const struct brink_admin_program *program)
{
    write_key(out, "config", ",\n");
    if (program == NULL || program->config == NULL) {
        (void)fputs("null", out);
        return;
    }
    uint64_t read_ns = atomic_load(&program->config_ns);
    write_text(out, "path", program->config, "{");
    (void)fprintf(out,
                  ",\"reloads\":%" PRIu64 ",\"reload_failures\":%" PRIu64
                  ",\"last_reload_failed\":%s,\"time_seconds\":%" PRIu64 ".%03" PRIu64 "}",
                  atomic_load(&program->reloads), atomic_load(&program->reload_failures),
                  atomic_load(&program->config_failed) ? "true" : "false", read_ns / 1000000000,
                  read_ns / 1000000 % 1000);
}

void brink_admin_json_write(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    write_text(out, "version", brink_version(), "{");
    (void)fprintf(out, ",\"start_time_seconds\":%" PRIu64 ".%03" PRIu64,
                  snapshot->started_ns / 1000000000, snapshot->started_ns / 1000000 % 1000);
    (void)fprintf(out, ",\"time_seconds\":%" PRIu64 ".%06" PRIu64, snapshot->taken_ns / 1000000000,
                  snapshot->taken_ns / 1000 % 1000000);
    write_fields(out, &brink_admin_totals, &snapshot->totals);
    write_config(out, snapshot->program);
    write_list(out, snapshot, "listeners", snapshot->listener_count, write_listener);
    write_list(out, snapshot, "upstreams", snapshot->upstream_count, write_upstream);
    write_list(out, snapshot, "workers", snapshot->worker_count, write_worker);
    (void)fputs("}\n", out);
}
