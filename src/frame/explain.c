/* What a person needs to know of a header that was refused. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "frame/layout.h"
#include "frame/likely.h"

enum { SHOWN_MAX = 32 };

static const struct brink_layout *layout_at_fault(const struct brink_direction *direction,
                                                  const struct brink_decoded *bad)
{
    return bad->first ? &direction->first : &direction->frame;
}

/* The name may be what somebody typed: nothing in it may end the quotes or the line. */
static const char *quotable(const char *name, char *copy, size_t size)
{
    size_t length = 0;
    for (; name[length] != '\0' && length + 1 < size; length++) {
        bool plain = name[length] >= ' ' && name[length] <= '~' && name[length] != '"' &&
                     name[length] != '\\';
        copy[length] = plain ? name[length] : '?';
    }
    copy[length] = '\0';
    return copy;
}

void brink_frame_explain_error(const struct brink_spec *spec,
                               const struct brink_direction *direction,
                               const struct brink_decoded *bad, const uint8_t *header,
                               size_t length, char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const struct brink_layout *layout = layout_at_fault(direction, bad);
    char hex[2 * SHOWN_MAX + 1];
    size_t shown = length < SHOWN_MAX ? length : SHOWN_MAX;
    char name[sizeof spec->name];
    if (size == 0)
        return;
    for (size_t i = 0; i < shown; i++) {
        hex[2 * i] = digits[header[i] >> 4];
        hex[2 * i + 1] = digits[header[i] & 15];
    }
    hex[2 * shown] = '\0';
    (void)snprintf(text, size,
                   "header=%s value=%" PRIu64 " limit=%" PRIu64 " spec=\"%s\" likely=\"%s\"", hex,
                   bad->value, layout->max, quotable(spec->name, name, sizeof name),
                   brink_likely_cause(layout, bad, header, length));
}
