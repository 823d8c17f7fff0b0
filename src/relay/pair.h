/* relay/pair.h - sessions that couple a client with a connection to one of an upstream's servers.
 *
 *   (GREETING: its PROXY header is read)
 *        v
 *   CONNECTING (the client is not read; see relay/dialing.h) --connected--> OPEN
 *        |  no server, or none that answers: CLOSING, the client gets a FIN
 *        ^                                                                   |
 *        +---- its server has gone, between frames (see relay/rehome.h) -----+
 */
#ifndef BRINK_RELAY_PAIR_H
#define BRINK_RELAY_PAIR_H

#include "relay/session.h"
#include "upstream/group.h"

struct brink_dialing;
struct brink_greeting;
struct brink_share;

struct brink_pair {
    struct brink_session session;
    struct brink_leg client;
    struct brink_leg upstream;
    struct brink_target *target;     /* leased; NULL: none yet */
    struct brink_dialing *dialing;   /* while connecting */
    struct brink_greeting *greeting; /* if its client had one to send; see relay/greeting.h */
    uint32_t connected_ms;           /* the low 32 bits of the time */
    uint32_t frames_before : 30;     /* of the upstream's frames, when this connection began */
    uint32_t in_vain : 2;            /* connections in a row that brought nothing; relay/rehome.c */
    uint32_t answer_ms;              /* see relay/answers.c, as for the next */
    uint32_t answered_bytes;
    uint32_t asked_frame; /* see relay/figures.h, as for the next two */
    uint32_t asked_tick;
    struct brink_share *share;
};

extern const struct brink_service_kind brink_pair_kind;

static inline struct brink_pair *brink_pair_of(struct brink_session *session)
{
    return BRINK_CONTAINER_OF(session, struct brink_pair, session);
}

#endif
