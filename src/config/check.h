/* config/check.h - what no section can tell by itself: names that are meant, addresses that
 * collide, options that do not go together. */
#ifndef BRINK_CONFIG_CHECK_H
#define BRINK_CONFIG_CHECK_H

#include "brink/server.h"
#include "config/admin.h"
#include "config/listener.h"
#include "config/upstream.h"

struct brink_config_sections {
    const struct brink_server_options *server;
    const struct brink_config_admin *admin;
    struct brink_config_listener *listeners;
    size_t listener_count;
    struct brink_config_upstream *upstreams;
    size_t upstream_count;
};

/* Once the specs are resolved. Finds each relay's upstream, and settles checks and last words
 * (config/payload.h). */
void brink_config_check(struct brink_config_reading *reading,
                        struct brink_config_sections *sections);

#endif
