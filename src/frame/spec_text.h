/* frame/spec_text.h - reading and writing the text of a spec.
 *
 *     spec   = item *( "," item )
 *     item   = short | preset                         only as the first
 *            | key "=" value | key "=" "(" spec ")"
 *     short  = "u" bits [ "le" | "be" ] | "varint" | "raw"
 *
 * What the keys mean stands in brink/frame.h; they are listed in spec_keys.c. Pure. */
#ifndef BRINK_FRAME_SPEC_TEXT_H
#define BRINK_FRAME_SPEC_TEXT_H

#include "brink/frame.h"

enum { BRINK_SPEC_TEXT_MAX = 1024, BRINK_SPEC_DEPTH_MAX = 2 };

enum brink_includes {
    BRINK_INCLUDES_NOT_SAID = 0,
    BRINK_INCLUDES_NONE,
    BRINK_INCLUDES_LENGTH,
    BRINK_INCLUDES_HEADER
};

/* What has been read so far. */
struct brink_spec_reader {
    struct brink_spec *spec;
    struct brink_message *why;
    unsigned depth; /* 0: the text itself; more: within parentheses */
    enum brink_includes includes;
    bool adjust_said;
    bool size_said;
    bool reply_said;
};

/* Reads items into reader->spec. `text` is changed. */
BRINK_MUST_CHECK brink_result brink_spec_read_items(struct brink_spec_reader *reader, char *text);

/* Applies one key. */
BRINK_MUST_CHECK brink_result brink_spec_set_key(struct brink_spec_reader *reader, const char *key,
                                                 char *value);

/* A number: decimal or 0x..., with KiB, MiB, GiB or B behind it. */
BRINK_MUST_CHECK bool brink_spec_read_size(const char *text, uint64_t *value);

/* 4 bytes, little-endian. */
void brink_layout_default(struct brink_layout *layout);

#endif
