/* config/listener.h - a section `listener "NAME" { }`. */
#ifndef BRINK_CONFIG_LISTENER_H
#define BRINK_CONFIG_LISTENER_H

#include "brink/listener.h"
#include "config/frame.h"
#include "config/key.h"

/* Last words: whole frames, or payloads that are yet to be framed. */
struct brink_config_goodbye {
    struct brink_config_item *item; /* NULL: none */
    struct brink_bytes refused;
    struct brink_bytes refused_payload;
    struct brink_bytes drained;
    struct brink_bytes drained_payload;
    struct brink_bytes oversize;
    struct brink_bytes oversize_payload;
};

struct brink_config_listener {
    struct brink_listener_options options;
    struct brink_config_item *item;
    struct brink_config_framing framing;
    struct brink_config_goodbye goodbye;
};

void brink_config_listener_read(struct brink_config_reading *reading,
                                struct brink_config_item *section,
                                struct brink_config_listener *listener);

void brink_config_listener_dump(struct brink_config_dump *dump,
                                const struct brink_config_listener *listener);

#endif
