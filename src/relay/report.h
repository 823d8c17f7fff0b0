/* relay/report.h - a session's lines in the log. */
#ifndef BRINK_RELAY_REPORT_H
#define BRINK_RELAY_REPORT_H

#include "relay/session.h"

/* The last line of a session: who, why, how long, how much. */
void brink_report_close(struct brink_session *session);

/* The session's present server could not be reached; another may be tried. */
void brink_report_connect_failed(struct brink_session *session, int sys_errno);

/* A frame from `leg` will not be finished. */
void brink_report_cut(struct brink_session *session, struct brink_leg *leg);

/* A drain's deadline is to end the session, which has not drained. `undelivered`: bytes that have
 * come from each side and that the other has not taken. To be called before it begins to close. */
void brink_report_drain_cut(struct brink_session *session, const uint64_t undelivered[2]);

/* Then, of a side whose last frame had ended, but so many bytes were not delivered. */
void brink_report_lost(struct brink_session *session, enum brink_side side, uint64_t undelivered);

/* A frame from `leg` cannot be accepted. */
void brink_report_bad_frame(struct brink_session *session, struct brink_leg *leg,
                            const struct brink_decoded *bad, const uint8_t *header, size_t length);

#endif
