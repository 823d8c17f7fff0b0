#include "server/options.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "server/listener_check.h"
#include "server/server.h"
#include "server/upstream_check.h"
#include "server/view.h"

void brink_server_options_init(struct brink_server_options *options)
{
    *options = (struct brink_server_options){
        .service = BRINK_SERVICE_FRAMES,
        .max_clients = 4096,
        .idle_ms = 60 * 1000,
        .connect_ms = 5 * 1000,
        .buffer_memory = 256 * 1024 * 1024,
    };
    brink_spec_default(&options->spec);
}

struct brink_watermarks brink_watermarks_of(enum brink_server_service service, size_t high_bytes,
                                            size_t low_bytes)
{
    if (high_bytes != 0 || low_bytes != 0)
        return (struct brink_watermarks){high_bytes, low_bytes};
    if (service == BRINK_SERVICE_FRAMES)
        return (struct brink_watermarks){64 * 1024, 16 * 1024};
    return (struct brink_watermarks){1, 0};
}

brink_result brink_times_check(const struct brink_named_time *times, size_t count,
                               struct brink_message *why)
{
    for (size_t i = 0; i < count; i++)
        if (times[i].ms > BRINK_TIME_MAX_MS)
            return brink_message_set(why, "%s is %u ms; at most %d ms (12 days) are possible",
                                     times[i].name, (unsigned)times[i].ms, BRINK_TIME_MAX_MS);
    return brink_ok();
}

brink_result brink_name_check(const char *what, const char *name, struct brink_message *why)
{
    if (name == NULL || name[0] == '\0')
        return brink_message_set(why, "%s has no name: the log needs one", what);
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == '"' || *at == '=' || *at == 0x7f)
            return brink_message_set(why,
                                     "the name of %s must be one word, without quotes and =, for "
                                     "the log",
                                     what);
    return brink_ok();
}

static brink_result check_server(const struct brink_server_options *options,
                                 struct brink_message *why)
{
    if (options->workers > BRINK_WORKERS_MAX)
        return brink_message_set(why, "%u workers are too many; at most %d are possible",
                                 (unsigned)options->workers, BRINK_WORKERS_MAX);
    if (options->max_clients == 0)
        return brink_message_set(why, "with at most 0 clients nobody could be served");
    if ((unsigned)options->dispatch > BRINK_DISPATCH_SHARED)
        return brink_message_set(why, "the dispatch is unknown: sharded or shared");
    return brink_ok();
}

static brink_result check_plain(const struct brink_server_options *options,
                                struct brink_message *why)
{
    const struct brink_named_time connect = {options->connect_ms, "the connect timeout"};
    if (options->upstream_count > 0)
        return brink_message_set(why, "there are upstreams but no listeners to lead to them");
    return brink_times_check(&connect, 1, why);
}

/* Either the plain form, or listeners and upstreams. */
static brink_result check_form(const struct brink_server_options *options,
                               struct brink_message *why)
{
    if (options->listener_count == 0)
        return check_plain(options, why);
    if (options->listen_count > 0 || options->upstream != NULL || options->handler != NULL)
        return brink_message_set(why, "a server has listeners, or addresses, an upstream and a "
                                      "handler of its own: not both");
    if (options->listeners == NULL || options->listener_count > BRINK_LISTENERS_MAX)
        return brink_message_set(why, "a server has at most %d listeners, not %zu",
                                 BRINK_LISTENERS_MAX, options->listener_count);
    if (options->upstream_count > BRINK_UPSTREAMS_MAX ||
        (options->upstream_count > 0 && options->upstreams == NULL))
        return brink_message_set(why, "a server has at most %d upstreams, not %zu",
                                 BRINK_UPSTREAMS_MAX, options->upstream_count);
    return brink_ok();
}

/* Names are looked at only where there may be several. */
static brink_result check_names(const struct brink_server_options *options,
                                struct brink_message *why)
{
    brink_result checked = brink_ok();
    for (size_t i = 0; i < options->listener_count && !brink_failed(checked); i++) {
        const char *name = options->listeners[i].name;
        checked = brink_name_check("a listener", name, why);
        for (size_t j = 0; j < i && !brink_failed(checked); j++)
            if (strcmp(options->listeners[j].name, name) == 0)
                checked = brink_message_set(why, "two listeners have the name %s", name);
    }
    for (size_t i = 0; i < options->upstream_count && !brink_failed(checked); i++) {
        const char *name = options->upstreams[i].name;
        checked = brink_name_check("an upstream", name, why);
        for (size_t j = 0; j < i && !brink_failed(checked); j++)
            if (strcmp(options->upstreams[j].name, name) == 0)
                checked = brink_message_set(why, "two upstreams have the name %s", name);
    }
    return checked;
}

brink_result brink_server_options_check(const struct brink_server_options *options,
                                        struct brink_message *why)
{
    struct brink_view view;
    brink_result checked = check_server(options, why);
    if (!brink_failed(checked))
        checked = check_form(options, why);
    if (!brink_failed(checked))
        checked = check_names(options, why);
    if (brink_failed(checked))
        return checked;
    brink_view_init(&view, options);
    for (size_t i = 0; i < view.listener_count && !brink_failed(checked); i++)
        checked = brink_listener_check(&view.listeners[i], &view, options, why);
    for (size_t i = 0; i < view.upstream_count && !brink_failed(checked); i++)
        checked = brink_upstream_check(&view.upstreams[i], why);
    return checked;
}
