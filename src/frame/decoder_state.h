/* frame/decoder_state.h - what a decoder's bits mean; for decoder.c and position.c alone. */
#ifndef BRINK_FRAME_DECODER_STATE_H
#define BRINK_FRAME_DECODER_STATE_H

enum brink_decoder_phase { PHASE_HEADER = 0, PHASE_BODY, PHASE_PREFACE, PHASE_RAW, PHASE_BAD };

enum brink_decoder_layout { LAYOUT_FRAME = 0, LAYOUT_FIRST, LAYOUT_TLS, LAYOUT_GSS };

#endif
