/* relay/answers.h - what a session's life tells of its server: that it answers, resets, or does not
 * answer. For the group, which ejects servers (brink_eject_options). The worker's thread. */
#ifndef BRINK_RELAY_ANSWERS_H
#define BRINK_RELAY_ANSWERS_H

#include "relay/session.h"

/* Something has come from the upstream, for the first time. */
void brink_answers_first(struct brink_session *session);

/* The connection of `side` broke. */
void brink_answers_reset(struct brink_session *session, enum brink_side side);

/* Looks whether a request has waited for too long, and returns when to look again. Found out
 * between once and twice eject.reply_ms, since nothing is written down for each frame. */
uint64_t brink_answers_deadline(struct brink_session *session, uint64_t now_ms);

#endif
