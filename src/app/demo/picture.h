/* app/demo/picture.h - the header of a frame in boxes, byte by byte. */
#ifndef BRINK_APP_DEMO_PICTURE_H
#define BRINK_APP_DEMO_PICTURE_H

#include <stdio.h>

#include "brink/frame.h"

/* Draws the layout, which must not be raw:
 *
 *     0    1    2    3    4    5    6
 *     +----+----+----+----+----+----+----------- - -
 *     |    not read       | length  | payload
 *     +----+----+----+----+----+----+----------- - -
 */
void brink_picture_draw(const struct brink_layout *layout, FILE *out);

#endif
