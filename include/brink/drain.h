/* brink/drain.h - how connections are let go: at once, or when each stands where nothing is cut. */
#ifndef BRINK_DRAIN_H
#define BRINK_DRAIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum brink_drain_policy {
    /* At a frame boundary both ways, with all delivered that was read, and every request replied
     * to: as many reply frames as request frames; for protocols that don't pair them, once it has
     * been quiet for quiet_ms. */
    BRINK_DRAIN_POLICY_IDLE = 0,
    BRINK_DRAIN_POLICY_BOUNDARY, /* no frame half sent either way, and all delivered */
    BRINK_DRAIN_POLICY_NOW       /* wherever it stands */
};
const char *brink_drain_policy_name(enum brink_drain_policy policy); /* "idle" and so on */

/* Times in milliseconds. */
struct brink_drain_options {
    enum brink_drain_policy policy;
    uint32_t timeout_ms; /* what is left then is cut, counted and logged; 30 s */
    uint32_t quiet_ms;   /* see IDLE; 1 s, and never more than a quarter of timeout_ms */
    /* Connections begin to leave spread over this time, each at one that is drawn for it, so that
     * their clients do not come back all at once; until then they go on as ever. At most half of
     * timeout_ms is used. 0, the default: none. */
    uint32_t spread_ms;
};

/* The defaults named above. */
void brink_drain_options_init(struct brink_drain_options *options);

#ifdef __cplusplus
}
#endif
#endif
