/* app/request.h - frames to be sent to an endpoint that echoes: any length, contents by number. */
#ifndef BRINK_APP_REQUEST_H
#define BRINK_APP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"

/* The room that brink_request_fill needs at most. */
size_t brink_request_room(const struct brink_direction *direction, size_t payload);

/* Writes a frame with `payload` bytes that only `seed` decides into `bytes`. `opening`: it is the
 * first of its connection, so what the protocol puts there stands before it (a preface of zeros),
 * and its header is of the `first` layout if there is one. Without frames (raw): the payload alone.
 * Fails as brink_frame_encode_header does. */
BRINK_MUST_CHECK brink_result brink_request_fill(const struct brink_direction *direction,
                                                 bool opening, size_t payload, uint64_t seed,
                                                 uint8_t *bytes, size_t *length);

#endif
