/* server/gate.h - a listener's clients, over all workers, and who waits for a place among them;
 * server/admission.h applies it. It outlives the listener's options: who came under others is
 * counted, too. Any thread. */
#ifndef BRINK_SERVER_GATE_H
#define BRINK_SERVER_GATE_H

#include "server/clients.h"
#include "time/pace.h"

enum { BRINK_WORKERS_MAX = 64 };

struct brink_gate {
    struct brink_clients clients;
    struct brink_pace pace; /* of new ones */
    /* By worker: at the limit it accepts none until somebody left. */
    atomic_bool waits[BRINK_WORKERS_MAX];
    atomic_bool held; /* the listener is drained: its places are, too, that are new */
};

/* NULL is allowed. */
static inline void brink_gate_hold(struct brink_gate *gate, bool hold)
{
    if (gate != NULL)
        atomic_store(&gate->held, hold);
}

static inline bool brink_gate_is_held(const struct brink_gate *gate)
{
    return gate != NULL && atomic_load(&gate->held);
}

/* max_clients of a listener's options: 0 is no limit of its own. */
static inline void brink_gate_limit(struct brink_gate *gate, uint32_t max_clients)
{
    atomic_store(&gate->clients.max, max_clients == 0 ? UINT32_MAX : max_clients);
}

#endif
