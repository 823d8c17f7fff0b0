/* frame/phase.h - where a decoder stands: what decoder.c, skip.c and position.c share. */
#ifndef BRINK_FRAME_PHASE_H
#define BRINK_FRAME_PHASE_H

enum brink_decoder_phase {
    BRINK_PHASE_HEADER = 0,
    BRINK_PHASE_BODY,
    BRINK_PHASE_PREFACE,
    BRINK_PHASE_RAW,
    BRINK_PHASE_BAD
};

/* Which layout the present frame follows. */
enum brink_decoder_layout {
    BRINK_FOLLOWS_FRAME = 0,
    BRINK_FOLLOWS_FIRST,
    BRINK_FOLLOWS_TLS,
    BRINK_FOLLOWS_GSS
};

#endif
