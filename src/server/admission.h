/* server/admission.h - who is let in: a client needs a place among its listener's clients, and one
 * among the server's, and the listener's rate of new ones must allow it. Those who must wait stay
 * in the kernel's queue.
 *
 * No wakeup is lost. Who finds no place raises its worker's flag, and looks again; who gives one
 * back takes down the flags of those who wait for such a place, and posts to them. The listener's
 * place is taken first. If there is then none of the server's, it is given back, and those who wait
 * for it are told, as they may have seen it taken; but those who wait for the server's are not told
 * of that, so that two workers never wake each other in turns. For the rate a timer is set, so
 * nobody need tell. The worker's thread. */
#ifndef BRINK_SERVER_ADMISSION_H
#define BRINK_SERVER_ADMISSION_H

#include "server/worker.h"

/* For brink_listener_owner of an entrance's listener: one more client may come; nobody came. */
bool brink_admission_admit(struct brink_listener *listener);
void brink_admission_unadmit(struct brink_listener *listener);

/* A client has come who was admitted. */
void brink_admission_count(struct brink_entrance *entrance);

/* A client has come from another process, who need not be admitted. */
void brink_admission_adopt(struct brink_worker *worker, struct brink_gate *gate);

/* A client of the worker's has left, of a listener with that gate (NULL: it has none). */
void brink_admission_leave(struct brink_worker *worker, struct brink_gate *gate);

/* For brink_worker.place_post: places have been given back. */
void brink_admission_resume(struct brink_loop *loop, struct brink_post *post);

/* What an entrance needs, for a rate that it may get later. Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_admission_open(struct brink_entrance *entrance);

/* Harmless when closed. */
void brink_admission_close(struct brink_entrance *entrance);

#endif
