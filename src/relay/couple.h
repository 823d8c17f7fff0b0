/* relay/couple.h - bytes that come by one leg go to the other, frame by frame or raw; of a session
 * with one leg, back to where they came from. Both echo and pair are made of this. */
#ifndef BRINK_RELAY_COUPLE_H
#define BRINK_RELAY_COUPLE_H

#include "relay/session.h"

extern const struct brink_stream_ops brink_couple_ops;

/* True if more may be read from `leg`: not while its receiver's queue is full or its client
 * is over a rate, nor, where it is to leave, beyond the frame that it has begun. */
bool brink_couple_may_read(struct brink_session *session, struct brink_leg *leg);

#endif
