/* relay/flow.h - where one direction of a connection stands.
 *
 * Tells of each piece of bytes which part may be passed on: all of it, but for a header that is not
 * complete yet (it may turn out to be refused). So a frame passes through as it comes, and whoever
 * receives it never sees the beginning of one that was not accepted. Pure. */
#ifndef BRINK_RELAY_FLOW_H
#define BRINK_RELAY_FLOW_H

#include "base/tally.h"
#include "brink/frame.h"
#include "brink/stream.h"

/* What else is known of the present frame is kept in the decoder's spare room: in its word when it
 * began, in its mark that its size is that of a request to negotiate. */
struct brink_flow {
    struct brink_decoder decoder;
    uint64_t frames; /* that have ended */
};
_Static_assert(sizeof(struct brink_flow) == 24, "thousands of idle connections have two each");

struct brink_flow_step {
    size_t accepted; /* bytes, from the first, that may be passed on */
    uint64_t frames; /* that ended in this step */
    bool began;      /* the frame that goes on behind it began in it */
    bool went_on;    /* the first of its frames had begun before */
    bool bad;        /* the stream cannot be framed beyond `accepted`: `why` */
    struct brink_decoded why;
};

const struct brink_direction *brink_flow_direction(const struct brink_spec *spec,
                                                   enum brink_side side);

void brink_flow_init(struct brink_flow *flow, const struct brink_spec *spec, enum brink_side side);

/* Takes `length` bytes that came from `side`. `other` is the opposite direction, which a
 * negotiation within the protocol concerns as well; the same as `flow` where there is none. The
 * size of each frame whose header is complete by then is counted in `sizes`. */
struct brink_flow_step brink_flow_take(struct brink_flow *flow, struct brink_flow *other,
                                       const struct brink_spec *spec, enum brink_side side,
                                       const uint8_t *data, size_t length, uint32_t now_ms,
                                       struct brink_size_tally *sizes);

/* Counts the frame's size, if its header was completed in that step of the decoder and accepted. */
void brink_flow_count_size(struct brink_size_tally *sizes, const struct brink_decoded *decoded);

/* When the present frame began: the low 32 bits of the time. */
static inline uint32_t brink_flow_started_ms(const struct brink_flow *flow)
{
    return flow->decoder.owner_word;
}

/* Its time counts from `now_ms` on. */
static inline void brink_flow_start(struct brink_flow *flow, uint32_t now_ms)
{
    flow->decoder.owner_word = now_ms;
}

/* True between two frames. */
static inline bool brink_flow_at_boundary(const struct brink_flow *flow)
{
    return brink_decoder_at_boundary(&flow->decoder);
}

/* True if a part of a frame, but not all of it, has been passed on. */
static inline bool brink_flow_mid_frame(const struct brink_flow *flow)
{
    return brink_decoder_missing(&flow->decoder) > 0;
}

/* True if an end now would leave a frame unfinished, passed on in part or not. */
static inline bool brink_flow_unfinished(const struct brink_flow *flow)
{
    return brink_flow_mid_frame(flow) || brink_decoder_in_header(&flow->decoder);
}

#endif
