/* sim/framing.h - where frames are in what a peer has sent, by the fuzz targets' dumb decoder. */
#ifndef BRINK_SIM_FRAMING_H
#define BRINK_SIM_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dumb_decoder.h"

struct sim_framing {
    size_t at; /* where the frame begins that is not whole yet */
    uint64_t frames;
    bool bad; /* what begins at `at` is none */
};

/* Takes in the frames that are whole within the first `length` of `bytes`. */
static inline void sim_framing_take(struct sim_framing *framing, const struct brink_layout *layout,
                                    const uint8_t *bytes, size_t length)
{
    size_t frame = 0;
    if (layout->kind == BRINK_LENGTH_NONE) {
        framing->at = length;
        return;
    }
    while (!framing->bad && framing->at < length) {
        enum dumb_verdict verdict =
            dumb_next(layout, bytes + framing->at, length - framing->at, &frame);
        if (verdict == DUMB_INCOMPLETE)
            return;
        framing->bad = verdict == DUMB_BAD;
        if (framing->bad)
            return;
        framing->at += frame;
        framing->frames++;
    }
}

#endif
