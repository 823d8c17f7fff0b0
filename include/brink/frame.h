/* brink/frame.h - how to find a frame in a stream of bytes: spec, decoder, encoder.
 *
 * Pure: bytes in, verdict out. Nothing here allocates, blocks, makes a system call or touches a
 * global, so every function may be called from any thread on objects of the caller's own.
 *
 * The length of a whole frame on the wire, header included, is
 *
 *     frame = value * unit + adjust + offset + size      (then rounded up to a multiple of pad)
 *
 * where `value` is the length field: `size` bytes after `offset` others. The header is those
 * offset + size bytes; the payload is everything after them. Compare Netty's
 * LengthFieldBasedFrameDecoder: its lengthAdjustment is `adjust`, and every frame that it can
 * express is the same frame here. */
#ifndef BRINK_FRAME_H
#define BRINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRINK_OFFSET_MAX = 4096, /* bytes that may stand before a length field */
    BRINK_VARINT_MAX = 10,   /* a 64-bit value in groups of 7 bits */
    BRINK_DIGITS_MAX = 20,   /* digits of 2^64 - 1 */
    BRINK_HEADER_MAX = BRINK_OFFSET_MAX + BRINK_DIGITS_MAX + 1,
    BRINK_FRAME_MAX_DEFAULT = 16 * 1024 * 1024
};

enum brink_length_kind {
    BRINK_LENGTH_NONE = 0, /* no frames: the direction is raw bytes */
    BRINK_LENGTH_FIXED,    /* `size` bytes, 1 to 8, in the order `endian` */
    BRINK_LENGTH_LEB128,   /* varint as in Protocol Buffers, at most `size` bytes, 1 to 10 */
    BRINK_LENGTH_MQTT,     /* the same groups of 7 bits, MQTT 5 section 1.5.5; at most 4 bytes */
    BRINK_LENGTH_DECIMAL,  /* ASCII digits: `size` of them, or up to `delimiter` */
    BRINK_LENGTH_HEX
};

enum brink_endian { BRINK_LITTLE_ENDIAN = 0, BRINK_BIG_ENDIAN };

/* How to find the length of one frame. */
struct brink_layout {
    enum brink_length_kind kind;
    enum brink_endian endian;
    uint32_t offset; /* bytes before the length field */
    uint8_t size;    /* bytes or digits of it; the most of them for a varint or up to a delimiter */
    char delimiter;  /* ends the digits (a byte of the header); 0: exactly `size` digits */
    bool has_sign;   /* a fixed field's highest bit is a sign: negative lengths are corrupt */
    int64_t adjust;  /* what the value leaves out (+) or counts in (-) */
    uint64_t mask;   /* the bits of a fixed field that count; all ones for all */
    uint64_t unit;   /* bytes per unit of the value, 1 or more */
    uint64_t pad;    /* frames are padded to a multiple of this, 1 or more */
    uint64_t header_only; /* values below this (0: none), the negative of a signed field too, mean
                             a frame that is its header alone, as git's pkt-line 0000 */
    uint64_t min;         /* bytes of the whole frame; below is corrupt. 0: the header */
    uint64_t max;         /* bytes of the whole frame; above is too large */
};

/* One direction of a connection: what comes first, and what then. */
struct brink_direction {
    uint32_t preface;          /* raw bytes before the first frame (HTTP/2: 24) */
    bool has_first;            /* the first frame is laid out as `first` */
    struct brink_layout first; /* e.g. a PostgreSQL startup packet */
    struct brink_layout frame;
};

struct brink_spec {
    char name[32];                  /* a preset's name, or what stood in the text; for messages */
    struct brink_direction request; /* client to upstream */
    struct brink_direction reply;   /* upstream to client */
    /* The protocol keeps state per connection, so frames of several clients must not be mixed. */
    bool pin;
    /* PostgreSQL's in-band negotiation: a `first` frame of exactly this many bytes (0: none) is
     * answered by one raw byte, before any frame of the reply direction. 'S': both sides go on with
     * TLS records; 'G': both go on with 4-byte big-endian lengths (GSSAPI encryption); anything
     * else: another `first` frame follows. */
    uint32_t negotiate;
};

