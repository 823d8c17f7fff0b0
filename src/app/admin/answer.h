/* app/admin/answer.h - what HTTP asks, and what it is answered: the side of admin.h that deals with
 * libmicrohttpd's requests. All on its thread, but for the work that admin.h's other one does. */
#ifndef BRINK_APP_ADMIN_ANSWER_H
#define BRINK_APP_ADMIN_ANSWER_H

#include <microhttpd.h>

/* A MHD_AccessHandlerCallback; its context is the struct brink_admin. */
enum MHD_Result brink_admin_answer(void *context, struct MHD_Connection *connection,
                                   const char *path, const char *method, const char *version,
                                   const char *body, size_t *body_size, void **state);

/* A MHD_RequestCompletedCallback, which frees what is kept for a request. */
void brink_admin_answered(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how);

#endif
