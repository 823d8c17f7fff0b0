/* app/serve/lines.h - what a serving program says of itself in its log. Any thread. */
#ifndef BRINK_APP_SERVE_LINES_H
#define BRINK_APP_SERVE_LINES_H

#include <stdbool.h>

#include "app/admin/admin.h"
#include "app/log/logger.h"
#include "app/serve/service.h"
#include "app/serve/stopping.h"

/* `what` has failed: event=WHAT error=WHY. */
void brink_lines_failure(struct brink_logger *logger, const char *what, const char *why);

/* Its first line. */
void brink_lines_start(struct brink_logger *logger, const struct brink_service_plan *plan,
                       const struct brink_server *server);

/* Where it tells figures and takes commands; or why it does not. */
void brink_lines_admin(struct brink_logger *logger, const struct brink_admin_options *options,
                       const struct brink_admin *admin);

/* A signal has come that asks for the end, and what comes of it. */
void brink_lines_signal(struct brink_logger *logger, const struct brink_server *server,
                        const struct brink_stopping *stopping, int number);

/* The delay before a drain is over. */
void brink_lines_drain(struct brink_logger *logger, const struct brink_server *server,
                       const struct brink_stopping *stopping);

/* Its last line. */
void brink_lines_stop(struct brink_logger *logger, const char *name,
                      const struct brink_server *server, bool in_time);

#endif
