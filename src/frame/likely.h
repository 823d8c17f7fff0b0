/* frame/likely.h - guessing why a frame's header cannot be accepted. */
#ifndef BRINK_FRAME_LIKELY_H
#define BRINK_FRAME_LIKELY_H

#include "brink/frame.h"

/* A sentence without quotes in it, from the header's first bytes: another protocol, the other byte
 * order, a value that counts more or less than the spec says. Constant text. Pure. */
const char *brink_likely_cause(const struct brink_layout *layout, const struct brink_decoded *bad,
                               const uint8_t *header, size_t length);

#endif
