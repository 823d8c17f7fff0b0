#include "brink/listener.h"

void brink_listener_options_init(struct brink_listener_options *options)
{
    *options = (struct brink_listener_options){
        .service = BRINK_SERVICE_RELAY,
        .idle_ms = 60 * 1000,
        .proxy_ms = 5 * 1000,
    };
    brink_spec_default(&options->spec);
}
