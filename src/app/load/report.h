/* app/load/report.h - what brink load shows to people: what it is about to do, how far it is, and
 * how it went. */
#ifndef BRINK_APP_LOAD_REPORT_H
#define BRINK_APP_LOAD_REPORT_H

#include <stdio.h>

#include "app/load/options.h"
#include "app/load/run.h"

void brink_load_report_begin(const struct brink_load_options *options, FILE *out);

/* The line that changes, for a terminal. */
void brink_load_report_progress(const struct brink_load_result *result, FILE *out);

/* The table, the percentiles, the histogram, and what is not as it should be. */
void brink_load_report_print(const struct brink_load_options *options,
                             const struct brink_load_result *result, FILE *out);

/* True if nothing broke and no reply was missing or different. */
bool brink_load_report_good(const struct brink_load_options *options,
                            const struct brink_load_result *result);

#endif
