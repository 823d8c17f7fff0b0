#include "relay/drain_cut.h"

#include "relay/figures.h"
#include "relay/report.h"
#include "relay/standing.h"

/* A frame that has not ended is counted when the session begins to close. */
static bool is_counted(struct brink_session *session, enum brink_side from)
{
    if (brink_session_legs(session) <= (unsigned)from)
        return false;
    return brink_flow_unfinished(&brink_session_leg(session, from)->flow);
}

struct loss {
    uint64_t undelivered[2];
    bool counted[2];
};

static struct loss loss_of(struct brink_session *session)
{
    struct loss loss;
    for (unsigned side = 0; side < 2; side++) {
        loss.undelivered[side] = brink_standing_undelivered(session, (enum brink_side)side);
        loss.counted[side] = is_counted(session, (enum brink_side)side);
    }
    return loss;
}

/* The goodbye of one that has drained is nobody's frame. */
static bool loses_nothing(const struct brink_session *session, const struct loss *loss)
{
    return (loss->undelivered[0] == 0 && loss->undelivered[1] == 0) ||
           session->reason == BRINK_REASON_DRAINED;
}

enum brink_drain_outcome brink_drain_cut(struct brink_session *session, bool drained)
{
    struct loss loss = loss_of(session);
    bool closing = session->state == BRINK_SESSION_CLOSING;
    if (closing && loses_nothing(session, &loss)) {
        brink_session_cut(session, BRINK_REASON_NONE);
        return BRINK_DRAIN_LEFT;
    }
    if (!closing && drained) {
        brink_session_cut(session, BRINK_REASON_DRAINED);
        return BRINK_DRAIN_LEFT;
    }
    struct brink_service_stats *stats = &brink_session_service(session)->stats;
    brink_counter_add(&stats->drain_cut, 1);
    brink_report_drain_cut(session, loss.undelivered);
    session->reason = BRINK_REASON_NONE; /* whatever it was to end for */
    brink_session_blame(session, BRINK_REASON_DRAIN_DEADLINE, BRINK_SIDE_CLIENT, 0);
    brink_session_cut(session, BRINK_REASON_DRAIN_DEADLINE);
    for (unsigned side = 0; side < 2; side++) {
        if (loss.undelivered[side] == 0 || loss.counted[side])
            continue;
        brink_figures_cut(session, (enum brink_side)side);
        brink_report_lost(session, (enum brink_side)side, loss.undelivered[side]);
    }
    return BRINK_DRAIN_CUT;
}
