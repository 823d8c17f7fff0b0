/* server/handover.h - what a start and an end have to do with brink/handover.h. */
#ifndef BRINK_SERVER_HANDOVER_H
#define BRINK_SERVER_HANDOVER_H

#include "brink/result.h"

struct brink_server;
struct brink_server_options;

enum { BRINK_HANDOVER_HELLO_MS = 10000 }; /* to wait for what is handed over at the start */

/* Before a server binds anything: receives the sockets that the old process listens on, if there is
 * one. Fails with what brink_server_start fails with, and says why. */
BRINK_MUST_CHECK brink_result brink_handover_inherit(struct brink_server *server,
                                                     const struct brink_server_options *options,
                                                     struct brink_message *why);

/* The workers have ended. */
void brink_handover_stop(struct brink_server *server);

#endif
