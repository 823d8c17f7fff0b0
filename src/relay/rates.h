/* relay/rates.h - what clients may send, and what is kept to know it; relay/meter.h applies it. */
#ifndef BRINK_RELAY_RATES_H
#define BRINK_RELAY_RATES_H

#include "brink/listener.h"
#include "time/bucket.h"
#include "time/pace.h"

/* What all clients of a service together have sent, over all workers. */
struct brink_paces {
    struct brink_pace frames;
    struct brink_pace bytes;
};

/* Those with per_second 0 are no limits. Over the rate of all, a client is made to wait also where
 * one over its own rate is closed: it may be another's fault. */
struct brink_rates {
    struct brink_rate client_frames; /* of each client */
    struct brink_rate client_bytes;
    enum brink_over_rate over_rate;
    struct brink_rate frames; /* of all clients; without `paces` no limits */
    struct brink_rate bytes;
    struct brink_paces *paces;
};

/* Of one client. Stands behind its session in memory, where the service's rates call for it. */
struct brink_meter {
    struct brink_bucket frames;
    struct brink_bucket bytes;
    uint64_t until_ms; /* the client is not read until then; 0: it may be */
};

static inline bool brink_rates_any(const struct brink_rates *rates)
{
    return rates->client_frames.per_second != 0 || rates->client_bytes.per_second != 0 ||
           rates->paces != NULL;
}

#endif
