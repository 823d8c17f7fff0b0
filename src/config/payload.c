#include "config/payload.h"

#include <errno.h>
#include <string.h>

static const struct brink_layout *first_layout(const struct brink_direction *direction)
{
    return direction->has_first ? &direction->first : &direction->frame;
}

/* True if the bytes are one or more whole frames, as a direction begins or goes on. */
static bool whole(const struct brink_direction *direction, bool begins,
                  const struct brink_bytes *bytes)
{
    struct brink_direction later = *direction;
    struct brink_decoder decoder;
    bool framed = false;
    if (!begins) {
        later.has_first = false;
        later.preface = 0;
    }
    brink_decoder_init(&decoder, &later);
    for (size_t at = 0; at < bytes->size;) {
        struct brink_decoded decoded =
            brink_decoder_next(&decoder, &later, bytes->data + at, bytes->size - at);
        if (decoded.event == BRINK_DECODE_BAD)
            return false;
        framed |= decoded.event == BRINK_DECODE_FRAME || later.frame.kind == BRINK_LENGTH_NONE;
        at += decoded.used;
    }
    return framed && brink_decoder_at_boundary(&decoder);
}

/* `payload` in a frame of its own. */
static brink_result put_into_frame(struct brink_config_reading *reading,
                                   const struct brink_layout *layout,
                                   const struct brink_bytes *payload, struct brink_bytes *frame)
{
    uint8_t header[BRINK_HEADER_MAX];
    size_t length = 0;
    brink_result encoded = brink_frame_encode_header(layout, payload->size, header, &length);
    if (brink_failed(encoded))
        return encoded;
    uint8_t *data = brink_config_memory_take(reading->memory, length + payload->size);
    if (data == NULL)
        return brink_fail(ENOMEM);
    memcpy(data, header, length);
    memcpy(data + length, payload->data, payload->size);
    *frame = (struct brink_bytes){data, length + payload->size};
    return brink_ok();
}

/* Puts a payload into a frame and into *bytes, or looks at what *bytes has. */
static void settle(struct brink_config_reading *reading, struct brink_config_item *item,
                   const char *name, const struct brink_spec *spec, bool request,
                   struct brink_bytes *payload, struct brink_bytes *bytes)
{
    const struct brink_direction *direction = request ? &spec->request : &spec->reply;
    if (payload->data != NULL && bytes->data != NULL) {
        brink_config_item_error(reading, item, "%s and %s-payload are both set; remove one", name,
                                name);
        return;
    }
    if (bytes->data != NULL && !whole(direction, true, bytes) &&
        (request || !whole(direction, false, bytes))) {
        brink_config_item_error(reading, item,
                                "%s is not made of whole frames of \"%s\"; write all bytes of the "
                                "frame, its header too, or %s-payload",
                                name, spec->name, name);
        return;
    }
    if (payload->data == NULL)
        return;
    const struct brink_layout *layout = request ? first_layout(direction) : &direction->frame;
    if (layout->kind == BRINK_LENGTH_NONE || (request && direction->preface > 0) ||
        brink_failed(put_into_frame(reading, layout, payload, bytes)))
        brink_config_item_error(reading, item,
                                "%s-payload cannot be put into a frame of \"%s\"; write the whole "
                                "as %s = hex:...",
                                name, spec->name, name);
    *payload = (struct brink_bytes){NULL, 0};
}

/* --- what is expected --- */

/* Before the expected payload stands a header of which no bit counts. */
static void settle_expected_payload(struct brink_config_reading *reading,
                                    struct brink_config_health *health,
                                    const struct brink_layout *layout)
{
    size_t header = brink_layout_header_min(layout);
    size_t payload = health->expect_payload.size;
    if (layout->kind == BRINK_LENGTH_NONE || brink_layout_header_max(layout) != header) {
        brink_config_item_error(reading, health->item,
                                "expect-payload needs headers of one size; write the beginning of "
                                "the whole frame as expect = hex:...");
        return;
    }
    uint8_t *expect = brink_config_memory_take(reading->memory, header + payload);
    uint8_t *mask = brink_config_memory_take(reading->memory, header + payload);
    if (expect == NULL || mask == NULL) {
        brink_config_item_error(reading, health->item, "no memory is left for expect-payload");
        return;
    }
    memcpy(expect + header, health->expect_payload.data, payload);
    if (health->mask.data != NULL)
        memcpy(mask + header, health->mask.data, payload);
    else
        memset(mask + header, 0xff, payload);
    health->expect = (struct brink_bytes){expect, header + payload};
    health->mask = (struct brink_bytes){mask, header + payload};
    health->expect_payload = (struct brink_bytes){NULL, 0};
}

static const char *expectation_trouble(const struct brink_config_health *health,
                                       const struct brink_layout *layout)
{
    const struct brink_bytes *expected =
        health->expect.data != NULL ? &health->expect : &health->expect_payload;
    if (health->expect.data != NULL && health->expect_payload.data != NULL)
        return "expect and expect-payload are both set; remove one";
    if (health->mask.data != NULL && expected->data == NULL)
        return "mask needs expect: it says which of its bits count";
    if (health->mask.data != NULL && health->mask.size != expected->size)
        return "mask and what is expected differ in length; write as many bytes of each";
    if (expected->data != NULL && health->send.data == NULL && health->send_payload.data == NULL)
        return "a reply is expected, but nothing is sent; write send or send-payload";
    if (layout->kind != BRINK_LENGTH_NONE && expected->size > layout->max)
        return "more is expected than the largest frame holds; shorten it";
    return NULL;
}

void brink_config_payload_of_health(struct brink_config_reading *reading,
                                    struct brink_config_health *health,
                                    const struct brink_spec *spec)
{
    const struct brink_layout *reply = first_layout(&spec->reply);
    if (health->item == NULL || health->item->broken)
        return;
    const char *trouble = expectation_trouble(health, reply);
    if (trouble != NULL) {
        brink_config_item_error(reading, health->item, "%s", trouble);
        return;
    }
    settle(reading, health->item, "send", spec, true, &health->send_payload, &health->send);
    if (health->expect_payload.data != NULL)
        settle_expected_payload(reading, health, reply);
    if (health->options.interval_ms == 0 && health->send.data != NULL)
        brink_config_problems_warn(reading->problems, &health->item->place,
                                   "interval is 0, so nothing is ever sent; write interval = 5s");
    health->options.send = health->send.data;
    health->options.send_size = health->send.size;
    health->options.expect = health->expect.data;
    health->options.expect_size = health->expect.size;
    health->options.mask = health->mask.data;
}

void brink_config_payload_of_goodbye(struct brink_config_reading *reading,
                                     struct brink_config_listener *listener)
{
    struct brink_config_goodbye *words = &listener->goodbye;
    const struct brink_spec *spec = &listener->options.spec;
    if (words->item == NULL || words->item->broken)
        return;
    settle(reading, words->item, "refused", spec, false, &words->refused_payload, &words->refused);
    settle(reading, words->item, "drained", spec, false, &words->drained_payload, &words->drained);
    settle(reading, words->item, "oversize", spec, false, &words->oversize_payload,
           &words->oversize);
    listener->options.goodbye_refused = words->refused;
    listener->options.goodbye_drained = words->drained;
    listener->options.goodbye_oversize = words->oversize;
}
