/* app/serve/lines.h - the log lines of a service's life: its beginning, what it is asked, its end.
 */
#ifndef BRINK_APP_SERVE_LINES_H
#define BRINK_APP_SERVE_LINES_H

#include "app/serve/service.h"

/* It serves. */
void brink_lines_start(struct brink_logger *logger, const struct brink_server *server,
                       const struct brink_service_plan *plan);

/* Where the admin listens; `absent`: why nowhere, NULL if there is nothing to be told. */
void brink_lines_admin(struct brink_logger *logger, struct brink_admin *admin, const char *absent);

/* SIGTERM or SIGINT has come; and the delay that it led to is over. */
void brink_lines_signal(struct brink_logger *logger, const struct brink_server *server,
                        const struct brink_stopping *stopping, int number);
void brink_lines_drain(struct brink_logger *logger, const struct brink_server *server,
                       const struct brink_stopping *stopping);

/* It has ended; what it did. */
void brink_lines_stop(struct brink_logger *logger, const struct brink_server *server,
                      const char *name, bool in_time);

#endif
