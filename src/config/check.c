#include "config/check.h"

#include <string.h>

#include "config/circle.h"
#include "config/overlap.h"
#include "config/payload.h"

#define WARN(reading, item, ...)                                                                   \
    brink_config_problems_warn((reading)->problems, &(item)->place, __VA_ARGS__)

/* --- a listener and its upstream --- */

static struct brink_config_upstream *find(const struct brink_config_sections *sections,
                                          const char *name)
{
    for (size_t i = 0; i < sections->upstream_count; i++) {
        if (strcmp(sections->upstreams[i].options.name, name) == 0)
            return &sections->upstreams[i];
    }
    return NULL;
}

static void unknown_upstream(struct brink_config_reading *reading,
                             const struct brink_config_sections *sections,
                             const struct brink_config_listener *listener)
{
    const char *name = listener->options.upstream;
    const char *near = NULL;
    if (sections->upstream_count > 0 && !brink_config_problems_full(reading->problems))
        near = brink_config_value_nearest(name, &sections->upstreams[0].options.name,
                                          sections->upstream_count, sizeof *sections->upstreams);
    if (near != NULL)
        brink_config_item_error(reading, listener->item,
                                "no upstream is called \"%.60s\"; did you mean \"%.60s\"?", name,
                                near);
    else
        brink_config_item_error(reading, listener->item,
                                "no upstream is called \"%.60s\"; write upstream \"%.60s\" { }",
                                name, name);
}

static void check_rehome(struct brink_config_reading *reading,
                         const struct brink_config_listener *listener,
                         const struct brink_config_upstream *upstream)
{
    const struct brink_spec *spec = &listener->options.spec;
    const char *why = NULL;
    if (!upstream->options.rehome)
        return;
    if (brink_spec_raw(spec))
        why = "raw bytes have no boundary at which a client could change its server";
    else if (spec->pin)
        why = "its protocol keeps state per connection, which another server would not know";
    if (why != NULL)
        brink_config_item_error(reading, upstream->item,
                                "rehome does not go with \"%s\" of listener \"%.60s\": %s; remove "
                                "rehome",
                                spec->name, listener->options.name, why);
}

static void check_relay(struct brink_config_reading *reading,
                        const struct brink_config_sections *sections,
                        const struct brink_config_listener *listener)
{
    const char *name = listener->options.upstream;
    if (listener->options.service == BRINK_SERVICE_ECHO) {
        if (name != NULL)
            brink_config_item_error(reading, listener->item,
                                    "echo has no upstream; remove it, or write service = relay");
        return;
    }
    if (name == NULL) {
        if (brink_config_item_lacks(listener->item, "upstream"))
            brink_config_item_error(reading, listener->item,
                                    "a relay needs an upstream; write upstream = NAME");
        return;
    }
    struct brink_config_upstream *upstream = find(sections, name);
    if (upstream == NULL) {
        unknown_upstream(reading, sections, listener);
        return;
    }
    upstream->used = true;
    check_rehome(reading, listener, upstream);
    brink_config_circle_check(reading, listener, upstream);
}

/* --- a listener by itself --- */

static void check_queue(struct brink_config_reading *reading,
                        const struct brink_config_sections *sections,
                        const struct brink_config_listener *listener)
{
    const struct brink_listener_options *options = &listener->options;
    const struct brink_layout *layout = &options->spec.request.frame;
    size_t header = layout->kind == BRINK_LENGTH_NONE ? 1 : (size_t)brink_layout_header_max(layout);
    if (options->high_bytes == 0 && options->low_bytes == 0)
        return;
    if (options->low_bytes >= options->high_bytes)
        brink_config_item_error(reading, listener->item,
                                "queue-low (%zu bytes) must be below queue-high (%zu bytes)",
                                options->low_bytes, options->high_bytes);
    else if (options->high_bytes < header)
        brink_config_item_error(reading, listener->item,
                                "queue-high is %zu bytes, but a header of \"%s\" has %zu; raise it",
                                options->high_bytes, options->spec.name, header);
    if (options->high_bytes > sections->server->buffer_memory)
        brink_config_item_error(reading, listener->item,
                                "queue-high is more than buffer-memory; raise buffer-memory");
}

