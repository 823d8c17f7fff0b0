/* relay/figures.h - what is measured of the bytes and frames that come: for whom, how long a frame
 * took, how long a reply.
 *
 * Times are those of the turns, so nothing asks for the time. A frame whose first byte came in an
 * earlier read than its last took from the one turn to the other; all others took none. Of a
 * session's requests one at a time is looked at, as TCP does for its round trips (RFC 6298, section
 * 3): the first that comes while none is. The n-th reply is taken for that of the n-th request;
 * where there are more replies than requests, nothing is measured. The worker's thread. */
#ifndef BRINK_RELAY_FIGURES_H
#define BRINK_RELAY_FIGURES_H

#include "relay/session.h"
#include "upstream/share.h"

enum {
    BRINK_BEGAN_UNIT_US = 64, /* of brink_stream.began, which has 4 bits: 1000 us are 15.6 */
    BRINK_ASKED_UNIT_US = 16  /* of asked_tick: 2^32 of them are 19 hours */
};

/* The present frame of `leg` begins in this turn; brink_flow_start has been called. */
static inline void brink_figures_began(const struct brink_service *service, struct brink_leg *leg)
{
    const struct brink_loop *loop = service->io.loop;
    leg->stream.began = (loop->now_us - 1000 * loop->now_ms) / BRINK_BEGAN_UNIT_US & 15U;
}

/* A frame of `leg` that had begun before has ended in this turn. */
void brink_figures_ended(struct brink_service *service, const struct brink_leg *leg,
                         uint32_t began_ms);

/* Of a pair: requests, or replies, have ended in this turn. */
void brink_figures_talk(struct brink_session *session, enum brink_side side, uint64_t frames);

/* Of a pair: bytes and frames have come. */
static inline void brink_figures_share(struct brink_share *share, enum brink_side side,
                                       size_t bytes, uint64_t frames)
{
    if (BRINK_UNLIKELY(share == NULL))
        return;
    brink_counter_add(&share->bytes[side], bytes);
    brink_counter_add(&share->frames[side], frames);
}

/* A frame of that side will not be finished, or not be delivered; the session's reason is known. */
static inline void brink_figures_cut(const struct brink_session *session, enum brink_side side)
{
    struct brink_service_stats *stats = &brink_session_service(session)->stats;
    brink_counter_add(&stats->frames_cut[side], 1);
    brink_counter_add(&stats->frames_cut_by[side][session->reason], 1);
}

/* The leg is paused because its receiver's queue is full; and that is over. Harmless when it is so
 * already. */
void brink_figures_pressed(struct brink_session *session, struct brink_leg *leg);
void brink_figures_relieved(struct brink_session *session, struct brink_leg *leg);

/* Has the time that sides are paused counted up to this turn. */
void brink_figures_settle(struct brink_service *service);

#endif
