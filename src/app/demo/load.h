/* app/demo/load.h - clients, a thread each, that send frames of many sizes to an endpoint that
 * echoes, and compare what comes back. */
#ifndef BRINK_APP_DEMO_LOAD_H
#define BRINK_APP_DEMO_LOAD_H

#include <stdint.h>

#include "app/load/latency.h"
#include "brink/frame.h"
#include "net/address.h"

struct brink_demo_load;

enum { BRINK_DEMO_LOAD_LARGEST = 1 << 20 }; /* payload bytes; the smallest is 0 */

/* Connects `clients` and begins. The caller ends it with brink_demo_load_finish. Fails with the
 * kernel's reason or ENOMEM; nothing runs then. */
BRINK_MUST_CHECK brink_result brink_demo_load_start(struct brink_demo_load **load, unsigned clients,
                                                    const struct brink_address *address,
                                                    const struct brink_direction *direction);

struct brink_demo_load_result {
    uint64_t frames; /* that came back, the same or not */
    uint64_t bytes;  /* of these, on the wire, one way */
    uint64_t different;
    unsigned failed;              /* clients that gave up */
    brink_result failure;         /* why the first of them did */
    struct brink_latency latency; /* empty while it runs */
};

/* How far it has come. */
void brink_demo_load_progress(const struct brink_demo_load *load,
                              struct brink_demo_load_result *result);

/* Lets each client end its frame, closes the connections and frees `load`. */
void brink_demo_load_finish(struct brink_demo_load *load, struct brink_demo_load_result *result);

#endif
