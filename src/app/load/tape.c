#include "app/load/tape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/request.h"
#include "base/message.h"
#include "config/units.h"

enum {
    TAPE_BYTES = 16 << 20,       /* beyond it there are fewer frames than asked for */
    TAPE_BYTES_MOST = 256 << 20, /* for each size to be there; one frame may be larger */
    TEXT_SIZE = 32
};

/* How many frames: as asked for, or as many as have room on average; in any case so many that each
 * size that was asked for is there. 0: that would be too much. */
static uint32_t count_for(const struct brink_direction *direction,
                          const struct brink_load_sizes *sizes, uint32_t frames)
{
    double mean = brink_load_sizes_mean(sizes) + (double)brink_request_room(direction, 0);
    double room = TAPE_BYTES / mean;
    uint32_t least = brink_load_sizes_frames(sizes);
    uint32_t count = frames <= room ? frames : (uint32_t)room;
    if (count >= least)
        return count;
    return least == 1 || least * mean <= TAPE_BYTES_MOST ? least : 0;
}

static brink_result refuse_shares(const struct brink_load_sizes *sizes, struct brink_message *why)
{
    char most[TEXT_SIZE];
    char mean[TEXT_SIZE];
    (void)brink_message_set(
        why,
        "the smallest share needs %u frames made beforehand, of %s on average, and %s is the most "
        "for all; make the sizes smaller, or the weights more alike",
        brink_load_sizes_frames(sizes),
        brink_units_format_size(brink_load_sizes_mean(sizes), mean, sizeof mean),
        brink_units_format_size(TAPE_BYTES_MOST, most, sizeof most));
    return brink_fail(EINVAL);
}

/* Payload sizes with exactly the shares that are wanted, as far as `count` can express them, then
 * shuffled (Fisher and Yates) by numbers that are the same every time. */
static void choose(const struct brink_load_sizes *sizes, uint32_t *chosen, uint32_t count)
{
    uint64_t random = 1;
    for (uint32_t i = 0; i < count; i++)
        chosen[i] = brink_load_sizes_at(sizes, ((double)i + 0.5) / count);
    for (uint32_t i = count; i > 1; i--) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t other = (uint32_t)((random >> 32) * i >> 32);
        uint32_t size = chosen[i - 1];
        chosen[i - 1] = chosen[other];
        chosen[other] = size;
    }
}

static brink_result refuse(brink_result result, uint32_t payload, struct brink_message *why)
{
    (void)brink_message_set(why,
                            "there is no frame with a payload of %u bytes; `brink frame explain` "
                            "tells what there is",
                            payload);
    return result;
}

/* The largest and the smallest of each range: not all that lie between are on the tape, and whether
 * a size is refused must not hang on which are. */
static brink_result check_ends(const struct brink_direction *direction,
                               const struct brink_load_sizes *sizes, struct brink_message *why)
{
    uint8_t header[BRINK_HEADER_MAX];
    size_t length;
    for (unsigned i = 0; i < 2 * sizes->count && direction->frame.kind != BRINK_LENGTH_NONE; i++) {
        const struct brink_load_size *item = &sizes->items[i / 2];
        uint32_t payload = i % 2 == 0 ? item->most : item->least;
        if (brink_failed(brink_frame_encode_header(&direction->frame, payload, header, &length)))
            return refuse(brink_fail(EINVAL), payload, why);
    }
    return brink_ok();
}

static brink_result fill(struct brink_load_tape *tape, const struct brink_direction *direction,
                         const uint32_t *chosen, struct brink_message *why)
{
    size_t at = 0;
    for (uint32_t i = 0; i < tape->count; i++) {
        size_t length;
        brink_result result =
            brink_request_fill(direction, false, chosen[i], tape->uniform ? 1 : i + UINT64_C(1),
                               tape->bytes + at, &length);
        if (brink_failed(result) || length == 0)
            return refuse(brink_fail(EINVAL), chosen[i], why);
        tape->offsets[i] = at;
        at += length;
    }
    tape->offsets[tape->count] = at;
    return brink_ok();
}

static brink_result fill_opening(struct brink_load_tape *tape,
                                 const struct brink_direction *direction, uint32_t payload,
                                 struct brink_message *why)
{
    tape->opening_differs = direction->preface > 0 || direction->has_first;
    brink_result result =
        brink_request_fill(direction, true, payload, 0, tape->opening, &tape->opening_size);
    return brink_failed(result) ? refuse(brink_fail(EINVAL), payload, why) : result;
}

static brink_result fill_all(struct brink_load_tape *tape, const struct brink_direction *direction,
                             const struct brink_load_sizes *sizes, const uint32_t *chosen,
                             struct brink_message *why)
{
    size_t room = 0;
    uint32_t least = brink_load_sizes_least(sizes);
    for (uint32_t i = 0; i < tape->count; i++)
        room += brink_request_room(direction, chosen[i]);
    tape->bytes = malloc(room);
    tape->offsets = calloc(tape->count + (size_t)1, sizeof tape->offsets[0]);
    tape->opening = malloc(brink_request_room(direction, least) + 1);
    if (tape->bytes == NULL || tape->offsets == NULL || tape->opening == NULL) {
        (void)brink_message_set(why, "%s", strerror(ENOMEM));
        return brink_fail(ENOMEM);
    }
    brink_result result = fill(tape, direction, chosen, why);
    return brink_failed(result) ? result : fill_opening(tape, direction, least, why);
}

brink_result brink_load_tape_make(struct brink_load_tape *tape,
                                  const struct brink_direction *direction,
                                  const struct brink_load_sizes *sizes, uint32_t frames,
                                  bool distinct, struct brink_message *why)
{
    bool one_size = brink_load_sizes_least(sizes) == brink_load_sizes_most(sizes);
    *tape = (struct brink_load_tape){.count = count_for(direction, sizes, frames),
                                     .uniform = one_size && !distinct};
    if (tape->count == 0)
        return refuse_shares(sizes, why);
    uint32_t *chosen = calloc(tape->count, sizeof chosen[0]);
    if (chosen == NULL) {
        (void)brink_message_set(why, "%s", strerror(ENOMEM));
        return brink_fail(ENOMEM);
    }
    choose(sizes, chosen, tape->count);
    brink_result result = check_ends(direction, sizes, why);
    if (!brink_failed(result))
        result = fill_all(tape, direction, sizes, chosen, why);
    free(chosen);
    if (brink_failed(result))
        brink_load_tape_free(tape);
    return result;
}

void brink_load_tape_free(struct brink_load_tape *tape)
{
    free(tape->bytes);
    free(tape->offsets);
    free(tape->opening);
    *tape = (struct brink_load_tape){0};
}
