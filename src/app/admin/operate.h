/* app/admin/operate.h - does what a request asks for, and says how it went. */
#ifndef BRINK_APP_ADMIN_OPERATE_H
#define BRINK_APP_ADMIN_OPERATE_H

#include <stddef.h>

#include "app/admin/actions.h"
#include "app/admin/request.h"

/* An answer as HTTP gives it. The body is JSON; NULL: there was no memory for it. */
struct brink_admin_reply {
    unsigned status;
    char *body; /* to be freed */
    size_t size;
};

/* For CLIENTS, ERRORS and the commands. The body is what was asked for, {"done":"..."} for a
 * command, or {"error":"..."}, a sentence for a person. On the one thread that calls the actions.
 */
void brink_admin_operate(const struct brink_admin_actions *actions, struct brink_server *server,
                         const struct brink_admin_request *request,
                         struct brink_admin_reply *reply);

/* A reply that is an error. */
void brink_admin_reply_error(struct brink_admin_reply *reply, unsigned status, const char *error);

#endif
