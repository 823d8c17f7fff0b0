/* Targets: brink_slab_init, brink_slab_alloc, brink_slab_free, brink_slab_owns, brink_slab_stats,
 * brink_slab_check, brink_slab_destroy (src/mem/slab.c), and the arena below them.
 *
 * The input is a script (tests/unit/mem/slab_script.h): the first byte chooses the object size,
 * each further one is an operation: allocate or free some, the newest or any, or have the arena
 * refuse one of its next blocks. A plain array says what must be out, and what must be in it;
 * after each operation the pool's own check is called. */
#include "mem/slab_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slab_script_run(data, size);
    return 0;
}
