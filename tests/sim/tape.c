#include "sim/tape.h"

#include <stdlib.h>
#include <string.h>

/* S. Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016; seeded by
 * splitmix64, so that neighbouring seeds have nothing in common. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void sim_tape_seed(struct sim_tape *tape, uint64_t seed)
{
    *tape = (struct sim_tape){.state = seed * 2 + 1, .writing = true};
}

static void reserve(struct sim_tape *tape, size_t length)
{
    if (length <= tape->room)
        return;
    tape->room = tape->room * 2 > length ? tape->room * 2 : length + 4096;
    tape->bytes = realloc(tape->bytes, tape->room);
    if (tape->bytes == NULL)
        abort();
}

void sim_tape_read(struct sim_tape *tape, const uint8_t *bytes, size_t length)
{
    *tape = (struct sim_tape){.length = length};
    reserve(tape, length + 1);
    if (length > 0)
        memcpy(tape->bytes, bytes, length);
}

void sim_tape_free(struct sim_tape *tape)
{
    free(tape->bytes);
    tape->bytes = NULL;
}

static uint8_t next_byte(struct sim_tape *tape)
{
    if (tape->writing) {
        reserve(tape, tape->at + 1);
        tape->bytes[tape->at] = (uint8_t)(next_random(&tape->state) >> 32);
        tape->length = tape->at + 1;
    }
    uint8_t byte = tape->at < tape->length ? tape->bytes[tape->at] : 0;
    tape->at++;
    return byte;
}

uint32_t sim_choose(struct sim_tape *tape, uint32_t n)
{
    if (n <= 1)
        return 0;
    uint32_t value = next_byte(tape);
    if (n > 256)
        value |= (uint32_t)next_byte(tape) << 8;
    return value % n;
}

bool sim_chance(struct sim_tape *tape, uint32_t per_256)
{
    return per_256 > 0 && next_byte(tape) >= 256 - per_256;
}

uint32_t sim_between(struct sim_tape *tape, uint32_t low, uint32_t high)
{
    return low + sim_choose(tape, high - low + 1);
}
