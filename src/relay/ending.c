#include "relay/ending.h"

#include "relay/pair.h"
#include "relay/waiting.h"

/* Who and why; the tests see to it that no reason is without. A side that ended did so by FIN. */
static const char causes[BRINK_REASON_COUNT][3] = {
    [BRINK_REASON_NONE] = "--",
    [BRINK_REASON_CLIENT_CLOSED] = "CF",
    [BRINK_REASON_UPSTREAM_CLOSED] = "UF",
    [BRINK_REASON_CLIENT_RESET] = "CR",
    [BRINK_REASON_UPSTREAM_RESET] = "UR",
    [BRINK_REASON_CLIENT_MID_FRAME] = "CF",
    [BRINK_REASON_UPSTREAM_MID_FRAME] = "UF",
    [BRINK_REASON_FRAME_TOO_LARGE] = "BL",
    [BRINK_REASON_FRAME_CORRUPT] = "BP",
    [BRINK_REASON_FRAME_TIMEOUT] = "BT",
    [BRINK_REASON_IDLE_TIMEOUT] = "BT",
    [BRINK_REASON_CONNECT_TIMEOUT] = "BT",
    [BRINK_REASON_CONNECT_FAILED] = "UC",
    [BRINK_REASON_DRAINED] = "OD",
    [BRINK_REASON_DRAIN_DEADLINE] = "OC",
    [BRINK_REASON_LOCAL_CLOSED] = "AF",
    [BRINK_REASON_NO_MEMORY] = "BM",
    [BRINK_REASON_NO_SERVER] = "BS",
    [BRINK_REASON_QUEUE_FULL] = "BL",
    [BRINK_REASON_QUEUE_TIMEOUT] = "BT",
    [BRINK_REASON_SERVER_DOWN] = "BS",
    [BRINK_REASON_DENIED] = "BD",
    [BRINK_REASON_SOURCE_LIMIT] = "BL",
    [BRINK_REASON_OVER_RATE] = "BL",
    [BRINK_REASON_PROXY_HEADER] = "BP",
    [BRINK_REASON_FIRST_FRAME_TIMEOUT] = "BT",
    [BRINK_REASON_HALF_CLOSED_TIMEOUT] = "BT",
    [BRINK_REASON_MAX_AGE] = "BA",
    [BRINK_REASON_HANDED_OVER] = "OH",
};

static const char standings[BRINK_STANDING_COUNT] = {
    [BRINK_STANDING_NONE] = '-',   [BRINK_STANDING_GREETING] = 'p', [BRINK_STANDING_QUEUED] = 'q',
    [BRINK_STANDING_DIALED] = 'c', [BRINK_STANDING_SILENT] = 'n',   [BRINK_STANDING_BOUNDARY] = 'b',
    [BRINK_STANDING_HEADER] = 'h', [BRINK_STANDING_FRAME] = 'f',    [BRINK_STANDING_BAD] = 'x',
    [BRINK_STANDING_RAW] = 'r',
};

const char *brink_ending_format(const struct brink_ending *ending, char text[BRINK_ENDING_TEXT])
{
    const char *cause = causes[ending->reason];
    bool side = cause[0] == 'C' || cause[0] == 'U';
    text[0] = cause[0];
    text[1] = side && cause[1] == 'F' && ending->broken ? 'R' : cause[1];
    text[2] = '-';
    text[3] = standings[ending->sides[BRINK_SIDE_CLIENT]];
    text[4] = standings[ending->sides[BRINK_SIDE_UPSTREAM]];
    text[5] = '\0';
    return text;
}

/* Of a side that has been read. */
static enum brink_standing standing(struct brink_session *session, const struct brink_leg *leg)
{
    const struct brink_flow *flow = &leg->flow;
    bool blamed = session->side == (brink_leg_side(leg) == BRINK_SIDE_UPSTREAM);
    bool refused = session->reason == BRINK_REASON_FRAME_TOO_LARGE ||
                   session->reason == BRINK_REASON_FRAME_CORRUPT;
    if (refused && blamed)
        return BRINK_STANDING_BAD;
    if (leg->stream.bytes_in == 0)
        return BRINK_STANDING_SILENT;
    if (brink_spec_raw(&brink_session_service(session)->options->spec))
        return BRINK_STANDING_RAW;
    if (brink_flow_mid_frame(flow))
        return BRINK_STANDING_FRAME;
    return brink_flow_at_boundary(flow) ? BRINK_STANDING_BOUNDARY : BRINK_STANDING_HEADER;
}

void brink_ending_note(struct brink_session *session)
{
    if (session->state == BRINK_SESSION_GREETING)
        session->search = BRINK_SEARCH_GREETING;
    else if (session->state != BRINK_SESSION_CONNECTING)
        session->search = BRINK_SEARCH_OVER;
    else if (brink_pair_of(session)->dialing != NULL && brink_pair_of(session)->dialing->queued)
        session->search = BRINK_SEARCH_QUEUED;
    else
        session->search = BRINK_SEARCH_DIALED;
}

struct brink_ending brink_ending_of(struct brink_session *session)
{
    struct brink_ending ending = {
        .reason = (enum brink_reason)session->reason,
        .broken = session->sys_errno != 0,
        .sides = {standing(session, brink_session_leg(session, 0))},
    };
    if (brink_session_legs(session) == 1)
        return ending;
    switch ((enum brink_search)session->search) {
    case BRINK_SEARCH_GREETING:
        ending.sides[BRINK_SIDE_CLIENT] = BRINK_STANDING_GREETING;
        break;
    case BRINK_SEARCH_QUEUED:
        ending.sides[BRINK_SIDE_UPSTREAM] = BRINK_STANDING_QUEUED;
        break;
    case BRINK_SEARCH_DIALED:
        ending.sides[BRINK_SIDE_UPSTREAM] = BRINK_STANDING_DIALED;
        break;
    case BRINK_SEARCH_OVER:
        ending.sides[BRINK_SIDE_UPSTREAM] = standing(session, brink_session_leg(session, 1));
        break;
    }
    return ending;
}
