/* frame/layout.h - what decoder, encoder and checks share of a layout's arithmetic. Pure. */
#ifndef BRINK_FRAME_LAYOUT_H
#define BRINK_FRAME_LAYOUT_H

#include "brink/frame.h"

/* Bytes of the whole frame for a length field that reads `value` in a header of `header` bytes;
 * `negative`: its sign is set, so it is less than anything.  * All arithmetic is checked in 64
 * bits: what overflows is too large, what cannot be meant (less than the header, less than min) is
 * too small. `frame` is set when it could be worked out. */
enum brink_frame_error brink_layout_measure(const struct brink_layout *layout, uint64_t value,
                                            bool negative, uint32_t header, uint64_t *frame);

#endif