/* Reads the text of a spec: a short form ("u32le", "u16be", "u8", ..., "raw"), a preset's name
 * ("dns"), or keys ("offset=4,size=2,endian=big"), also a name followed by keys
 * ("dns,max=4096"). `max_frame`, if not 0, replaces the limits of all layouts. The keys are
 * listed in brink-frame(1) and in src/frame/spec_keys.c. On failure (EINVAL) `spec` is left as it
 * was and `why`, if not NULL, says what is wrong and what would be right. */
BRINK_MUST_CHECK brink_result brink_spec_parse(struct brink_spec *spec, const char *text,
                                               uint64_t max_frame, struct brink_message *why);

/* Writes the spec as keys, so that brink_spec_parse reads the same spec from it (but for its name).
 * Returns `text`, which is cut at `size`; BRINK_SPEC_DESCRIBED_MAX is always enough. */
enum { BRINK_SPEC_DESCRIBED_MAX = 1024 };
const char *brink_spec_describe(const struct brink_spec *spec, char *text, size_t size);

/* The default spec: 4 bytes, little-endian, then the payload; frames up to 16 MiB. */
void brink_spec_default(struct brink_spec *spec);

/* Refuses combinations that cannot work (EINVAL, `why` as above): every spec built by hand must
 * pass this before it is decoded with; brink_spec_parse does so itself. */
BRINK_MUST_CHECK brink_result brink_spec_check(const struct brink_spec *spec,
                                               struct brink_message *why);

/* True if neither direction has frames. */
bool brink_spec_raw(const struct brink_spec *spec);

/* The bytes of the smallest header that the layout allows, and of the largest. */
uint32_t brink_layout_header_min(const struct brink_layout *layout);
uint32_t brink_layout_header_max(const struct brink_layout *layout);

/* The presets, in the order of `brink frame list`. */
struct brink_preset {
    const char *name;
    const char *title;  /* "DNS over TCP" */
    const char *source; /* "RFC 1035 4.2.2, RFC 7766" */
    struct brink_spec spec;
};
size_t brink_preset_count(void);
const struct brink_preset *brink_preset_at(size_t index);
const struct brink_preset *brink_preset_find(const char *name); /* NULL if there is none */

enum brink_frame_error {
    BRINK_FRAME_OK = 0,
    BRINK_FRAME_TOO_LARGE,  /* above max, or beyond what 64 bits can count */
    BRINK_FRAME_TOO_SMALL,  /* below min, or shorter than its own header */
    BRINK_FRAME_OVERLONG,   /* a varint of too many bytes, or not in its shortest form */
    BRINK_FRAME_NOT_A_DIGIT /* a length in digits holds something else, or too many, or none */
};
enum { BRINK_FRAME_ERRORS = BRINK_FRAME_NOT_A_DIGIT + 1 };
const char *brink_frame_error_name(enum brink_frame_error error); /* "too-large" and so on */

/* Where the decoder of one direction stands. All of its state: the header's bytes are summed up
 * as they pass, never kept. Copying it copies the position. */
struct brink_decoder {
    uint64_t count;         /* in a header: the value so far; in a body: bytes still to come */
    uint32_t owner_word;    /* whoever owns the decoder may keep here what it likes: 0 at first */
    uint16_t have;          /* bytes of the header (or preface) seen */
    uint8_t raw_due;        /* raw bytes that the other direction has announced (negotiation) */
    uint8_t phase : 3;      /* enum brink_decoder_phase, private to src/frame */
    uint8_t layout : 2;     /* which layout the present frame follows, private to src/frame */
    uint8_t owner_mark : 1; /* the owner's too */
};

