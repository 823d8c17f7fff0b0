/* config/frame.h - how a configuration says where frames end.
 *
 * As a text that brink_spec_parse reads (`frame = u32be`, `frame = dns,max=4096`), or as a section
 * `frame { preset = dns; max = 4096 }`, which is made into such a text: there is one reader of
 * specs. A section at the top level has a name, by which `frame = NAME` means it. */
#ifndef BRINK_CONFIG_FRAME_H
#define BRINK_CONFIG_FRAME_H

#include "brink/frame.h"
#include "config/key.h"

enum { BRINK_CONFIG_FRAMES_MAX = 256 };

/* A named section. */
struct brink_config_frame {
    const char *name;
    const char *text; /* as brink_spec_parse reads it */
    bool max_said;
};

/* The named ones. */
struct brink_config_frames {
    struct brink_config_frame list[BRINK_CONFIG_FRAMES_MAX];
    size_t count;
};

/* Where a listener or an upstream says it; all zeros: it does not. */
struct brink_config_framing {
    struct brink_config_item *item;     /* the `frame` key or section */
    struct brink_config_item *max_item; /* `max-frame` */
    uint64_t max_frame;                 /* 0: the spec's own */
    struct brink_spec spec;             /* once resolved */
};

/* Reads a section `frame "NAME" { }` of the top level. */
void brink_config_frames_add(struct brink_config_reading *reading,
                             struct brink_config_frames *frames, struct brink_config_item *section);

/* Takes a `frame` key or section, or `max-frame`, to be resolved once all are known. */
void brink_config_framing_take(struct brink_config_reading *reading,
                               struct brink_config_framing *framing,
                               struct brink_config_item *item);

/* Fills in framing->spec; the default spec if nothing is said, or what is said is wrong, which is
 * told. */
void brink_config_framing_resolve(struct brink_config_reading *reading,
                                  const struct brink_config_frames *frames,
                                  struct brink_config_framing *framing);

/* Writes `frame = ...` and, where that says it, `max-frame = ...`, shortest first: a name with its
 * own limit, a name with another, all keys. */
void brink_config_framing_print(struct brink_config_dump *dump, const struct brink_spec *spec);

#endif
