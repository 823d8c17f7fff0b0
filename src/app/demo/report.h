/* app/demo/report.h - what brink demo shows. */
#ifndef BRINK_APP_DEMO_REPORT_H
#define BRINK_APP_DEMO_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/demo/load.h"

struct brink_demo_report {
    struct brink_demo_load_result load;
    uint64_t elapsed_ns;
    uint64_t frames_cut;
    bool drained; /* both servers ended without cutting a connection */
};

/* The line that changes, for a terminal. */
void brink_demo_report_progress(const struct brink_demo_report *report, FILE *out);

/* The table, and what to try next. */
void brink_demo_report_print(const struct brink_demo_report *report, FILE *out);

/* True if every frame came back as it was sent and none was cut. */
bool brink_demo_report_good(const struct brink_demo_report *report);

#endif