enum brink_decode_event {
    BRINK_DECODE_FRAME,  /* a frame ends here: `used` bytes reach its end */
    BRINK_DECODE_BODY,   /* all bytes used; the header is accepted, the frame goes on */
    BRINK_DECODE_HEADER, /* all bytes used; a header has begun and is not complete */
    BRINK_DECODE_RAW, /* `used` bytes outside any frame: raw mode, a preface, an announced byte */
    BRINK_DECODE_BAD  /* the stream cannot be framed any further: `error` says why */
};

struct brink_decoded {
    enum brink_decode_event event;
    enum brink_frame_error error; /* for BAD */
    size_t used;                  /* bytes consumed by this call (for BAD: the header's) */
    uint64_t value;               /* the length field as read; set with FRAME, BODY and BAD */
    uint64_t frame;  /* bytes of the whole frame; 0 if it had no meaning. The same calls,
                        where the header was completed in that call; else 0 */
    uint32_t header; /* bytes of its header; likewise */
    bool first;      /* FRAME, BAD: it followed the `first` layout */
};

/* A decoder at the start of a direction. */
void brink_decoder_init(struct brink_decoder *decoder, const struct brink_direction *direction);

/* Goes on through `data` (length > 0) up to the end of one frame, or of the data. Call again with
 * the rest until all is used. After BAD the decoder stays bad. Frames come out the same whatever
 * way the bytes are split. */
struct brink_decoded brink_decoder_next(struct brink_decoder *decoder,
                                        const struct brink_direction *direction,
                                        const uint8_t *data, size_t length);

/* Passes over frames that lie whole in `data`, as many calls of brink_decoder_next would, and adds
 * their number to `frames`; returns how many bytes they have. It stops, with the decoder at a
 * boundary, before what takes a closer look: the last frames of the data, one that is refused, a
 * length that is not a fixed field; that may be at once. For who counts frames and looks at none
 * of them. */
size_t brink_decoder_skip(const struct brink_decoder *decoder,
                          const struct brink_direction *direction, const uint8_t *data,
                          size_t length, uint64_t *frames);

/* True between two frames (and always in raw mode); false within a frame, a preface or after BAD.
 */
bool brink_decoder_at_boundary(const struct brink_decoder *decoder);

/* True if at least one byte of the present frame has been seen but its header is not complete. */
bool brink_decoder_in_header(const struct brink_decoder *decoder);

/* Bytes of the present frame's body still to come; 0 outside a body. */
uint64_t brink_decoder_missing(const struct brink_decoder *decoder);

/* Negotiation (see brink_spec.negotiate), told to a decoder that stands at a boundary:
 * the next `count` bytes are raw; */
void brink_decoder_expect_raw(struct brink_decoder *decoder, uint8_t count);
/* the next frame follows `first` again; */
void brink_decoder_expect_first(struct brink_decoder *decoder);
/* from now on there are TLS records ('S') or 4-byte big-endian lengths ('G'). */
void brink_decoder_switch(struct brink_decoder *decoder, char to);

/* Writes the header of a frame with `payload` bytes after it into `header` (room for
 * brink_layout_header_max bytes; bytes before the length field are zeros) and its length into
 * `length`. Fails with EMSGSIZE if the frame would be above max or below min or the field cannot
 * hold it, and with EINVAL for raw and where unit or pad do not fit the payload. On failure nothing
 * is written. */
BRINK_MUST_CHECK brink_result brink_frame_encode_header(const struct brink_layout *layout,
                                                        uint64_t payload, uint8_t *header,
                                                        size_t *length);

/* What a person needs to know of a bad header, as logfmt pairs on one line:
 *     header=00000fff... value=268435455 limit=16777216 spec=u32le likely="..."
 * `header`/`length`: the frame's first bytes as far as at hand (up to 32 are shown). The likely
 * cause is guessed from them: TLS, HTTP, SSH, the other byte order, a value that counts the header,
 * ... Always ends with a NUL within `size`. */
void brink_frame_explain_error(const struct brink_spec *spec,
                               const struct brink_direction *direction,
                               const struct brink_decoded *bad, const uint8_t *header,
                               size_t length, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
