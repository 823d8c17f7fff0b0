/* upstream/expect.h - is a server's answer the one that a health check expects?
 *
 * Bytes in, verdict out: no socket, no allocation. The answer is the first frame of the reply
 * direction (a preface before it is passed over). Whether it is a frame at all is known with its
 * header, so nothing is compared before: of what speaks another protocol that is said, not that its
 * first byte differs. The verdict, and what is said of it, does not depend on how the bytes are
 * split. One thread at a time. */
#ifndef BRINK_UPSTREAM_EXPECT_H
#define BRINK_UPSTREAM_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"
#include "brink/upstream.h"

enum brink_verdict {
    BRINK_VERDICT_OPEN = 0, /* more of the answer is needed */
    BRINK_VERDICT_PASSED,
    BRINK_VERDICT_DIFFERS,  /* a byte is not as expected */
    BRINK_VERDICT_SHORT,    /* a whole frame, but less than was expected */
    BRINK_VERDICT_NOT_FRAME /* the stream cannot be framed */
};

enum { BRINK_EXPECT_HEAD = 32 };

/* Invariant: while the verdict is open, the first `size` bytes of the answer have been compared as
 * far as `expect` goes, and `differs_at` is the first that differs. */
struct brink_expect {
    const struct brink_health_options *options;
    const struct brink_spec *spec;
    struct brink_decoder decoder;
    enum brink_verdict verdict;
    uint32_t preface; /* bytes of it still to come */
    bool raw;         /* the answer is raw bytes, not a frame */
    bool single;      /* of which there is one: the answer to a negotiation */
    uint64_t size;    /* bytes of the answer so far */
    uint64_t differs_at;
    uint8_t differs;           /* the byte that stands there; set if one differs */
    struct brink_decoded last; /* the decoder's latest step */
    uint8_t head[BRINK_EXPECT_HEAD];
};

/* At the start of an answer. `options` and `spec` must outlive it. Where the reply direction is raw
 * bytes, the answer is as many of them as are expected, or one. Where `send` is a frame that is
 * negotiated with (brink_spec.negotiate), it is the one raw byte that answers such a frame. */
void brink_expect_begin(struct brink_expect *expect, const struct brink_spec *spec,
                        const struct brink_health_options *options);

/* Takes what has come; what is behind the answer is passed over. Returns the verdict, which stays
 * once it is not open any more. */
enum brink_verdict brink_expect_take(struct brink_expect *expect, const uint8_t *data,
                                     size_t length);

/* Says why the verdict is what it is, for the log: without quotes in it. Nothing ("") for PASSED
 * and OPEN. Always ends with a NUL within `size`. */
void brink_expect_explain(const struct brink_expect *expect, char *text, size_t size);

#endif
