/* app/top/options.h - the command line of `brink top`. */
#ifndef BRINK_APP_TOP_OPTIONS_H
#define BRINK_APP_TOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/admin/place.h"
#include "app/top/view.h"
#include "brink/result.h"

struct brink_top_options {
    char place[BRINK_ADMIN_PLACE_MAX]; /* whom to ask, if `socket` is NULL */
    const char *socket;
    uint32_t interval_ms;
    uint32_t count; /* of views; 0: until it is ended */
    bool batch;
    enum brink_top_part part;
    enum brink_top_sort sort;
};

/* As brink_control_options_parse. */
BRINK_MUST_CHECK brink_result brink_top_options_parse(struct brink_top_options *options, int argc,
                                                      char **argv, unsigned argp_flags);

#endif
