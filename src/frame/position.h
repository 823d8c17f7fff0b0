/* frame/position.h - where one direction stands between two frames, in numbers that mean the same
 * to a decoder of another process, which may be of another version. Pure. */
#ifndef BRINK_FRAME_POSITION_H
#define BRINK_FRAME_POSITION_H

#include "brink/frame.h"

/* The numbers are on the wire between two processes: they stay what they are. */
enum brink_position_mode {
    BRINK_POSITION_FRAME = 0, /* before a frame */
    BRINK_POSITION_FIRST = 1, /* before a frame laid out as `first` */
    BRINK_POSITION_TLS = 2,   /* before a TLS record, or a GSSAPI packet, negotiated */
    BRINK_POSITION_GSS = 3,
    BRINK_POSITION_RAW = 4,
    BRINK_POSITION_PREFACE = 5
};

struct brink_position {
    enum brink_position_mode mode;
    uint8_t raw_due;  /* raw bytes that come before the frame */
    uint16_t preface; /* bytes of the preface that have been seen */
};

/* False, with nothing written, within a frame (or its header), and after a bad one. */
bool brink_position_of(const struct brink_decoder *decoder, struct brink_position *position);

/* Sets up a decoder that stands there. Fails with EINVAL where the direction has no such place; the
 * decoder is as before then. */
BRINK_MUST_CHECK brink_result brink_position_restore(const struct brink_position *position,
                                                     const struct brink_direction *direction,
                                                     struct brink_decoder *decoder);

/* Two specs of the same shape find the same frames but for those that one of them refuses for their
 * size. Nearly never the same for others. */
uint64_t brink_spec_shape(const struct brink_spec *spec);

#endif
