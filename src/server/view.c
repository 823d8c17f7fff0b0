#include "server/view.h"

#include <string.h>

static void set_listener(struct brink_listener_options *listener,
                         const struct brink_server_options *options)
{
    brink_listener_options_init(listener);
    listener->name = "";
    listener->service = options->service;
    listener->listen = options->listen;
    listener->listen_count = options->listen_count;
    listener->upstream = options->upstream;
    listener->spec = options->spec;
    listener->handler = options->handler;
    listener->context = options->context;
    listener->idle_ms = options->idle_ms;
    listener->frame_ms = options->frame_ms;
    listener->high_bytes = options->high_bytes;
    listener->low_bytes = options->low_bytes;
}

static void set_upstream(struct brink_view *view, const struct brink_server_options *options)
{
    struct brink_upstream_options *upstream = &view->upstream;
    view->server = (struct brink_upstream_server){.address = options->upstream, .weight = 1};
    brink_upstream_options_init(upstream);
    upstream->name = options->upstream;
    upstream->servers = &view->server;
    upstream->server_count = 1;
    upstream->connect_ms = options->connect_ms;
    upstream->eject.connect_failures = 0;
}

void brink_view_init(struct brink_view *view, const struct brink_server_options *options)
{
    memset(view, 0, sizeof *view);
    if (options->listener_count > 0) {
        view->listeners = options->listeners;
        view->listener_count = options->listener_count;
        view->upstreams = options->upstreams;
        view->upstream_count = options->upstream_count;
        return;
    }
    set_listener(&view->listener, options);
    view->listeners = &view->listener;
    view->listener_count = 1;
    if (options->service != BRINK_SERVICE_RELAY)
        return;
    set_upstream(view, options);
    view->upstreams = &view->upstream;
    view->upstream_count = 1;
}

const struct brink_upstream_options *brink_view_upstream(const struct brink_view *view,
                                                         const char *name)
{
    for (size_t i = 0; i < view->upstream_count && name != NULL; i++)
        if (strcmp(view->upstreams[i].name, name) == 0)
            return &view->upstreams[i];
    return NULL;
}
