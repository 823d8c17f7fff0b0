/* app/load/connection.h - one connection of a load: frames out of the tape, replies in.
 *
 *   CLOSED --open--> CONNECTING --> OPENING --first frame is back--> OPEN
 *      ^                  '---------(none is due)-------------------^ |
 *      '-------------------------- close ---------------------------'
 *
 * Its socket is added to epoll once, edge-triggered, and never touched there again. What a frame
 * costs is a share of a send and of a recv: frames that may leave are one piece of the tape, and
 * replies are counted in a large buffer, at a glance where nobody looks at their bytes.
 *
 * Invariant: out_queued <= in_flight; the frames queued are the last ones of those in flight. */
#ifndef BRINK_APP_LOAD_CONNECTION_H
#define BRINK_APP_LOAD_CONNECTION_H

#include "app/load/latency.h"
#include "app/load/plan.h"
#include "app/load/trouble.h"
#include "base/counter.h"
#include "base/list.h"

/* What the connections of one thread share. */
struct brink_load_lane {
    const struct brink_load_plan *plan;
    int epoll_fd;
    uint8_t *buffer; /* for what comes in */
    size_t buffer_size;
    uint64_t now_ns;   /* of the last look at the clock */
    uint64_t begin_ns; /* when the counted frames began: frame k is due so long after it */
    uint64_t last_ns;  /* when the last frame was counted */
    uint64_t in_flight;
    brink_counter frames; /* answered; one way: sent */
    brink_counter bytes;  /* sent, of counted frames */
    brink_counter errors; /* what broke, for those who watch */
    uint64_t received;    /* bytes, where replies are looked at; opening frames are none */
    uint64_t opened;
    uint64_t different;
    uint64_t unanswered;
    uint64_t unasked; /* replies that answer nothing */
    struct brink_latency latency;
    struct brink_load_troubles troubles;
};

enum brink_load_state {
    BRINK_LOAD_IS_CLOSED = 0,
    BRINK_LOAD_IS_CONNECTING,
    BRINK_LOAD_IS_OPENING,
    BRINK_LOAD_IS_OPEN
};

/* Frames that left together. */
struct brink_load_batch {
    uint64_t at_ns;
    uint32_t frames;
};

struct brink_load_connection {
    int fd;
    enum brink_load_state state;
    bool silent;     /* one of those that do nothing once they are open */
    bool greeted;    /* has made its first round trip: needs no other unless the protocol does */
    bool blocked;    /* the kernel takes no more: an edge will tell */
    bool unread;     /* there may be more to read, and no edge will tell */
    bool ending;     /* the peer has ended or broken it: to be read to its end */
    bool differs;    /* the reply that has begun */
    uint32_t number; /* among all that work */
    struct brink_decoder decoder;
    size_t opening_left; /* bytes of the first frame still to be sent */
    uint32_t out_index;  /* the frame on the tape that is sent next */
    uint32_t out_queued; /* frames not wholly sent */
    size_t out_done;     /* bytes of the first of them that are */
    uint32_t in_flight;
    uint32_t life;        /* frames begun since it was opened */
    uint64_t begun;       /* frames begun ever */
    uint64_t due;         /* frames that ought to leave, at a fixed rate */
    uint32_t reply_index; /* the frame on the tape that is answered next; --verify and raw */
    size_t reply_done;    /* bytes of its reply seen */
    struct brink_load_batch *batches; /* a ring of plan->in_flight; NULL: nothing is timed so */
    uint32_t batch_first;
    uint32_t batch_count;
    uint64_t since_ns;       /* of the state, for time-outs */
    struct brink_link timed; /* opening, or waiting to be opened again */
    struct brink_link more;  /* has something to do without an edge */
};

/* `batches`: room for plan->in_flight, kept by the caller; NULL for one that is silent. */
void brink_load_connection_init(struct brink_load_connection *connection,
                                const struct brink_load_plan *plan, uint32_t number, bool silent,
                                struct brink_load_batch *batches);

/* Begins to connect. Fails with the kernel's reason; then, as after any failure below, it is for
 * the caller to close it. */
BRINK_MUST_CHECK brink_result brink_load_connection_open(struct brink_load_connection *connection,
                                                         struct brink_load_lane *lane);

/* Takes what epoll says, or 0 for one that is `unread`: goes on connecting, sends, receives, counts
 * replies. Fails with ECONNABORTED (the peer closed), EPROTO (no frame), or the kernel's reason. */
BRINK_MUST_CHECK brink_result brink_load_connection_event(struct brink_load_connection *connection,
                                                          struct brink_load_lane *lane,
                                                          uint32_t events);

/* Sends `frames` more, which are in flight from now on; what the kernel does not take leaves as it
 * has room. Fails with the kernel's reason. */
BRINK_MUST_CHECK brink_result brink_load_connection_send(struct brink_load_connection *connection,
                                                         struct brink_load_lane *lane,
                                                         uint32_t frames);

/* Frames in flight are lost: unanswered. */
void brink_load_connection_close(struct brink_load_connection *connection,
                                 struct brink_load_lane *lane);

/* What it was about, for a trouble that it has. */
enum brink_load_stage brink_load_connection_stage(const struct brink_load_connection *connection);

#endif
