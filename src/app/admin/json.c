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

/* {"client":1,"upstream":2} */
static void write_parts(FILE *out, const struct brink_admin_field *field, const void *stats,
                        size_t count)
{
    const char *before = "{";
    for (size_t part = 0; part < count; part++) {
        const char *name = brink_admin_part_name(field->form, part);
        if (name == NULL)
            continue;
        write_key(out, name, before);
        brink_admin_figure_write(out, field, stats, part);
        before = ",";
    }
    (void)fputc('}', out);
}

static void write_field(FILE *out, const struct brink_admin_field *field, const void *stats)
{
    struct brink_admin_parts parts = brink_admin_parts_of(field->form);
    const void *at = (const char *)stats + field->at;
    write_key(out, field->name, ",");
    if (field->form == BRINK_ADMIN_STATE)
        brink_admin_escape_json(
            out, brink_upstream_server_state_name(*(const enum brink_upstream_server_state *)at));
    else if (field->form == BRINK_ADMIN_BOOL)
        (void)fputs(*(const bool *)at ? "true" : "false", out);
    else if (parts.label != NULL)
        write_parts(out, field, stats, parts.count);
    else
        brink_admin_figure_write(out, field, stats, 0);
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
    (void)fputc('}', out);
}

static void write_upstream(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    const char *before = "";
    write_text(out, "name", snapshot->upstreams[index].name, "{");
    write_fields(out, &brink_admin_upstreams, &snapshot->upstreams[index]);
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

static void write_worker(FILE *out, const struct brink_admin_snapshot *snapshot, size_t index)
{
    (void)fprintf(out, "{\"worker\":%zu", index);
    write_fields(out, &brink_admin_workers, &snapshot->workers[index]);
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

void brink_admin_json_write(FILE *out, const struct brink_admin_snapshot *snapshot)
{
    write_text(out, "version", brink_version(), "{");
    (void)fprintf(out, ",\"start_time_seconds\":%" PRIu64 ".%03" PRIu64,
                  snapshot->started_ns / 1000000000, snapshot->started_ns / 1000000 % 1000);
    (void)fprintf(out, ",\"time_seconds\":%" PRIu64 ".%06" PRIu64, snapshot->taken_ns / 1000000000,
                  snapshot->taken_ns / 1000 % 1000000);
    write_fields(out, &brink_admin_totals, &snapshot->totals);
    write_list(out, snapshot, "listeners", snapshot->listener_count, write_listener);
    write_list(out, snapshot, "upstreams", snapshot->upstream_count, write_upstream);
    write_list(out, snapshot, "workers", snapshot->worker_count, write_worker);
    (void)fputs("}\n", out);
}
