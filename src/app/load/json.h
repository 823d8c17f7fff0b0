/* app/load/json.h - what brink load tells to machines: an object a line, flushed at once. */
#ifndef BRINK_APP_LOAD_JSON_H
#define BRINK_APP_LOAD_JSON_H

#include <stdio.h>

#include "app/load/options.h"
#include "app/load/run.h"

/* All connections are open; the counted frames begin next. */
void brink_load_json_ready(const struct brink_load_options *options, FILE *out);

/* How it went. The connections are open still. */
void brink_load_json_result(const struct brink_load_options *options,
                            const struct brink_load_result *result, FILE *out);

#endif
