/* app/frame/scan.h - the frames in a stream of bytes, told as rows of a table.
 *
 * Invariant: `begin` + `seen` is where the next byte stands; `kept` is the least of `seen` and the
 * room in `first`. */
#ifndef BRINK_APP_FRAME_SCAN_H
#define BRINK_APP_FRAME_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "brink/frame.h"

struct brink_scan {
    const struct brink_spec *spec;
    const struct brink_direction *direction;
    struct brink_decoder decoder;
    FILE *out;       /* the rows; NULL for none */
    uint64_t begin;  /* where the present frame begins */
    uint64_t seen;   /* bytes of it so far */
    uint64_t frame;  /* its size, 0 while that is not known */
    uint32_t header; /* likewise */
    size_t kept;
    uint8_t first[32]; /* its first bytes */

    uint64_t frames;
    uint64_t bytes; /* of whole frames */
    uint64_t raw;   /* bytes outside frames */
    uint64_t smallest;
    uint64_t largest;
};

/* `direction` is one of the spec's; both must outlive the scan. */
void brink_scan_init(struct brink_scan *scan, const struct brink_spec *spec,
                     const struct brink_direction *direction, FILE *out);

/* Goes on with `length` bytes. EPROTO when they can't be framed: `why` says where and what is
 * there. */
BRINK_MUST_CHECK brink_result brink_scan_feed(struct brink_scan *scan, const uint8_t *data,
                                              size_t length, struct brink_message *why);

/* The bytes are at their end. EPROTO, with `why`, if a frame is not. */
BRINK_MUST_CHECK brink_result brink_scan_end(struct brink_scan *scan, struct brink_message *why);

/* How many frames, how large. */
void brink_scan_print_summary(const struct brink_scan *scan, FILE *out);

#endif
