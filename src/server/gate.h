/* server/gate.h - what is allowed of a listener's clients, over all workers; server/admission.h
 * applies it. Any thread. */
#ifndef BRINK_SERVER_GATE_H
#define BRINK_SERVER_GATE_H

#include "server/clients.h"
#include "time/pace.h"

struct brink_gate {
    struct brink_clients clients;  /* max 0: the listener has no limit of its own, nor is counted */
    struct brink_rate connections; /* new ones */
    struct brink_pace pace;        /* of those */
};

static inline bool brink_gate_counts(const struct brink_gate *gate)
{
    return gate->clients.max != 0;
}

#endif
