/* fuzz_input.h - taking a fuzz input apart: bytes, numbers, specs. An input that has ended gives
 * zeros. */
#ifndef BRINK_FUZZ_INPUT_H
#define BRINK_FUZZ_INPUT_H

#include <stdlib.h>
#include <string.h>

#include "brink/frame.h"

/* A fuzz target's assertion: holds in every build. */
#define FUZZ_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

struct input {
    const uint8_t *data;
    size_t size;
};

static inline uint8_t input_byte(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

static inline uint64_t input_number(struct input *input, unsigned bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes; i++)
        number = number << 8 | input_byte(input);
    return number;
}

static inline struct brink_layout input_layout(struct input *input)
{
    uint8_t flags = input_byte(input);
    struct brink_layout layout = {
        .kind = (enum brink_length_kind)(flags % 6),
        .endian = flags & 64 ? BRINK_BIG_ENDIAN : BRINK_LITTLE_ENDIAN,
        .offset = input_byte(input) % 24,
        .size = input_byte(input) % 21,
        .mask = UINT64_MAX,
        .unit = 1,
        .pad = 1,
    };
    layout.adjust = flags & 128 ? (int64_t)input_number(input, 8) : (int8_t)input_byte(input);
    uint8_t more = input_byte(input);
    if (more & 1)
        layout.mask = input_number(input, 8);
    if (more & 2)
        layout.unit = input_number(input, more & 4 ? 8 : 1);
    if (more & 8)
        layout.pad = input_number(input, more & 16 ? 8 : 1);
    if (more & 32)
        layout.header_only = input_byte(input);
    layout.has_sign = more & 64;
    if (more & 128)
        layout.delimiter = (char)input_byte(input);
    layout.min = input_byte(input);
    layout.max = flags & 32 ? input_number(input, 8) : input_number(input, 2);
    return layout;
}

static inline struct brink_direction input_direction(struct input *input)
{
    struct brink_direction direction = {.preface = input_byte(input) % 8};
    direction.has_first = input_byte(input) & 1;
    if (direction.has_first)
        direction.first = input_layout(input);
    direction.frame = input_layout(input);
    return direction;
}

#endif
