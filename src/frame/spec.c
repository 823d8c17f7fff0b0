/* Which specs can work. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "frame/layout.h"
#include "frame/spec_text.h"

void brink_layout_default(struct brink_layout *layout)
{
    *layout = (struct brink_layout){
        .kind = BRINK_LENGTH_FIXED,
        .endian = BRINK_LITTLE_ENDIAN,
        .size = 4,
        .mask = UINT64_MAX,
        .unit = 1,
        .pad = 1,
        .max = BRINK_FRAME_MAX_DEFAULT,
    };
}

void brink_spec_default(struct brink_spec *spec)
{
    memset(spec, 0, sizeof *spec);
    (void)snprintf(spec->name, sizeof spec->name, "u32le");
    brink_layout_default(&spec->request.frame);
    brink_layout_default(&spec->request.first);
    spec->reply = spec->request;
}

bool brink_spec_raw(const struct brink_spec *spec)
{
    return spec->request.frame.kind == BRINK_LENGTH_NONE && !spec->request.has_first &&
           spec->reply.frame.kind == BRINK_LENGTH_NONE && !spec->reply.has_first;
}

static unsigned size_limit(enum brink_length_kind kind)
{
    switch (kind) {
    case BRINK_LENGTH_LEB128:
        return BRINK_VARINT_MAX;
    case BRINK_LENGTH_MQTT:
        return 4;
    case BRINK_LENGTH_DECIMAL:
    case BRINK_LENGTH_HEX:
        return BRINK_DIGITS_MAX;
    case BRINK_LENGTH_NONE:
    case BRINK_LENGTH_FIXED:
        break;
    }
    return 8;
}

static brink_result check_delimiter(const struct brink_layout *layout, struct brink_message *why)
{
    bool digits = layout->kind == BRINK_LENGTH_DECIMAL || layout->kind == BRINK_LENGTH_HEX;
    char delimiter = layout->delimiter;
    if (delimiter != '\0' && !digits)
        return brink_message_set(why, "a delimiter ends digits: it needs ascii=decimal or hex");
    if (delimiter == '(' || delimiter == ')')
        return brink_message_set(why, "a parenthesis cannot be a delimiter");
    bool is_digit = (delimiter >= '0' && delimiter <= '9') ||
                    (layout->kind == BRINK_LENGTH_HEX && ((delimiter >= 'a' && delimiter <= 'f') ||
                                                          (delimiter >= 'A' && delimiter <= 'F')));
    if (is_digit)
        return brink_message_set(why, "the delimiter '%c' is a digit itself: choose another",
                                 delimiter);
    return brink_ok();
}

/* The smallest frame that the decoder can accept is the header, or min. */
static brink_result check_limits(const struct brink_layout *layout, struct brink_message *why)
{
    uint64_t header = brink_layout_header_min(layout);
    uint64_t smallest = layout->min > header ? layout->min : header;
    if (layout->max < smallest)
        return brink_message_set(why,
                                 "max is %llu bytes, but the smallest frame has %llu (its header "
                                 "has %llu, min is %llu); max counts the whole frame",
                                 (unsigned long long)layout->max, (unsigned long long)smallest,
                                 (unsigned long long)header, (unsigned long long)layout->min);
    return brink_ok();
}

static brink_result check_layout(const struct brink_layout *layout, struct brink_message *why)
{
    if (layout->kind == BRINK_LENGTH_NONE)
        return brink_ok();
    if ((unsigned)layout->kind > BRINK_LENGTH_HEX || (unsigned)layout->endian > BRINK_BIG_ENDIAN)
        return brink_message_set(why, "the kind or the byte order of the length is unknown");
    if (layout->size < 1 || layout->size > size_limit(layout->kind))
        return brink_message_set(why, "size is %u; a length field of this kind has 1 to %u %s",
                                 (unsigned)layout->size, size_limit(layout->kind),
                                 layout->kind >= BRINK_LENGTH_DECIMAL ? "digits" : "bytes");
    if (layout->offset > BRINK_OFFSET_MAX)
        return brink_message_set(why, "offset is %u; at most %d are possible",
                                 (unsigned)layout->offset, BRINK_OFFSET_MAX);
    if (layout->unit == 0 || layout->pad == 0)
        return brink_message_set(why, "unit and pad are at least 1");
    if (layout->mask == 0)
        return brink_message_set(why, "with mask=0 every frame would have the length 0");
    if (layout->has_sign && layout->kind != BRINK_LENGTH_FIXED)
        return brink_message_set(why, "only a length field of fixed size can be signed");
    if (layout->mask != UINT64_MAX && layout->kind != BRINK_LENGTH_FIXED)
        return brink_message_set(why, "a mask is for a length field of fixed size");
    brink_result checked = check_delimiter(layout, why);
    return brink_failed(checked) ? checked : check_limits(layout, why);
}

static brink_result check_direction(const struct brink_direction *direction,
                                    struct brink_message *why)
{
    if (direction->preface > BRINK_OFFSET_MAX)
        return brink_message_set(why, "preface is %u bytes; at most %d are possible",
                                 (unsigned)direction->preface, BRINK_OFFSET_MAX);
    if (direction->has_first && direction->first.kind == BRINK_LENGTH_NONE)
        return brink_message_set(why, "first=(raw) is no frame; for raw bytes write preface=N");
    brink_result checked = check_layout(&direction->frame, why);
    if (!brink_failed(checked) && direction->has_first)
        checked = check_layout(&direction->first, why);
    return checked;
}

brink_result brink_spec_check(const struct brink_spec *spec, struct brink_message *why)
{
    if (memchr(spec->name, '\0', sizeof spec->name) == NULL)
        return brink_message_set(why, "the spec's name has no end");
    if (spec->negotiate != 0 && !spec->request.has_first)
        return brink_message_set(why, "negotiate needs first=(...): the frame that is answered");
    brink_result checked = check_direction(&spec->request, why);
    return brink_failed(checked) ? checked : check_direction(&spec->reply, why);
}

const char *brink_frame_error_name(enum brink_frame_error error)
{
    switch (error) {
    case BRINK_FRAME_OK:
        return "ok";
    case BRINK_FRAME_TOO_LARGE:
        return "too-large";
    case BRINK_FRAME_TOO_SMALL:
        return "too-small";
    case BRINK_FRAME_OVERLONG:
        return "overlong-varint";
    case BRINK_FRAME_NOT_A_DIGIT:
        return "not-a-digit";
    }
    return "unknown";
}
