/* config/upstream.h - a section `upstream "NAME" { }`. */
#ifndef BRINK_CONFIG_UPSTREAM_H
#define BRINK_CONFIG_UPSTREAM_H

#include "brink/upstream.h"
#include "config/frame.h"
#include "config/key.h"

/* The bytes of a check as they are written: whole frames, or payloads that are yet to be framed. */
struct brink_config_health {
    struct brink_health_options options;
    struct brink_config_item *item; /* the section; NULL: there is none */
    struct brink_bytes send;
    struct brink_bytes send_payload;
    struct brink_bytes expect;
    struct brink_bytes expect_payload;
    struct brink_bytes mask;
};

struct brink_config_upstream {
    struct brink_upstream_options options;
    struct brink_config_item *item;
    struct brink_config_framing framing; /* of its checks; else that of its listener */
    struct brink_config_health health;
    struct brink_upstream_server *servers; /* those of the options */
    size_t server_count;
    bool used; /* by a listener */
};

/* Reads the section. Payloads are not framed yet: see config/health.h. */
void brink_config_upstream_read(struct brink_config_reading *reading,
                                struct brink_config_item *section,
                                struct brink_config_upstream *upstream);

void brink_config_upstream_dump(struct brink_config_dump *dump,
                                const struct brink_config_upstream *upstream);

#endif
