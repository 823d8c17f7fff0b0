#include "app/admin/clients.h"

#include <inttypes.h>

#include "app/admin/escape.h"
#include "app/admin/request.h"

static void write_text(FILE *out, const char *key, const char *value)
{
    (void)fprintf(out, ",\"%s\":", key);
    brink_admin_escape_json(out, value);
}

static void write_seconds(FILE *out, const char *key, uint64_t ms)
{
    (void)fprintf(out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ms / 1000, ms % 1000);
}

static void write_sides(FILE *out, const char *key, const uint64_t values[2])
{
    (void)fprintf(out, ",\"%s\":{\"client\":%" PRIu64 ",\"upstream\":%" PRIu64 "}", key,
                  values[BRINK_SIDE_CLIENT], values[BRINK_SIDE_UPSTREAM]);
}

struct list {
    FILE *out;
    const char *before;
};

static void write_client(void *context, const struct brink_client_info *info)
{
    struct list *list = context;
    FILE *out = list->out;
    char id[BRINK_ADMIN_CLIENT_TEXT];
    (void)fprintf(out, "%s{\"id\":\"%s\"", list->before, brink_admin_client_format(info->id, id));
    list->before = ",\n";
    write_text(out, "listener", info->listener);
    write_text(out, "peer", info->peer);
    write_text(out, "upstream", info->upstream);
    write_text(out, "server", info->server);
    write_text(out, "server_address", info->server_address);
    write_text(out, "state", brink_client_state_name(info->state));
    (void)fprintf(out, ",\"worker\":%" PRIu32, info->worker);
    write_seconds(out, "age_seconds", info->age_ms);
    write_seconds(out, "quiet_seconds", info->quiet_ms);
    write_sides(out, "frames", info->frames);
    write_sides(out, "bytes", info->bytes);
    write_sides(out, "queued_bytes", info->queued);
    write_sides(out, "missing_bytes", info->missing);
    (void)fprintf(out, ",\"mid_frame\":{\"client\":%s,\"upstream\":%s}}",
                  info->mid_frame[BRINK_SIDE_CLIENT] ? "true" : "false",
                  info->mid_frame[BRINK_SIDE_UPSTREAM] ? "true" : "false");
}

brink_result brink_admin_clients_write(FILE *out, brink_admin_each_client *each,
                                       struct brink_server *server, const char *listener,
                                       size_t most)
{
    struct list list = {out, "\n"};
    size_t count = 0;
    (void)fputs("{\"clients\":[", out);
    brink_result result = each(server, listener, most, &count, write_client, &list);
    (void)fprintf(out, "],\"count\":%zu}\n", count);
    return result;
}
