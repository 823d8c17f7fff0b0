/* app/load/histogram.h - durations as bars of text. */
#ifndef BRINK_APP_LOAD_HISTOGRAM_H
#define BRINK_APP_LOAD_HISTOGRAM_H

#include <stdio.h>

#include "app/load/latency.h"

/* A row for each span of durations, as fine as some twenty rows allow, up to the 99.9th percentile;
 * one more for what is beyond. Nothing if there are no durations. */
void brink_histogram_print(const struct brink_latency *latency, FILE *out);

#endif
