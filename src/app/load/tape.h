/* app/load/tape.h - the frames that a load sends, made beforehand: sending is a matter of where one
 * is on the tape. Constant once made, so that all threads read the same one.
 *
 * Invariant: frame i is the bytes from offsets[i] to offsets[i + 1]; frames follow without a gap,
 * so that any run of them is one piece. */
#ifndef BRINK_APP_LOAD_TAPE_H
#define BRINK_APP_LOAD_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/load/sizes.h"
#include "brink/frame.h"

struct brink_load_tape {
    uint8_t *bytes;
    size_t *offsets;
    uint32_t count;   /* of frames, 1 or more */
    bool uniform;     /* all frames are the same: a run may as well begin at the first */
    uint8_t *opening; /* the first frame of a connection, with what must stand before it */
    size_t opening_size;
    bool opening_differs; /* the protocol wants it to be another than those that follow */
};

/* Makes `frames` frames (fewer when they are large, more when a share is small) whose sizes have
 * the shares that `sizes` tells, each item at least once, in an order that is the same every time.
 * `distinct`: no two have the same payload, as far as that has room for it. Fails with EINVAL and a
 * sentence where the protocol has no frame of such a size or the shares need too many large frames,
 * and with ENOMEM; nothing is held then. */
BRINK_MUST_CHECK brink_result brink_load_tape_make(struct brink_load_tape *tape,
                                                   const struct brink_direction *direction,
                                                   const struct brink_load_sizes *sizes,
                                                   uint32_t frames, bool distinct,
                                                   struct brink_message *why);
void brink_load_tape_free(struct brink_load_tape *tape);

static inline size_t brink_load_tape_size(const struct brink_load_tape *tape, uint32_t frame)
{
    return tape->offsets[frame + 1] - tape->offsets[frame];
}

#endif
