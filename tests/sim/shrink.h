/* sim/shrink.h - the shortest tape that shows the same failure. */
#ifndef BRINK_SIM_SHRINK_H
#define BRINK_SIM_SHRINK_H

#include "sim/tape.h"

/* Cuts and flattens the tape, as long as the run still fails in the same way, for at most
 * `seconds`. Each trial is a process of its own, since a run may crash. */
void sim_shrink(struct sim_tape *tape, unsigned seconds);

#endif
