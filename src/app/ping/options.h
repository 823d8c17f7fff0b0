/* app/ping/options.h - the command line of brink ping. */
#ifndef BRINK_APP_PING_OPTIONS_H
#define BRINK_APP_PING_OPTIONS_H

#include <stdint.h>

#include "brink/frame.h"

struct brink_ping_options {
    const char *target; /* the address as it was written; its form is right */
    const char *frame;  /* the spec as it was written */
    struct brink_spec spec;
    uint32_t count; /* 0: until a signal */
    uint32_t payload;
    uint32_t interval_ms;
    uint32_t wait_ms;
};

/* Reads the arguments; as brink_options_parse. */
BRINK_MUST_CHECK brink_result brink_ping_options_parse(struct brink_ping_options *options, int argc,
                                                       char **argv, unsigned argp_flags);

#endif
