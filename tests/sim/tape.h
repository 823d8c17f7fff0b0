/* sim/tape.h - every choice that a simulated run makes, as a string of bytes.
 *
 * A run asks the tape for all that is up to chance: what it is about, who goes next, what fails. So
 * the tape is the run. A seed writes the tape as it is asked; a tape that is given is read, and
 * where it ends every answer is 0: the plainest thing that can happen, no fault. That makes a
 * failing run shrink by shrinking its tape (the idea is Hypothesis's: D. MacIver and
 * A. Donaldson, "Test-Case Reduction via Test-Case Generation", ECOOP 2020), and makes a fuzzer's
 * input a run. */
#ifndef BRINK_SIM_TAPE_H
#define BRINK_SIM_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_tape {
    uint8_t *bytes;
    size_t length;
    size_t room;
    size_t at;
    uint64_t state; /* of the generator */
    bool writing;   /* from a seed */
};

/* A tape that a seed writes. */
void sim_tape_seed(struct sim_tape *tape, uint64_t seed);
/* A tape that is given; the bytes are copied. */
void sim_tape_read(struct sim_tape *tape, const uint8_t *bytes, size_t length);
void sim_tape_free(struct sim_tape *tape);

/* One of 0 to n - 1; n is 1 to 65536. */
uint32_t sim_choose(struct sim_tape *tape, uint32_t n);

/* True `per_256` times of 256. */
bool sim_chance(struct sim_tape *tape, uint32_t per_256);

/* low to high. */
uint32_t sim_between(struct sim_tape *tape, uint32_t low, uint32_t high);

#endif
