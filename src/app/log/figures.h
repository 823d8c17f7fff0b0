/* app/log/figures.h - what a running server has done, as lines of its log; for who asks by SIGUSR1.
 */
#ifndef BRINK_APP_LOG_FIGURES_H
#define BRINK_APP_LOG_FIGURES_H

#include <stdint.h>

#include "app/log/logger.h"
#include "brink/server.h"

enum { BRINK_STATS_WORKERS = 64 };

/* What was told last: how busy a worker is, is told of the time since. All zeros at first, but for
 * told_ns: when the server started. */
struct brink_stats_log {
    uint64_t told_ns;
    uint64_t cpu_ns[BRINK_STATS_WORKERS];
};

/* A line for the server and one for each worker. `now_ns`: of the monotonic clock. */
void brink_stats_log_write(struct brink_stats_log *last, const struct brink_server *server,
                           struct brink_logger *logger, uint64_t now_ns);

#endif
