/* frame/skip.h - brink_decoder_skip for who counts the frames' sizes as well. */
#ifndef BRINK_FRAME_SKIP_H
#define BRINK_FRAME_SKIP_H

#include "base/tally.h"
#include "brink/frame.h"

/* As brink_decoder_skip; besides, counts the size of each frame that it passes over. */
size_t brink_decoder_skip_sizes(const struct brink_decoder *decoder,
                                const struct brink_direction *direction, const uint8_t *data,
                                size_t length, uint64_t *frames, struct brink_size_tally *sizes);

#endif
