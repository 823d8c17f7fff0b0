/* server/view.h - a server's options as listeners and groups of servers, whichever way they were
 * written. */
#ifndef BRINK_SERVER_VIEW_H
#define BRINK_SERVER_VIEW_H

#include "brink/server.h"

/* Points into the options it was made of, and into itself: neither may move. */
struct brink_view {
    const struct brink_listener_options *listeners;
    size_t listener_count;
    const struct brink_upstream_options *upstreams;
    size_t upstream_count;
    /* What stands for the plain form: one listener, and for a relay a group of one server. */
    struct brink_listener_options listener;
    struct brink_upstream_options upstream;
    struct brink_upstream_server server;
};

/* Pure. */
void brink_view_init(struct brink_view *view, const struct brink_server_options *options);

/* The group that a listener names; NULL if there is none of that name. */
const struct brink_upstream_options *brink_view_upstream(const struct brink_view *view,
                                                         const char *name);

#endif
