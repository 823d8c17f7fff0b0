/* app/admin/actions.h - what the program lets an operator do, as the admin's address calls it.
 *
 * The functions are called on one thread, one at a time, while the server runs; they may take their
 * time. `server` is the one that brink_admin_start was given, `context` is the program's own. NULL:
 * this program does not do that. What fails says why. */
#ifndef BRINK_APP_ADMIN_ACTIONS_H
#define BRINK_APP_ADMIN_ACTIONS_H

#include <stdio.h>

#include "brink/log.h"
#include "brink/operate.h"

struct brink_admin_actions {
    /* Of brink/operate.h, whose names they have. */
    brink_result (*each_client)(struct brink_server *server, const char *listener, size_t most,
                                size_t *count,
                                void (*visit)(void *context, const struct brink_client_info *info),
                                void *context);
    brink_result (*drain_client)(struct brink_server *server, brink_stream_id id,
                                 const struct brink_drain_options *options,
                                 struct brink_message *why);
    brink_result (*drain_listener)(struct brink_server *server, const char *listener,
                                   const struct brink_drain_options *options,
                                   struct brink_message *why);
    brink_result (*undrain_listener)(struct brink_server *server, const char *listener,
                                     struct brink_message *why);
    brink_result (*drain_upstream_server)(struct brink_server *server, const char *upstream,
                                          const char *name,
                                          const struct brink_drain_options *options,
                                          struct brink_message *why);
    brink_result (*undrain_upstream_server)(struct brink_server *server, const char *upstream,
                                            const char *name, struct brink_message *why);
    brink_result (*set_weight)(struct brink_server *server, const char *upstream, const char *name,
                               uint32_t weight, struct brink_message *why);
    /* The program's own. */
    brink_result (*drain)(void *context, const struct brink_drain_options *options,
                          struct brink_message *why); /* as SIGTERM; NULL: as configured */
    brink_result (*reload)(void *context, struct brink_message *why);
    brink_result (*upgrade)(void *context, struct brink_message *why);
    brink_result (*set_log_level)(void *context, enum brink_log_level level,
                                  struct brink_message *why);
    void (*errors)(void *context, FILE *out); /* writes the JSON of /errors.json: a list */
    void (*tell)(void *context, const char *command, unsigned status); /* that it was commanded */
    void *context;
    struct brink_drain_options drain_options; /* what a drain is without parameters */
};

#endif
