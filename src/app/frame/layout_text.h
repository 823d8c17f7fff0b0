/* app/frame/layout_text.h - a layout in words. Pure; any thread. What writes into `text` also
 * returns it.
 */
#ifndef BRINK_APP_FRAME_LAYOUT_TEXT_H
#define BRINK_APP_FRAME_LAYOUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/frame.h"

enum { BRINK_LAYOUT_TEXT_SIZE = 160 };

/* "u32le", "u16be at 4", "varint", "decimal(4)", "hex to ' '", "raw". */
const char *brink_layout_text_short(const struct brink_layout *layout,
                                    char text[BRINK_LAYOUT_TEXT_SIZE]);

/* "2 bytes, big-endian, at offset 4" */
const char *brink_layout_text_length(const struct brink_layout *layout,
                                     char text[BRINK_LAYOUT_TEXT_SIZE]);

/* "value + 6 bytes, header included" */
const char *brink_layout_text_formula(const struct brink_layout *layout,
                                      char text[BRINK_LAYOUT_TEXT_SIZE]);

/* "' '", or "0x0a" where it cannot be seen. */
const char *brink_layout_text_delimiter(const struct brink_layout *layout, char text[8]);

/* Bytes of the smallest whole frame that the layout lets through, and of the largest. */
uint64_t brink_layout_text_smallest(const struct brink_layout *layout);
uint64_t brink_layout_text_largest(const struct brink_layout *layout);

/* True if both directions are framed alike, so that one description does. */
bool brink_layout_text_same(const struct brink_direction *a, const struct brink_direction *b);

#endif
