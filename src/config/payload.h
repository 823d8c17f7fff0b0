/* config/payload.h - bytes that a configuration sends or expects: payloads are framed, and what is
 * given whole is held against the frame spec. */
#ifndef BRINK_CONFIG_PAYLOAD_H
#define BRINK_CONFIG_PAYLOAD_H

#include "brink/frame.h"
#include "config/listener.h"
#include "config/upstream.h"

/* Makes the options' check from what is written: frames `send_payload`, gives `expect_payload` a
 * header of which nothing counts, and tells what cannot work. The results stand in health->options
 * and, for the dump, in health->send, expect and mask. */
void brink_config_payload_of_health(struct brink_config_reading *reading,
                                    struct brink_config_health *health,
                                    const struct brink_spec *spec);

/* The same for the last words of a listener, whose spec is known. */
void brink_config_payload_of_goodbye(struct brink_config_reading *reading,
                                     struct brink_config_listener *listener);

#endif
