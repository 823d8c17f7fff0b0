/* app/load/options.h - the command line of brink load. */
#ifndef BRINK_APP_LOAD_OPTIONS_H
#define BRINK_APP_LOAD_OPTIONS_H

#include <stdbool.h>

#include "app/load/sizes.h"
#include "brink/frame.h"

struct brink_load_options {
    const char *target;     /* the address as it was written; its form is right */
    const char *frame;      /* the spec as it was written */
    const char *sizes_text; /* likewise */
    struct brink_spec spec;
    struct brink_load_sizes sizes;
    uint32_t connections;
    uint32_t idle;
    uint32_t in_flight;
    uint32_t threads; /* at most as many as there are connections */
    uint32_t rate;    /* 0: none */
    uint32_t churn;   /* 0: none */
    uint32_t count;   /* 0: by time */
    uint32_t duration_ms;
    uint32_t timeout_ms;
    bool one_way;
    bool verify;
    bool json;
};

/* Reads the arguments; as brink_options_parse. */
BRINK_MUST_CHECK brink_result brink_load_options_parse(struct brink_load_options *options, int argc,
                                                       char **argv, unsigned argp_flags);

#endif
