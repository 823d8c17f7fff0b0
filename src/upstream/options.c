#include "brink/upstream.h"

void brink_upstream_options_init(struct brink_upstream_options *options)
{
    *options = (struct brink_upstream_options){
        .dns_min_ms = 1000,
        .dns_max_ms = 5 * 60 * 1000,
        .connect_ms = 5 * 1000,
        .tries = 3,
        .queue_max = 1024,
        .queue_ms = 5 * 1000,
        .keepalive_ms = 60 * 1000,
        .health = {.timeout_ms = 2 * 1000, .rise = 2, .fall = 3},
        .eject = {.connect_failures = 5,
                  .base_ms = 30 * 1000,
                  .max_ms = 5 * 60 * 1000,
                  .max_percent = 50},
    };
}
