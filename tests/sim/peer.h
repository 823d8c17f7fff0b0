/* sim/peer.h - a client or an upstream: one end of a connection, with a script of its own that the
 * tape makes up as it goes: frames of all sizes, in one piece or byte by byte, stalls, half-closes,
 * ends within a frame, resets, garbage; and reading at once, slowly, or not at all. */
#ifndef BRINK_SIM_PEER_H
#define BRINK_SIM_PEER_H

#include "sim/framing.h"
#include "sim/kernel.h"

struct brink_stream;
struct brink_target;

/* How far a client has come that looks for a server, by the oracles' account. */
struct sim_dial {
    bool began;
    uint64_t came_turn; /* of its worker's */
    uint32_t tried;     /* servers, by bits */
    unsigned tries;
    bool late;                         /* the last was given up for want of an answer */
    const struct brink_target *target; /* that it is leased; not to be looked at */
    const struct sim_conn *conn;       /* that is being made */
    bool waits;                        /* for a place */
    uint64_t waits_ms;                 /* since when */
    uint64_t waits_turn;
    unsigned left;   /* when it ended: a server that it could have tried, */
    unsigned room;   /* and that had room */
    bool queue_full; /* and whether others waited already */
};

enum sim_pace { SIM_AT_ONCE = 0, SIM_IN_PIECES, SIM_DRIBBLE };
enum sim_reading { SIM_READS_ALL = 0, SIM_READS_SLOWLY, SIM_READS_NOT };
enum sim_then { SIM_GO_ON = 0, SIM_THEN_FIN, SIM_THEN_RESET, SIM_THEN_CLOSE };

struct sim_peer {
    unsigned id;               /* its connection's */
    struct sim_socket *socket; /* its end */
    const struct brink_layout *layout;
    bool upstream;
    bool replies; /* an upstream that sends a frame for each frame, and no other */
    bool over;    /* nothing more to do */
    enum sim_pace pace;
    enum sim_reading reading;
    unsigned ops;          /* left */
    unsigned leaves_after; /* so many replies a server ends; 0: it does not */
    uint64_t rests_until_us;
    uint8_t *pending; /* to be sent */
    size_t pending_length;
    size_t pending_at;
    enum sim_then then; /* once that is sent */
    bool got_end;
    bool got_error;
    struct sim_framing got; /* frames that came */
    uint64_t replied;

    /* The oracles' own. */
    struct sim_dial dial;        /* of a client */
    ptrdiff_t shift;             /* byte n that is sent to it is byte n + shift of its partner */
    uint64_t bytes_before;       /* of an upstream: that came from those before it, */
    uint64_t frames_before;      /* and frames */
    struct sim_peer *partner;    /* who gets what this one sends; itself when echoed */
    struct brink_stream *stream; /* the program's end, while there is one */
    struct sim_framing framing;  /* of what the program has taken from this one */
    uint64_t frame_begun_ms;     /* when the frame at framing.at began to be taken; UINT64_MAX */
    bool stands;                 /* the program goes by its connection as one that stands */
    bool blocked;                /* not read from for want of room, when the last turn ended */
    uint64_t blocked_ms;         /* when it was last not read from for want of room */
    uint64_t closing_ms;         /* when its session began to close; 0: not yet */
    uint64_t quiet_ms;           /* and how long nothing had come or gone by then */
    unsigned cuts[2];            /* lines about frames cut in its session, by side */
    uint64_t sent_back;          /* bytes that the application has sent, of an endpoint */
    uint64_t kept;               /* and that it still has to send: whole frames */
    bool misbehaved;             /* gave a reason to be ended other than by its end */
    bool rested;                 /* was slow enough to be cut off */
};

void sim_peer_init(struct sim_peer *peer, struct sim_kernel *kernel, struct sim_conn *conn,
                   bool upstream, const struct brink_layout *layout);
void sim_peer_free(struct sim_peer *peer);

/* Does what it would do next; with `finishing`, comes to a good end without further ado. True if
 * anything happened. */
bool sim_peer_step(struct sim_peer *peer, struct sim_kernel *kernel, bool finishing);

#endif