static void check_proxy(struct brink_config_reading *reading,
                        const struct brink_config_listener *listener)
{
    const struct brink_listener_options *options = &listener->options;
    if (options->accept_proxy != BRINK_PROXY_ACCEPT_NONE && options->service != BRINK_SERVICE_RELAY)
        brink_config_item_error(reading, listener->item,
                                "PROXY headers are accepted by relays only; remove accept-proxy");
    if (options->accept_proxy == BRINK_PROXY_ACCEPT_NONE && options->trusted_count > 0)
        WARN(reading, listener->item,
             "trusted has no effect without accept-proxy; write accept-proxy = required");
    if (options->accept_proxy == BRINK_PROXY_ACCEPT_OPTIONAL && options->trusted_count == 0)
        WARN(reading, listener->item,
             "accept-proxy = optional believes any client what address it has; write trusted = "
             "PREFIX");
}

static void check_listener(struct brink_config_reading *reading,
                           const struct brink_config_sections *sections,
                           struct brink_config_listener *listener)
{
    const struct brink_listener_options *options = &listener->options;
    if (options->listen_count == 0 && brink_config_item_lacks(listener->item, "address"))
        brink_config_item_error(reading, listener->item,
                                "the listener has no address; write address = HOST:PORT or "
                                "address = :PORT");
    if (options->limits.max_clients > sections->server->max_clients)
        WARN(reading, listener->item,
             "limits allow more clients than max-clients (%u) does; raise that one",
             (unsigned)sections->server->max_clients);
    if (options->first_frame_ms != 0 && brink_spec_raw(&options->spec))
        WARN(reading, listener->item, "first-frame-timeout has no effect on raw bytes; remove it");
    if (options->frame_ms != 0 && brink_spec_raw(&options->spec))
        WARN(reading, listener->item, "frame-timeout has no effect on raw bytes; remove it");
    check_queue(reading, sections, listener);
    check_proxy(reading, listener);
    check_relay(reading, sections, listener);
    brink_config_payload_of_goodbye(reading, listener);
}

/* --- an upstream --- */

/* The spec of the checks: the upstream's own, or its listeners'. */
static const struct brink_spec *health_spec(struct brink_config_reading *reading,
                                            const struct brink_config_sections *sections,
                                            const struct brink_config_upstream *upstream)
{
    char one[BRINK_SPEC_DESCRIBED_MAX];
    char other[BRINK_SPEC_DESCRIBED_MAX];
    const struct brink_config_listener *first = NULL;
    bool sends = upstream->health.send.data != NULL || upstream->health.send_payload.data != NULL;
    if (upstream->framing.item != NULL || upstream->framing.max_item != NULL)
        return &upstream->framing.spec;
    for (size_t i = 0; i < sections->listener_count; i++) {
        const struct brink_config_listener *listener = &sections->listeners[i];
        if (listener->options.upstream == NULL ||
            strcmp(listener->options.upstream, upstream->options.name) != 0)
            continue;
        if (first == NULL) {
            first = listener;
        } else if (sends &&
                   strcmp(brink_spec_describe(&first->options.spec, one, sizeof one),
                          brink_spec_describe(&listener->options.spec, other, sizeof other)) != 0) {
            brink_config_item_error(reading, upstream->health.item,
                                    "listeners \"%.60s\" and \"%.60s\" have different frames; "
                                    "write in the upstream which one the checks have: frame = ...",
                                    first->options.name, listener->options.name);
            break;
        }
    }
    return first != NULL ? &first->options.spec : &upstream->framing.spec;
}

static void check_upstream(struct brink_config_reading *reading,
                           const struct brink_config_sections *sections,
                           struct brink_config_upstream *upstream)
{
    brink_config_payload_of_health(reading, &upstream->health,
                                   health_spec(reading, sections, upstream));
    upstream->options.health = upstream->health.options;
    upstream->options.servers = upstream->servers;
    upstream->options.server_count = upstream->server_count;
    if (!upstream->used)
        WARN(reading, upstream->item,
             "no listener uses upstream \"%.60s\"; remove it, or write "
             "upstream = %.60s in a listener",
             upstream->options.name, upstream->options.name);
}

void brink_config_check(struct brink_config_reading *reading,
                        struct brink_config_sections *sections)
{
    for (size_t i = 0; i < sections->listener_count; i++)
        check_listener(reading, sections, &sections->listeners[i]);
    for (size_t i = 0; i < sections->upstream_count; i++)
        check_upstream(reading, sections, &sections->upstreams[i]);
    brink_config_overlap_check(reading, sections->listeners, sections->listener_count,
                               sections->admin);
}
