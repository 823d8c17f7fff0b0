/* app/admin/metrics.h - figures in Prometheus's text format, version 0.0.4. */
#ifndef BRINK_APP_ADMIN_METRICS_H
#define BRINK_APP_ADMIN_METRICS_H

#include <stdio.h>

#include "app/admin/snapshot.h"

#define BRINK_ADMIN_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Each metric with HELP, TYPE and its samples: of what a server does not have, none. Labels are
 * names of the configuration, addresses and sides, reasons or states; never a client's. */
void brink_admin_metrics_write(FILE *out, const struct brink_admin_snapshot *snapshot);

#endif
